"""Imports CP-SAT without pandas, which is half the time of its import and which none of our calls needs.

`cp_model` imports pandas for its functions on series alone. While it is imported an empty stand-in takes pandas' place;
afterwards its name `pd` leads to the real one, imported on first use, so that whoever else uses ortools in this process
notices nothing. Where pandas is imported already, nothing is done.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """pandas, imported when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module("pandas"), name)


def _import() -> Any:
    if "pandas" in sys.modules or "ortools.sat.python.cp_model" in sys.modules:
        return import_module("ortools.sat.python.cp_model")
    blank = ModuleType("pandas")
    # Named in type annotations, which are evaluated on import.
    blank.Index, blank.Series = type("Index", (), {}), type("Series", (), {})  # type: ignore[attr-defined]
    sys.modules["pandas"] = blank
    try:
        module = import_module("ortools.sat.python.cp_model")
    except Exception:  # another ortools that wants more of pandas on import: then the slow way
        del sys.modules["pandas"]
        return import_module("ortools.sat.python.cp_model")
    del sys.modules["pandas"]
    module.pd = _Later("pandas")  # type: ignore[attr-defined]
    return module


cp_model = _import()
