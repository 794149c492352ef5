"""Entries of the catalog and the rules by collection and name, and how they look as JSON."""

from __future__ import annotations

from typing import Any

from rigfit.errors import unknown
from rigfit.knowledge.loader import Knowledge
from rigfit.schema.base import Fact, Strict
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

PARTS = [name for shape in (CatalogFile, RulesFile) for name in shape.model_fields if name != "settings"]
"""Every collection."""


def dump(entry: Strict) -> dict[str, Any]:
    """An entry as JSON has it."""
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def find(knowledge: Knowledge, name: str) -> list[tuple[str, Any]]:
    """Every (collection, entry) under an id or alias.

    Raises:
        InputError: for a name that nothing has, with the nearest.
    """
    found = [(part, knowledge.index(part)[name]) for part in PARTS if name in knowledge.index(part)]
    if found:
        return found
    aliases = {
        alias: entry.id
        for part in PARTS
        for entry in knowledge.index(part).values()
        for alias in getattr(entry, "aliases", ())
    }
    if name in aliases:
        return find(knowledge, aliases[name])
    raise unknown("entry", name, [*(key for part in PARTS for key in knowledge.index(part)), *aliases])


def amount(fact: Fact) -> str:
    """A fact's value with its unit: points and shares as they were written, the rest in the base unit."""
    if fact.unit == "centipoints":
        return f"{fact.value / 100:g} points"
    if fact.unit == "permille":
        return f"{fact.value / 1000:g}"
    return f"{fact.value:,} {fact.unit}"
