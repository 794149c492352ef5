"""JSON Schemas of the documents."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rigfit.web.desk import Desk
from rigfit.web.frames import Reply


def schema(desk: Desk, name: str) -> Reply | dict[str, Any]:
    """The JSON Schema of a document."""
    from rigfit.errors import unknown
    from rigfit.schema.described import json_schema
    from rigfit.schema.documents import DOCUMENTS
    from rigfit.web.failures import failure

    if name not in DOCUMENTS:
        problem = unknown("document", name, DOCUMENTS)
        return failure(404, problem.message, None, problem.nearest)
    module, shape = DOCUMENTS[name]
    return json_schema(getattr(import_module(module), shape))


def openapi(desk: Desk) -> dict[str, Any]:
    """The description of the whole API."""
    from rigfit.web.app import described

    return described()
