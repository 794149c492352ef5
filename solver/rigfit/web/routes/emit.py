"""`/v1/emit`: the files and commands that make a bundle run."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response

from rigfit.schema.api import EmitQuestion
from rigfit.schema.emitted import Emitted
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import around
from rigfit.web.work import emit as work

router = APIRouter(tags=["files"])
_ARCHIVE = {work.ZIP: {"schema": {"type": "string", "format": "binary"}}}


@router.post(
    "/emit",
    operation_id="emit",
    response_model=Emitted,
    responses={**ASKED, 200: {"content": _ARCHIVE, "description": "The archive, or with form=json the files as data."}},
)
async def emit(
    request: Request,
    uses: Uses,
    asked: Annotated[EmitQuestion, Body(openapi_examples=around(bundle=1))],
    form: Annotated[Literal["zip", "json"], Query(description="An archive, or what `emit --json` prints.")] = "zip",
) -> Response:
    """The files that make a bundle run, as an archive that is made in memory: the server writes nothing.

    The same answer gives the same bytes. Every script in it shows what it would do with DRY_RUN=1.
    """
    key = key_of(asked.request) if asked.request is not None else ""
    return await answered(request, uses, work.emit, asked, await uses.here(), form, key=key, limit_s=60)
