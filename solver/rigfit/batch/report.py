"""Results of a batch as coverage, reasons and gains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from rigfit.batch.about import read_about
from rigfit.batch.fleet.reader import fingerprint
from rigfit.batch.gains import Gained, Told, gains
from rigfit.batch.pool import Engine
from rigfit.batch.population import bounds, members
from rigfit.batch.results import Result, read_results
from rigfit.batch.tiers import memory_tier
from rigfit.errors import InputError, RigfitError
from rigfit.knowledge import Knowledge
from rigfit.knowledge.fleets import load_fleet
from rigfit.schema.batch import Verdict
from rigfit.schema.fleet import FleetFile
from rigfit.schema.report import About, Amount, Cell, Coverage, Gain, Report, Stop

_ORDER: tuple[Verdict, ...] = tuple(verdict for verdict in get_args(Verdict) if verdict != "invalid")
_RUNS: frozenset[Verdict] = frozenset(_ORDER) - {"impossible", "undecided"}
_DOCUMENTS = (".yaml", ".yml")


@dataclass
class _Sum:
    """Machines and their weight, by verdict."""

    by: dict[Verdict, tuple[int, float]] = field(default_factory=dict)

    def add(self, verdict: Verdict, machines: int, weight: float) -> None:
        """Count some more."""
        before = self.by.get(verdict, (0, 0.0))
        self.by[verdict] = (before[0] + machines, before[1] + weight)

    @property
    def machines(self) -> int:
        return sum(machines for machines, _ in self.by.values())

    @property
    def weight(self) -> float:
        return sum(weight for _, weight in self.by.values())

    def runs(self) -> Amount:
        """Where there is a bundle."""
        some = [self.by[verdict] for verdict in _ORDER if verdict in self.by and verdict in _RUNS]
        return amount(sum(one[0] for one in some), sum(one[1] for one in some), self.weight)

    def verdicts(self) -> dict[Verdict, int]:
        """Their shares."""
        return {verdict: share(self.by[verdict][1], self.weight) for verdict in _ORDER if verdict in self.by}


@dataclass
class _Read:
    """What was counted in one pass over the rows."""

    cells: dict[tuple[str, str], _Sum] = field(default_factory=dict)
    tiers: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Tier -> what orders it."""
    stops: dict[tuple[str, str], tuple[int, float, str]] = field(default_factory=dict)
    stopped: dict[str, bytearray] = field(default_factory=dict)
    runs: dict[str, set[int]] = field(default_factory=dict)
    """Only for surveys, which are small."""
    requests: list[str] = field(default_factory=list)
    invalid: int = 0


def share(part: float, whole: float) -> int:
    """Hundredths of a percent."""
    return min(100_00, round(100_00 * part / whole)) if whole else 0


def amount(machines: int, weight: float, whole: float) -> Amount:
    """Machines and their share of a whole weight."""
    return Amount(machines=machines, weight=round(weight, 6), share=share(weight, whole))


def report(
    results: Path, knowledge: Knowledge | None = None, engine: Engine | None = None, told: Told | None = None
) -> Report:
    """Read results and sum them up.

    Args:
        results: a file that `rigfit batch` wrote.
        knowledge: catalog and rules, to decide relaxed requests; without it, or an engine, gains are not asked for.
        engine: evaluates chunks with `rigfit.batch.gains.decides`; the caller closes it.
        told: hears of the progress of the gains.

    Raises:
        InputError: when it is no results of a batch, or holds no rows.
    """
    about = read_about(results)
    fleet = _fleet(about)
    tiers = {number: member.tier for number, member in enumerate(members(fleet), start=1)} if fleet else {}
    read = _counted(read_results(results), tiers, survey=fleet is not None and fleet.survey is not None)
    if not read.requests:
        raise InputError("holds no rows", where=str(results))
    notes: list[str] = []
    found: list[Gained] | None = None
    if knowledge is not None and engine is not None:
        found, why = _gains(read, about, knowledge, engine, told)
        notes += [why] if why else []
    return _report(results, read, fleet, found, notes)


def _fleet(about: About | None) -> FleetFile | None:
    """The fleet, where it is a document and still what it was."""
    if about is None or not about.fleet.endswith(_DOCUMENTS):
        return None
    try:
        path = Path(about.fleet)
        return load_fleet(path) if fingerprint(path) == about.fingerprint else None
    except RigfitError:
        return None


