"""`/v1/upgrade`: what another card, more RAM or more disk space would bring."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import UpgradeQuestion
from rigfit.schema.upgrade import Upgrade
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import around
from rigfit.web.work import upgrade as work

router = APIRouter(tags=["what if"])


@router.post("/upgrade", operation_id="upgrade", response_model=Upgrade, responses=ASKED)
async def upgrade(
    request: Request,
    uses: Uses,
    asked: Annotated[UpgradeQuestion, Body(openapi_examples=around(to=["RTX 4070", "RTX 4090"]))],
) -> Response:
    """Every single change with its price and what it would bring in points, seconds and models."""
    key, here = key_of(asked.request), await uses.here()
    return await answered(request, uses, work.upgrade, asked, here, key=key, limit_s=120, long=True)
