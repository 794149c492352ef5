"""Fleets that are documents: those of catalog/fleets/, those in the same folder of a user's catalog, any file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rigfit.errors import RigfitError, nearest, unknown
from rigfit.knowledge import paths
from rigfit.knowledge.loader import Knowledge
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.schema.base import Fact
from rigfit.schema.fleet import FleetFile

PREFIX = "fleet:"


def fleet_files(extra: Path | None = None) -> dict[str, Path]:
    """Name -> file; a user's fleet replaces ours of the same name."""
    found: dict[str, Path] = {}
    for layer in paths.layers(extra):
        for folder in (layer / "catalog" / paths.FLEETS, layer / paths.FLEETS):
            found |= {file.stem: file for pattern in ("*.yaml", "*.yml") for file in sorted(folder.glob(pattern))}
    return dict(sorted(found.items()))


def fleet_path(said: str, extra: Path | None = None) -> Path:
    """The file that `fleet:NAME` or a path means.

    Raises:
        InputError: when there is no fleet of that name.
    """
    if not said.startswith(PREFIX):
        return Path(said)
    name = said.removeprefix(PREFIX)
    known = fleet_files(extra)
    if name not in known:
        raise unknown("fleet", name, known, more=f"; known: {', '.join(known)}")
    return known[name]


def load_fleet(path: Path) -> FleetFile:
    """Read a fleet.

    Raises:
        InputError: one line with file and line, for a file that is not one.
    """
    return validate(FleetFile, read(path))


def problems(knowledge: Knowledge, extra: Path | None = None) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the fleets of the catalog: (where, name of the fleet, what)."""
    sources, cards = knowledge.index("sources"), knowledge.index("gpus")
    for name, path in fleet_files(extra).items():
        try:
            document = read(path, paths.shown(path))
            fleet = validate(FleetFile, document)
        except RigfitError as problem:
            yield problem.where or str(path), name, problem.message
            continue
        survey = fleet.survey
        named: list[tuple[tuple[str | int, ...], str]] = [
            (("machines", number), gpu) for number, one in enumerate(fleet.machines) for gpu in one.gpu.split(";")
        ]
        named += [
            (("survey", "cards", number), gpu)
            for number, one in enumerate(survey.cards if survey else ())
            for gpu in one.cards
        ]
        for place, gpu in named:
            if gpu.strip() not in ("none", *cards):
                yield document.where(place), name, f"no card {gpu.strip()!r}{_hint(gpu.strip(), cards)}"
        facts: list[Fact] = [*(one.share for one in survey.cards), *(one.share for one in survey.ram)] if survey else []
        for source in dict.fromkeys(([fleet.source] if fleet.source else []) + [fact.source for fact in facts]):
            if source not in sources:
                yield document.where(("source",)), name, f"no source {source!r}{_hint(source, sources)}"


def _hint(name: str, known: dict[str, object]) -> str:
    close = nearest(name, known)
    return f"; nearest: {', '.join(close)}" if close else ""
