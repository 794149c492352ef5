"""`/v1/machine`: this computer, and simulated ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import Response

from rigfit.schema.hardware import HardwareReport
from rigfit.schema.request import MachineRequest
from rigfit.web.routes.common import ASKED, READ, Uses, answered
from rigfit.web.work.machine import report

router = APIRouter(tags=["machine"])
_EXAMPLES = {
    "card": {"summary": "Another card", "value": {"gpus": ["RTX 3060 12GB"], "ram": "32 GB"}},
    "own": {"summary": "This computer, with more memory", "value": {"ram": "64 GB"}},
}
Features = Annotated[bool, Query(description="Also what each card does natively, by emulation or not at all.")]


@router.get("/machine", operation_id="getMachine", response_model=HardwareReport, responses=READ)
async def this_computer(
    request: Request,
    uses: Uses,
    features: Features = False,
    refresh: Annotated[bool, Query(description="Look again, in place of what was found at first.")] = False,
) -> Response:
    """The computer that serves, as detection found it, and what of it models may use."""
    return await answered(request, uses, report, None, await uses.here(again=refresh), features)


@router.post("/machine", operation_id="simulateMachine", response_model=HardwareReport, responses=ASKED)
async def simulated(
    request: Request,
    uses: Uses,
    wish: Annotated[MachineRequest, Body(openapi_examples=_EXAMPLES)],
    features: Features = False,
) -> Response:
    """The machine that a request with this `machine` part is answered for: simulated where it names cards."""
    return await answered(request, uses, report, wish, await uses.here(), features)
