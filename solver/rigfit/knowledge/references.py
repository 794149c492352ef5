"""Every name in catalog/ and rules/ must mean something; the error names file, line, field and the nearest name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rigfit.errors import CatalogError, nearest
from rigfit.knowledge import flags as launch
from rigfit.knowledge import flow_references
from rigfit.schema.base import Entry, Fact, Strict
from rigfit.schema.catalog import Component, Model, Runtime
from rigfit.schema.flags import FlagList
from rigfit.schema.flow import Question
from rigfit.schema.pipelines import PipelineClass
from rigfit.schema.python import Distribution, Requirements

if TYPE_CHECKING:
    from rigfit.knowledge.document import Document
    from rigfit.knowledge.loader import Knowledge

# Field -> the collection its ids live in, for every field that means the same wherever it stands.
_FIELDS = {
    "source": "sources", "licence": "licences", "code_licence": "licences", "precision": "precisions",
    "architecture": "architectures", "runtime": "runtimes", "only_runtimes": "runtimes", "runtimes": "runtimes",
    "nodes": "nodes", "models": "models", "needs_node": "nodes", "component": "components", "model": "models",
    "task": "tasks", "tasks": "tasks", "reports": "sources",
}  # fmt: skip
# GPU architectures are names of silicon, not estimator entries.
_NOT_REFERENCES = {("gpus", "architecture")}


def check(knowledge: Knowledge, documents: dict[str, Document]) -> None:
    """Raise the first of `problems`, if there is one."""
    for problem in problems(knowledge, documents):
        raise problem


def problems(knowledge: Knowledge, documents: dict[str, Document]) -> Iterator[CatalogError]:
    """Every reference that means nothing and every entry that contradicts itself, as one error each."""
    families = {model.family for model in knowledge.catalog.models}
    for owner in (knowledge.catalog, knowledge.rulebook):
        for collection in type(owner).model_fields:
            entries = getattr(owner, collection)
            for entry in entries if isinstance(entries, tuple) else ():
                document = documents[f"{collection}/{entry.id}"]
                for path, name, target in _references(collection, entry, ()):
                    known: Iterable[str] = families if target == "families" else knowledge.index(target)
                    if name not in known:
                        yield _unresolved(entry, document, path, name, target, known)
                for path, message in _structure(knowledge, entry):
                    yield CatalogError(f"{entry.id}: {message}", where=_where(document, entry, path))


def _where(document: Document, entry: Entry, path: tuple[str | int, ...]) -> str:
    base = next(
        (p for p, line in document.lines.items() if p[2:] == ("id",) and f"{document.name}:{line}" == entry.origin), ()
    )
    return document.where((*base[:2], *path))


def _unresolved(
    entry: Entry, document: Document, path: tuple[str | int, ...], name: str, target: str, known: Iterable[str]
) -> CatalogError:
    close = nearest(name, known)
    hint = f"; nearest: {', '.join(close)}" if close else ""
    dotted = ".".join(str(step) for step in path)
    return CatalogError(
        f"{entry.id}: {dotted}: no entry {name!r} among the {target}{hint}", where=_where(document, entry, path)
    )


def _references(
    collection: str, value: Strict, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every (path, id, collection it must be in) below an entry."""
    for field in type(value).model_fields:
        content = getattr(value, field)
        target = _FIELDS.get(field)
        if field in ("families", "family") and collection in ("addons", "rules", "loaders"):
            target = "families"
        if field == "components" and isinstance(content, dict):
            target = "components"
        if (collection, field) in _NOT_REFERENCES:
            target = None
        here = (*path, field)
        if target is not None and isinstance(content, str):
            yield here, content, target
        elif target is not None and isinstance(content, tuple) and all(isinstance(c, str) for c in content):
            for number, name in enumerate(content):
                if not (target == "models" and collection == "presets"):
                    yield (*here, number), name, target
        elif isinstance(content, dict):
            for key, item in content.items():
                if field == "serves":
                    yield (*here, key), key, "tasks"
                if target is not None:
                    name = item if isinstance(item, str) else key
                    yield (*here, key), name, target
                if isinstance(item, Strict):
                    yield from _references(collection, item, (*here, key))
        elif isinstance(content, Strict) and not (isinstance(content, Fact) and collection == ""):
            yield from _references(collection, content, here)
        elif isinstance(content, tuple):
            for number, item in enumerate(content):
                if isinstance(item, Strict):
                    yield from _references(collection, item, (*here, number))


def _structure(knowledge: Knowledge, entry: Entry) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What no single field can say: (path, what is wrong)."""
    if isinstance(entry, Component):
        keys = [variant.key for variant in entry.variants]
        for number, variant in enumerate(entry.variants):
            if variant.key in keys[:number]:
                yield ("variants", number), f"two variants are called {variant.key!r}; give one an id"
            bits = knowledge.index("precisions")[variant.precision].bits
            if variant.size is None and (entry.params is None or bits is None):
                yield ("variants", number), "no size, and none can be derived (parameters or bits a weight unknown)"
    if isinstance(entry, Requirements | Distribution):
        from rigfit.knowledge import requirements

        yield from requirements.problems(knowledge, entry)
    if isinstance(entry, Runtime):
        memory = knowledge.rulebook.settings.memory
        for name in sorted(set(entry.caches) - set(memory.cache_bits if memory is not None else ())):
            yield ("caches", name), f"no bits are stated for a cache of {name!r} (settings.memory.cache_bits)"
        yield from _launch(entry, knowledge)
    if isinstance(entry, FlagList):
        if (wrong := launch.list_problem(entry)) is not None:
            yield (), wrong
        if any(other.runtime == entry.runtime and other.id < entry.id for other in knowledge.catalog.flags):
            yield ("runtime",), f"there is another list for {entry.runtime!r}"
    if isinstance(entry, PipelineClass):
        for model in entry.repos:
            if model not in knowledge.index("models"):
                close = nearest(model, knowledge.index("models"))
                hint = f"; nearest: {', '.join(close)}" if close else ""
                yield ("repos", model), f"no entry {model!r} among the models{hint}"
    if isinstance(entry, Question):
        yield from flow_references.mistakes(knowledge, entry)
    if isinstance(entry, Model):
        known = knowledge.index("features")
        for task, serves in entry.serves.items():
            for feature in serves.features:
                base, _, qualifier = feature.partition(":")
                rule = known.get(base)
                if rule is None or (qualifier and qualifier not in rule.qualifiers):
                    names = [name for f in known.values() for name in (f.id, *(f"{f.id}:{q}" for q in f.qualifiers))]
                    close = nearest(feature, names)
                    hint = f"; nearest: {', '.join(close)}" if close else ""
                    yield ("serves", task, "features", feature), f"no feature {feature!r} in rules/{hint}"
        for number, checkpoint in enumerate(entry.checkpoints):
            for role, key in checkpoint.contains.items():
                component = knowledge.index("components").get(entry.components.get(role, ""))
                if component is None or key not in [v.key for v in component.variants]:
                    yield ("checkpoints", number, "contains", role), f"{role}: {key!r} is no variant of that role"


def _launch(runtime: Runtime, knowledge: Knowledge) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Options that a runtime is started with but does not have."""
    listed = launch.list_of(runtime.id, knowledge)
    groups: list[tuple[tuple[str, str], tuple[str, ...]]] = [
        *((("flags", name), words) for name, words in runtime.flags.items()),
        *((("caches", name), words) for name, words in runtime.caches.items()),
    ]
    for path, words in groups:
        if not words:
            continue
        wrong = launch.problem(words, listed) if listed is not None else "its options are not listed (flags:)"
        if wrong is not None:
            yield path, wrong
