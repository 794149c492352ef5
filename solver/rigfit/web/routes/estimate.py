"""`/v1/estimate` and `/v1/estimates`: one model on one machine, or many such cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response, StreamingResponse

from rigfit.schema.case import CaseError, CaseIn, CaseOut
from rigfit.web.frames import Reply
from rigfit.web.routes.common import ASKED, Uses, answered, sent
from rigfit.web.work import estimate as work

router = APIRouter(tags=["estimate"])
_CASE = {"model": "flux1-dev", "variants": {"denoiser": "Q8_0"}, "machine": {"gpu": "RTX 4070", "ram_gb": 32}}
_ONE = {"case": {"summary": "One model on one card", "value": _CASE}}
_MANY = {"cases": {"summary": "Two cases", "value": [{"id": 1, **_CASE}, {"id": 2, "model": "sdxl-base"}]}}
_PIECE = 10
"""Cases that go to a worker at a time: few enough that others get their turn."""
_LIMIT_S = 30.0
LINES = "application/x-ndjson"


@router.post("/estimate", operation_id="estimate", response_model=CaseOut, responses=ASKED)
async def estimate(request: Request, uses: Uses, case: Annotated[CaseIn, Body(openapi_examples=_ONE)]) -> Response:
    """What a model needs on a machine, and whether it fits; without `machine` it is this computer."""
    return await answered(request, uses, work.one, case, await uses.here(), limit_s=_LIMIT_S)


@router.post(
    "/estimates",
    operation_id="estimateMany",
    response_model=list[CaseOut | CaseError],
    responses={**ASKED, 200: {"content": {LINES: {"schema": {"type": "string"}}}}},
)
async def estimates(
    request: Request,
    uses: Uses,
    cases: Annotated[list[CaseIn], Body(openapi_examples=_MANY, max_length=2000)],
    lines: Annotated[
        bool, Query(description="One line of JSON for each case, each sent as soon as it is there.")
    ] = False,
) -> Response:
    """Many cases: what `rigfit estimate --cases` prints, in the same order.

    What is wrong with a case stands in its answer. A case without a machine has one that is assumed.
    """
    pieces = [tuple(cases[start : start + _PIECE]) for start in range(0, len(cases), _PIECE)]
    if lines:
        return StreamingResponse(_lines(uses, pieces), media_type=LINES)
    replies = [await uses.pool.run(work.many, piece, limit_s=_LIMIT_S) for piece in pieces]
    failed = next((reply for reply in replies if reply.status != 200), None)
    return sent(failed or Reply(200, b"[" + b",".join(reply.body[1:-1] for reply in replies) + b"]"))


async def _lines(uses: Uses, pieces: Sequence[Sequence[CaseIn]]) -> AsyncIterator[bytes]:
    for piece in pieces:
        reply = await uses.pool.run(work.lines, piece, limit_s=_LIMIT_S)
        if reply.status != 200:  # the status is sent already: what went wrong is the last line
            yield reply.body + b"\n"
            return
        yield reply.body
        await asyncio.sleep(0)
