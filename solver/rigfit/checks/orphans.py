"""What nothing refers to does not belong in the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.knowledge import coverage as coverage_files
from rigfit.schema.base import Strict
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

_FIELDS = {
    "source": "sources", "reports": "sources", "licence": "licences", "code_licence": "licences",
    "architecture": "architectures",
    "nodes": "nodes", "needs_node": "nodes", "components": "components", "component": "components",
}  # fmt: skip
_CHECKED = {
    "sources": "a fact that cites it",
    "licences": "a component, node or program under it",
    "architectures": "a component built like it",
    "components": "a model or add-on that uses it, or a document in catalog/coverage/",
    "nodes": "its `repo`, or a model, add-on, rule or conflict that names it",
}


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Sources, licences, architectures, components and node packages that nothing refers to."""
    used: set[tuple[str, str]] = set()
    for owner in (knowledge.catalog, knowledge.rulebook):
        for part in (CatalogFile if owner is knowledge.catalog else RulesFile).model_fields:
            content = getattr(owner, part)
            for entry in content if isinstance(content, tuple) else (content,):
                used.update(_references(part, entry))
    for _, content in coverage_files.load():
        used.add(("sources", content.source))
        # A document that names a component (a VAE, an embedding) is reason enough to keep it: people choose it by name.
        used.update(("components", name) for entry in (*content.named, *content.used) for name in entry.entry)
    # A package with a repository is a thing people install for itself; without one it must be somebody's need.
    used.update(("nodes", node.id) for node in knowledge.catalog.nodes if node.repo)
    for collection, fix in _CHECKED.items():
        for key in knowledge.index(collection):
            if (collection, key) not in used:
                where = places.where(collection, key)
                yield Problem(where, key, "id", f"nothing refers to it: remove it from {collection}, or add {fix}")


def _references(part: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every (collection, id) below a value."""
    if isinstance(value, Strict):
        for field in type(value).model_fields:
            content = getattr(value, field)
            target = _FIELDS.get(field)
            if target is None or (part, field) == ("gpus", "architecture"):
                if field != "examples":  # an example is no use of what it names
                    yield from _references(part, content)
                continue
            for name in _names(content):
                yield target, name
            yield from _references(part, content)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(part, item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _references(part, item)


def _names(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        yield from (item for item in content.values() if isinstance(item, str))
    elif isinstance(content, tuple):
        yield from (item for item in content if isinstance(item, str))
