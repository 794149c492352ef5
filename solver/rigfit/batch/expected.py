"""Verdicts of requests on machines against what somebody expects of them: tests of presets."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rigfit.batch.asked import Asked, asked
from rigfit.batch.fleet.entries import Shelf
from rigfit.batch.fleet.reader import read_fleet
from rigfit.batch.pool import Engine
from rigfit.batch.population import members
from rigfit.batch.run import Batch, Progress, run
from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.knowledge.document import Document
from rigfit.knowledge.fleets import PREFIX, fleet_path, load_fleet
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.schema.batch import Row
from rigfit.schema.expected import CheckReport, ExpectedFile, Mismatch, Wanted

_NOTHING = frozenset({"impossible", "undecided", "invalid"})


def check(
    path: Path,
    files: Sequence[Path],
    knowledge: Knowledge,
    engine: Engine,
    catalog: Path | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Decide every request of a file of expected verdicts on its machines, and compare.

    Args:
        path: the file.
        files: request files that it speaks of; its other requests are presets.
        knowledge: catalog and rules; with `catalog` layered over, where there is one.
        engine: where chunks are evaluated; the caller closes it.
        catalog: the user's folder.
        progress: is told how far it is.

    Raises:
        InputError: when the file, a request, a machine or a tier does not exist; naming the line.
    """
    document = read(path)
    wanted = validate(ExpectedFile, document)
    said = wanted.machines
    fleet = fleet_path(said, catalog) if said.startswith(PREFIX) else path.parent / said
    requests = _requests(wanted, files, knowledge, document)
    expected = _by_machine(wanted, fleet, knowledge, document)
    found: list[Mismatch] = []
    checked = rows = 0
    with tempfile.TemporaryDirectory(prefix="rigfit-check-") as folder:
        out = Path(folder) / "rows.jsonl"
        run(Batch(requests, fleet, out, "jsonl", catalog), knowledge, engine, progress=progress)
        with out.open(encoding="utf-8") as lines:
            for line in lines:
                row = Row.model_validate(json.loads(line))
                rows += 1
                one = expected.get((row.request, row.machine))
                if one is None:
                    continue
                checked += 1
                if not meets(row, one, knowledge):
                    found.append(
                        Mismatch(
                            request=row.request, machine=row.machine, expected=one, verdict=row.verdict,
                            models=row.models, reason=row.reason,
                        )
                    )  # fmt: skip
    return CheckReport(file=str(path), checked=checked, mismatches=tuple(found), unsaid=rows - checked)


def meets(row: Row, wanted: Wanted, knowledge: Knowledge) -> bool:
    """Whether a row is what is expected."""
    verdicts = {row.verdict} if row.verdict in _NOTHING else {row.verdict, "runs"}
    if not verdicts & set(wanted.verdict):
        return False
    if row.verdict in _NOTHING:
        return True
    families = {model.id: model.family for model in knowledge.catalog.models}
    there = {name for model in (row.models or "").split(" + ") for name in (model, families.get(model))}
    return there.issuperset(wanted.models)


def _requests(
    wanted: ExpectedFile, files: Sequence[Path], knowledge: Knowledge, document: Document
) -> tuple[Asked, ...]:
    stems = {file.stem: file for file in files}
    presets = knowledge.index("presets")
    for name in wanted.expected:
        if name not in stems and name not in presets:
            raise unknown("request", name, [*presets, *stems], where=document.where(("expected", name)))
    own = [stems[name] for name in wanted.expected if name in stems]
    return asked([name for name in wanted.expected if name not in stems], own, knowledge)


def _by_machine(
    wanted: ExpectedFile, fleet: Path, knowledge: Knowledge, document: Document
) -> Mapping[tuple[str, str], Wanted]:
    """(request, machine) -> what is expected; what is said of a machine goes before what is said of its tier."""
    entries = list(read_fleet(fleet, Shelf(knowledge)))
    names = [entry.shown for entry in entries]
    for entry in entries:
        if entry.facts is None:
            raise InputError(f"{entry.shown}: {entry.error}", where=str(fleet))
    tiers: dict[str, list[str]] = {}
    if fleet.suffix in (".yaml", ".yml"):
        for name, member in zip(names, members(load_fleet(fleet)), strict=True):
            if member.tier is not None:
                tiers.setdefault(member.tier, []).append(name)
    found: dict[tuple[str, str], Wanted] = {}
    for request, cells in wanted.expected.items():
        for key, one in cells.items():
            for model in one.models:
                if model not in knowledge.model_names:
                    where = document.where(("expected", request, key))
                    raise unknown("model", model, knowledge.model_names, where=where)
            if key not in names and key not in tiers:
                where = document.where(("expected", request, key))
                raise unknown("machine or tier", key, [*names, *tiers], where=where)
            for name in tiers.get(key, []):
                found.setdefault((request, name), one)
        found |= {(request, key): one for key, one in cells.items() if key in names}
    return found
