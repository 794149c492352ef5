"""What is known: cards, presets, words of a request, entries with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from rigfit.errors import unknown
from rigfit.knowledge.entries import PARTS, dump
from rigfit.schema.api import (
    About,
    CardName,
    CardNames,
    CatalogEntry,
    FeatureWord,
    ModelWord,
    TaskWord,
    Vocabulary,
    Word,
)
from rigfit.schema.catalog import CloudService, GpuSpec, Model, Preset, Runtime
from rigfit.schema.request import Style
from rigfit.schema.rules import FeatureRule, Profile, TaskRule
from rigfit.version import VERSION
from rigfit.web.desk import Desk
from rigfit.web.failures import failure
from rigfit.web.frames import Reply

_SIZES = ("width", "height", "frames", "fps", "seconds", "context", "batch")


def about(desk: Desk) -> About:
    """Versions, digests, and how much there is."""
    knowledge = desk.knowledge
    return About(
        rigfit=VERSION,
        catalog=knowledge.catalog_digest,
        rules=knowledge.rules_digest,
        counts={part: len(knowledge.index(part)) for part in PARTS},
    )


def gpus(desk: Desk) -> CardNames:
    """Every card, shortly."""
    specs: Mapping[str, GpuSpec] = desk.knowledge.index("gpus")
    return CardNames(
        gpus=tuple(
            CardName(
                id=spec.id,
                title=spec.title,
                vram=spec.memory.value,
                aliases=spec.aliases,
                kind=spec.kind,
                vendor=spec.vendor,
                backend=spec.backend,
                unified=spec.unified,
                released=spec.released,
            )
            for spec in specs.values()
        )
    )


def presets(desk: Desk) -> list[Any]:
    """Every preset as it stands in the catalog."""
    entries: Mapping[str, Preset] = desk.knowledge.index("presets")
    return [entry.model_dump(mode="json", by_alias=True) for entry in entries.values()]


def vocabulary(desk: Desk) -> Vocabulary:
    """What a request can name."""
    index = desk.knowledge.index
    tasks: Mapping[str, TaskRule] = index("tasks")
    features: Mapping[str, FeatureRule] = index("features")
    profiles: Mapping[str, Profile] = index("profiles")
    runtimes: Mapping[str, Runtime] = index("runtimes")
    services: Mapping[str, CloudService] = index("cloud")
    models: Mapping[str, Model] = index("models")
    return Vocabulary(
        tasks=tuple(
            TaskWord(
                id=task.id,
                title=task.title,
                unit=task.unit,
                size={name: value for name in _SIZES if (value := getattr(task, name)) is not None},
                features=tuple(feature.id for feature in features.values() if task.id in feature.tasks),
                modes=task.modes,
            )
            for task in tasks.values()
        ),
        features=tuple(
            FeatureWord(id=one.id, title=one.title, tasks=one.tasks, qualifiers=one.qualifiers)
            for one in features.values()
        ),
        styles=get_args(Style),
        profiles=tuple(Word(id=one.id, title=one.title, note=one.reason) for one in profiles.values()),
        runtimes=tuple(Word(id=one.id, title=one.title, note=one.note) for one in runtimes.values()),
        services=tuple(Word(id=one.id, title=one.title) for one in services.values()),
        scenarios=tuple(Word(id=one.id, title=one.title) for one in desk.knowledge.costs.scenarios),
        models=tuple(
            ModelWord(id=m.id, title=m.title, family=m.family, tasks=tuple(m.serves), maturity=str(m.maturity))
            for m in models.values()
        ),
    )


def collection(desk: Desk, name: str) -> Any:
    """All entries of a collection."""
    if name not in PARTS:
        return _none("collection", name, PARTS)
    return [dump(entry) for entry in desk.knowledge.index(name).values()]


def entry(desk: Desk, name: str, key: str) -> CatalogEntry | Reply:
    """One entry, and where its facts come from."""
    from rigfit.knowledge.provenance import provenance

    if name not in PARTS:
        return _none("collection", name, PARTS)
    entries = desk.knowledge.index(name)
    if key not in entries:
        return _none(f"entry of {name}", key, entries)
    found = entries[key]
    return CatalogEntry(collection=name, entry=dump(found), provenance=provenance(name, found, desk.knowledge))


def _none(what: str, name: str, known: Any) -> Reply:
    problem = unknown(what, name, known)
    return failure(404, problem.message, None, problem.nearest)
