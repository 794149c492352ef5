"""`/v1/whatif`: other amounts of memory and disk, other cards."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import WhatIfQuestion
from rigfit.schema.whatif import WhatIf
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import around
from rigfit.web.work import whatif as work

router = APIRouter(tags=["what if"])
_VARY = [{"resource": "vram", "low": "4 GB", "high": "48 GB"}]


@router.post("/whatif", operation_id="whatIf", response_model=WhatIf, responses=ASKED)
async def whatif(
    request: Request,
    uses: Uses,
    asked: Annotated[WhatIfQuestion, Body(openapi_examples=around(vary=_VARY, gpus=["RTX 4090"]))],
) -> Response:
    """How the best bundle changes: exact steps along one resource, a map over two, verdicts on named cards."""
    key, here = key_of(asked.request), await uses.here()
    return await answered(request, uses, work.whatif, asked, here, key=key, limit_s=120, long=True)
