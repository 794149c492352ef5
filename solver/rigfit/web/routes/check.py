"""`/v1/check` and `/v1/fix`: ComfyUI workflows held against a machine."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response

from rigfit.schema.api import FixedWorkflow, WorkflowQuestion
from rigfit.schema.workflow import WorkflowReport
from rigfit.web.routes.common import ASKED, Uses, answered
from rigfit.web.work import check as work

router = APIRouter(tags=["workflows"])
_LIMIT_S = 30.0
_WORKFLOW: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
}
_EXAMPLES = {
    "api": {
        "summary": "A workflow in ComfyUI's API format",
        "value": {"workflow": _WORKFLOW, "machine": {"gpus": ["RTX 3060 12GB"], "ram": "32 GB"}},
    }
}
Asked = Annotated[WorkflowQuestion, Body(openapi_examples=_EXAMPLES)]


@router.post("/check", operation_id="checkWorkflow", response_model=WorkflowReport, responses=ASKED)
async def check(request: Request, uses: Uses, asked: Asked) -> Response:
    """What a workflow loads, whether it runs on a machine and why not: what `rigfit check --json` prints."""
    return await answered(request, uses, work.check, asked, await uses.here(), limit_s=_LIMIT_S, long=True)


@router.post("/fix", operation_id="fixWorkflow", response_model=FixedWorkflow, responses=ASKED)
async def fix(request: Request, uses: Uses, asked: Asked) -> Response:
    """The same, and the workflow with the proposed files and loaders: nothing else in it is changed.

    Give the workflow as a text to get it back byte for byte where nothing was replaced.
    """
    return await answered(request, uses, work.fix, asked, await uses.here(), limit_s=_LIMIT_S, long=True)
