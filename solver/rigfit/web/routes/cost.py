"""`/v1/cost`: local against cloud."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import CostQuestion
from rigfit.schema.cost import CostReport
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import around
from rigfit.web.work import cost as work

router = APIRouter(tags=["what if"])


@router.post("/cost", operation_id="cost", response_model=CostReport, responses=ASKED)
async def cost(
    request: Request,
    uses: Uses,
    asked: Annotated[CostQuestion, Body(openapi_examples=around(per_month=300))],
) -> Response:
    """What a request costs here and elsewhere, and when the one has paid for the other."""
    key, here = key_of(asked.request), await uses.here()
    return await answered(request, uses, work.cost, asked, here, key=key, limit_s=60)
