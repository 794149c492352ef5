"""Catalog and rules: YAML with line numbers, validated, indexed and cached. Loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge, load_knowledge

__all__ = ["Knowledge", "load_knowledge"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'rigfit.knowledge' has no attribute {name!r}")
    from rigfit.knowledge import loader

    globals().update({known: getattr(loader, known) for known in __all__})
    return globals()[name]
