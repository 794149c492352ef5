"""When two documents are the same, and not just equal."""

from __future__ import annotations

from enum import Enum
from typing import Any

from pydantic import BaseModel


def state(value: Any) -> Any:
    """All there is to know of a value: types, contents and their order, and what pydantic keeps beside them."""
    if isinstance(value, BaseModel):
        kept = value.__getstate__()
        content = [(name, state(part)) for name, part in kept.pop("__dict__").items()]
        return type(value), content, kept
    if isinstance(value, dict):
        return dict, [(state(key), state(part)) for key, part in value.items()]
    if isinstance(value, tuple):
        return tuple, [state(part) for part in value]
    return type(value), value.value if isinstance(value, Enum) else value
