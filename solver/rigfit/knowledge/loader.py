"""Loading: files -> validated collections -> one indexed Knowledge; a warm start parses no YAML."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from rigfit.errors import CatalogError, InputError
from rigfit.knowledge import cache, paths, references
from rigfit.knowledge.document import Document
from rigfit.knowledge.validate import validate
from rigfit.schema.base import Entry
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.cost_rules import CostTable
from rigfit.schema.rules import (
    AssumptionTable,
    CascadeTable,
    GiveUpTable,
    GradeTable,
    MemoryConstants,
    RulesFile,
    Settings,
    StorageTable,
    TimeConstants,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Knowledge:
    """Everything known, by id. Build it with `load_knowledge`; the fields are read only."""

    catalog: CatalogFile
    rulebook: RulesFile
    catalog_digest: str
    rules_digest: str
    _indexes: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def index(self, collection: str) -> dict[str, Any]:
        """One collection as id -> entry."""
        found = self._indexes.get(collection)
        if found is None:
            owner = self.catalog if collection in CatalogFile.model_fields else self.rulebook
            found = {entry.id: entry for entry in getattr(owner, collection)}
            self._indexes[collection] = found
        return found

    def changed_since(self, catalog: str, rules: str) -> tuple[str, ...]:
        """Which of "catalog" and "rules" is no longer what these digests stand for."""
        pairs = (("catalog", catalog, self.catalog_digest), ("rules", rules, self.rules_digest))
        return tuple(what for what, then, now in pairs if then != now)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What a later stage works out from the whole of it, made when it is first asked for."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    @cached_property
    def model_names(self) -> frozenset[str]:
        """Every name by which a request may speak of models: ids, families, aliases."""
        return frozenset(name for m in self.catalog.models for name in (m.id, m.family, *m.aliases))

    @cached_property
    def grades(self) -> GradeTable:
        """What grades are worth."""
        return _need(self.rulebook.settings.grades, "grades")

    @cached_property
    def cascade(self) -> CascadeTable:
        """How far down the cascade each step goes."""
        return _need(self.rulebook.settings.cascade, "cascade")

    @cached_property
    def memory(self) -> MemoryConstants:
        """Constants of the memory estimate."""
        return _need(self.rulebook.settings.memory, "memory")

    @cached_property
    def time(self) -> TimeConstants:
        """Constants of the time estimate."""
        return _need(self.rulebook.settings.time, "time")

    @cached_property
    def storage(self) -> StorageTable:
        """What is said about drives."""
        return _need(self.rulebook.settings.storage, "storage")

    @cached_property
    def give_ups(self) -> GiveUpTable:
        """What it costs to give something up."""
        return _need(self.rulebook.settings.give_ups, "give_ups")

    @cached_property
    def costs(self) -> CostTable:
        """What local and cloud are compared with."""
        return _need(self.rulebook.settings.costs, "costs")

    @cached_property
    def assumptions(self) -> AssumptionTable:
        """What a simulated machine has when nobody says."""
        return _need(self.rulebook.settings.assumptions, "assumptions")


def _need(table: T | None, name: str) -> T:
    if table is None:
        raise CatalogError(f"rules/ hold no settings.{name}")
    return table


def load_knowledge(extra: Path | None = None, *, use_cache: bool = True) -> Knowledge:
    """Load the catalog and the rules, with a user's own folder layered on top entry by entry.

    Raises:
        CatalogError: naming file, line, field and what would be right.
    """
    layers = paths.layers(extra)
    files = {part: [(layer, f) for layer in layers for f in paths.yaml_files(layer, part)] for part in cache.PARTS}
    key = cache.key(files)
    if use_cache and (stored := cache.read(key)) is not None:
        return stored
    catalog, catalog_documents = _merge(files["catalog"], CatalogFile)
    rulebook, rules_documents = _merge(files["rules"], RulesFile)
    knowledge = build(catalog, rulebook)
    references.check(knowledge, {**catalog_documents, **rules_documents})
    if use_cache:
        cache.write(key, knowledge)
    return knowledge


def build(catalog: CatalogFile, rulebook: RulesFile) -> Knowledge:
    """Index validated collections; the digests depend on what is said, not on file names or order."""
    return Knowledge(catalog, rulebook, _digest(catalog), _digest(rulebook))


def _digest(collections: BaseModel) -> str:
    # The wizard's questions decide no answer: another wording must not make another record.
    content = collections.model_dump(mode="json", exclude_defaults=True, exclude={"questions"})
    for name, entries in content.items():
        if isinstance(entries, list):
            content[name] = sorted(entries, key=lambda entry: str(entry["id"]))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shown(layer: Path, path: Path) -> str:
    """How a file is called in messages: relative to its layer where it is ours, as given where it is the user's."""
    return path.relative_to(layer).as_posix() if layer == paths.data_root() else str(path)


def _merge(files: Iterable[tuple[Path, Path]], shape: Any) -> tuple[Any, dict[str, Document]]:
    """Read files and merge their collections by id; within one layer an id may stand once."""
    from rigfit.knowledge.yamlfile import read  # a warm start never needs the parser

    merged: dict[str, dict[str, Entry]] = {}
    layer_of: dict[tuple[str, str], Path] = {}
    tables: dict[str, Any] = {}
    table_origins: dict[str, tuple[str, Path]] = {}
    documents: dict[str, Document] = {}
    for layer, path in files:
        try:
            document = read(path, _shown(layer, path))
        except InputError as problem:
            raise CatalogError(str(problem)) from None
        content = validate(shape, document, CatalogError)
        for name in shape.model_fields:
            value = getattr(content, name)
            if isinstance(value, Settings):
                for table in Settings.model_fields:
                    if getattr(value, table) is None:
                        continue
                    origin = document.where((name, table))
                    first, of_layer = table_origins.get(table, ("", None))
                    if of_layer == layer:
                        raise CatalogError(f"{name}: {table!r} stands twice (first at {first})", where=origin)
                    table_origins[table] = (origin, layer)
                    tables[table] = getattr(value, table)
                continue
            place = merged.setdefault(name, {})
            for number, entry in enumerate(value):
                origin = document.where((name, number, "id"))
                if layer_of.get((name, entry.id)) == layer:
                    first = place[entry.id].origin
                    raise CatalogError(f"{name}: the id {entry.id!r} stands twice (first at {first})", where=origin)
                layer_of[(name, entry.id)] = layer
                place[entry.id] = entry.at(origin)
                documents[f"{name}/{entry.id}"] = document
    # A canonical order once and for all: neither file names nor the order inside a file can matter.
    ordered: dict[str, Any] = {
        name: tuple(place[key] for key in sorted(place)) for name, place in merged.items() if place
    }
    if tables:
        ordered["settings"] = Settings.model_construct(**tables)
    return shape.model_construct(**ordered), documents
