"""Where the facts of an entry come from, and the claims that were not taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigfit.knowledge.entries import amount
from rigfit.knowledge.loader import Knowledge
from rigfit.schema.base import Entry, Fact, Strict
from rigfit.schema.catalog import Disputed, Source


def provenance(part: str, entry: Entry, knowledge: Knowledge) -> dict[str, Any]:
    """The sourced statements of an entry and of the components it is made of, with the sources they name."""
    owners = [(entry.id, entry)]
    components = knowledge.index("components")
    roles = getattr(entry, "components", {})
    owners += [(name, components[name]) for name in dict.fromkeys(roles.values())]
    facts, disputed = [], []
    for owner, value in owners:
        for path, source, shown, more in _statements(value, ()):
            name = ".".join(str(step) for step in path)
            facts.append({"entry": owner, "field": name, "value": shown, "source": source, **more})
        disputed += [_lost(owner, claim) for claim in getattr(value, "disputed", ())]
    named = dict.fromkeys([*(fact["source"] for fact in facts), *(claim["source"] for claim in disputed)])
    index = knowledge.index("sources")
    return {
        "collection": part,
        "id": entry.id,
        "origin": entry.origin,
        "facts": facts,
        "disputed": disputed,
        "sources": [_source(index[name]) for name in named],
    }


def _statements(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, str, str, dict[str, str]]]:
    """Every (path, source, what is said, basis and notes) below a value."""
    if isinstance(value, Fact):
        more = {"basis": str(value.basis), "scope": value.scope, "date": value.date, "note": value.note}
        yield path, value.source, amount(value), {name: text for name, text in more.items() if text}
        return
    if isinstance(value, Disputed):
        return
    if isinstance(value, Strict):
        source = getattr(value, "source", None)
        if isinstance(source, str) and path:
            yield path, source, str(getattr(value, "grade", "") or "stated"), {}
        for field in type(value).model_fields:
            yield from _statements(getattr(value, field), (*path, field))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _statements(item, (*path, key))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _statements(item, (*path, getattr(item, "key", number)))


def _lost(owner: str, claim: Disputed) -> dict[str, str]:
    return {"entry": owner, "says": claim.says, "source": claim.source, "why_not": claim.why_not}


def _source(source: Source) -> dict[str, str]:
    content = {"id": source.id, "title": source.title, "kind": source.kind, "date": source.date}
    content |= {"url": source.url, "document": source.document, "note": source.note, "origin": source.origin}
    return {name: text for name, text in content.items() if text}
