"""`/v1/solve` and `/v1/quick`: the best bundles for a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response

from rigfit.schema.answer import Answer
from rigfit.schema.api import Quick
from rigfit.schema.request import Request as Asked
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import REQUESTS
from rigfit.web.work.solve import quick, solve

router = APIRouter(tags=["answers"])
Body_ = Annotated[Asked, Body(openapi_examples=REQUESTS)]


@router.post("/solve", operation_id="solve", response_model=Answer, responses=ASKED)
async def whole(
    request: Request,
    uses: Uses,
    asked: Body_,
    explain: Annotated[bool, Query(description="Where nothing fits: find the conflict and the ways out.")] = True,
    prove: Annotated[bool, Query(description="Where nothing fits: solve again what the explanation claims.")] = False,
) -> Response:
    """The best bundles with all reasons: what `rigfit solve --json` prints.

    Without `machine` it is this computer. That nothing fits is an answer too: `status` is `infeasible` then.
    """
    here = await uses.here()
    return await answered(request, uses, solve, asked, here, explain, prove, key=key_of(asked), limit_s=60)


@router.post("/quick", operation_id="quick", response_model=Quick, responses=ASKED)
async def fast(request: Request, uses: Uses, asked: Body_) -> Response:
    """The bundles alone, for a control that is being dragged; ask `/v1/solve` when it rests.

    Equal to those of `/v1/solve`, and taken from what is proved already wherever that holds: the first question about
    a request on a kind of card prepares it, the next ones take milliseconds.
    """
    return await answered(request, uses, quick, asked, await uses.here(), key=key_of(asked), limit_s=60)
