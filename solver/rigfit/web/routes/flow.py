"""`/v1/flow`: the wizard's questions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import FlowQuestion
from rigfit.schema.flow import Flow
from rigfit.web.routes.common import ASKED, READ, Uses, answered
from rigfit.web.work import flow as work

router = APIRouter(tags=["wizard"])
_EXAMPLES = {"begin": {"summary": "Nothing answered yet", "value": {"answers": {}}}}


@router.get("/flow", operation_id="beginFlow", response_model=Flow, responses=READ)
async def begin(request: Request, uses: Uses) -> Response:
    """The questions with their defaults, before anything is answered."""
    return await answered(request, uses, work.flow, {}, await uses.here(), None)


@router.post("/flow", operation_id="continueFlow", response_model=Flow, responses=ASKED)
async def go_on(
    request: Request, uses: Uses, asked: Annotated[FlowQuestion, Body(openapi_examples=_EXAMPLES)]
) -> Response:
    """What is asked after these answers, and the request they add up to: a body for `/v1/solve`.

    With `outcomes_of` the options of that question are solved on the machine, and each says what it would give.
    """
    trying = asked.outcomes_of is not None
    return await answered(
        request, uses, work.flow, asked.answers, await uses.here(), asked.outcomes_of, limit_s=60, long=trying
    )
