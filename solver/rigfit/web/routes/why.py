"""`/v1/why` and `/v1/why-not`: one model held against an answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import ModelQuestion, WhyNotQuestion
from rigfit.schema.why import Why, WhyNot
from rigfit.web.routes.common import ASKED, Uses, answered, key_of
from rigfit.web.routes.examples import around
from rigfit.web.work import why as work

router = APIRouter(tags=["answers"])


@router.post("/why", operation_id="why", response_model=Why, responses=ASKED)
async def why(
    request: Request,
    uses: Uses,
    asked: Annotated[ModelQuestion, Body(openapi_examples=around(model="flux1-dev"))],
) -> Response:
    """Why a model is in the answer: its criteria, and what decided against the next one.

    `rank` is null where it is not in the answer: `/v1/why-not` says why.
    """
    key, here = key_of(asked.request), await uses.here()
    return await answered(request, uses, work.why, asked.request, asked.model, here, key=key, limit_s=60)


@router.post("/why-not", operation_id="whyNot", response_model=WhyNot, responses=ASKED)
async def why_not(
    request: Request,
    uses: Uses,
    asked: Annotated[WhyNotQuestion, Body(openapi_examples=around(model="sd35-large"))],
) -> Response:
    """Why a model or variant is not in the answer, and what would make it the best; without `model` about all."""
    key, here = key_of(asked.request), await uses.here()
    return await answered(request, uses, work.why_not, asked.request, asked.model, here, key=key, limit_s=60, long=True)
