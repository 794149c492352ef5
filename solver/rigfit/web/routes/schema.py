"""`/v1/schema/...`: JSON Schemas of the documents."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from rigfit.web.routes.common import NAMED, Uses, sent
from rigfit.web.work import schema as work

router = APIRouter(tags=["catalog"])


@router.get("/schema/{name}", operation_id="getSchema", response_model=dict[str, Any], responses=NAMED)
async def schema(uses: Uses, name: Annotated[str, Path(max_length=80, examples=["answer"])]) -> Response:
    """The JSON Schema of a document, every field described: what `rigfit schema NAME` prints."""
    return sent(await uses.kept(work.schema, name))


@router.get("/openapi.json", include_in_schema=False)
async def openapi(uses: Uses) -> Response:
    """The description of the whole API."""
    return sent(await uses.kept(work.openapi))