def _counted(rows: Iterable[Result], tiers: Mapping[int, str | None], *, survey: bool) -> _Read:
    read = _Read()
    known: set[str] = set()
    invalid: set[int] = set()
    for row in rows:
        name = row.request
        if name not in known:
            known.add(name)
            read.requests.append(name)
            read.stopped[name] = bytearray()
            read.runs[name] = set()
        if row.verdict == "invalid":
            invalid.add(row.number)
            continue
        named = tiers.get(row.number)
        key, tier = ((0, row.number), named) if named else memory_tier(row.os, row.gpu, row.vram, row.ram)
        read.tiers.setdefault(tier, key)
        cell = read.cells.get((name, tier))
        if cell is None:
            cell = read.cells[name, tier] = _Sum()
        cell.add(row.verdict, 1, row.weight)
        if row.verdict == "impossible":
            _stopped(read, row)
        elif survey and row.verdict in _RUNS:
            read.runs[name].add(row.number)
    read.invalid = len(invalid)
    return read


def _stopped(read: _Read, row: Result) -> None:
    flags = read.stopped[row.request]
    if len(flags) < row.number:
        flags.extend(bytes(row.number - len(flags)))
    flags[row.number - 1] = 1
    key = (row.request, row.stopped_by or "unknown")
    machines, weight, example = read.stops.get(key, (0, 0.0, row.reason or ""))
    read.stops[key] = (machines + 1, weight + row.weight, example)


def _gains(
    read: _Read, about: About | None, knowledge: Knowledge, engine: Engine, told: Told | None
) -> tuple[list[Gained] | None, str | None]:
    """What relaxations gain, or why that cannot be said."""
    if about is None:
        return None, "what a relaxation would gain is not known: nothing beside the results says what they were run on"
    fleet = Path(about.fleet)
    try:
        same = fingerprint(fleet) == about.fingerprint
    except (OSError, RigfitError):
        return None, f"what a relaxation would gain is not known: the machines ({fleet}) are not there any more"
    if not same:
        return None, f"what a relaxation would gain is not known: the machines ({fleet}) changed since"
    if about.knowledge != f"{knowledge.catalog_digest}/{knowledge.rules_digest}":
        return None, "what a relaxation would gain is not known: the catalog or the rules changed since"
    catalog = None if about.catalog is None else Path(about.catalog)
    requests = {name: request for name, request in about.requests.items() if name in read.stopped}
    return gains(requests, read.stopped, fleet, catalog, knowledge, engine, told), None


def _report(
    results: Path, read: _Read, fleet: FleetFile | None, found: list[Gained] | None, notes: list[str]
) -> Report:
    tiers = sorted(read.tiers, key=lambda tier: read.tiers[tier])
    totals: dict[str, _Sum] = {name: _Sum() for name in read.requests}
    for (name, _), cell in read.cells.items():
        for verdict, (machines, weight) in cell.by.items():
            totals[name].add(verdict, machines, weight)
    first = totals[read.requests[0]]
    survey = fleet.survey if fleet else None
    return Report(
        title=fleet.title if fleet else results.name,
        requests=tuple(read.requests),
        tiers=tuple(tiers),
        machines=first.machines,
        weight=round(first.weight, 6),
        invalid=read.invalid,
        coverage=tuple(
            Coverage(
                request=name,
                runs=total.runs(),
                verdicts=total.verdicts(),
                bounds=_bounds(fleet, read.runs[name]),
            )
            for name, total in totals.items()
        ),
        cells=tuple(
            Cell(
                request=name,
                tier=tier,
                machines=cell.machines,
                weight=round(cell.weight, 6),
                runs=cell.runs(),
                verdicts=cell.verdicts(),
            )
            for name in read.requests
            for tier in tiers
            if (name, tier) in read.cells
            for cell in (read.cells[name, tier],)
        ),
        stops=tuple(
            Stop(
                request=name,
                stopped_by=by,
                cost=amount(machines, weight, totals[name].weight),
                example=example,
            )
            for (name, by), (machines, weight, example) in sorted(
                read.stops.items(), key=lambda one: (read.requests.index(one[0][0]), -one[1][1], one[0][1])
            )
        ),
        gains=None if found is None else _largest(found, totals),
        assumptions=survey.assumptions if survey else (),
        notes=tuple(notes),
    )


def _largest(found: list[Gained], totals: Mapping[str, _Sum]) -> tuple[Gain, ...]:
    made = [
        Gain(
            request=one.request,
            relaxation=one.relaxation.name,
            text=one.relaxation.text,
            gain=amount(one.machines, one.weight, totals[one.request].weight),
        )
        for one in found
        if one.machines
    ]
    order = list(totals)
    return tuple(sorted(made, key=lambda one: (order.index(one.request), -one.gain.weight, one.relaxation)))


def _bounds(fleet: FleetFile | None, runs: set[int]) -> tuple[int, int] | None:
    if fleet is None or fleet.survey is None:
        return None
    found = bounds(fleet.survey, runs)
    return int(found.low * 100_00), -int(-found.high * 100_00 // 1)
