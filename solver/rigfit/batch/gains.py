"""What one relaxation of a request would gain: the machines that it stops are decided anew, through the same boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from rigfit.batch import pieces
from rigfit.batch.chunks import Chunk, Evaluated, Found, Point, knowledge_for
from rigfit.batch.fleet.entries import Shelf
from rigfit.batch.fleet.reader import read_fleet
from rigfit.batch.pool import Engine
from rigfit.batch.relaxations import Relaxation, relaxations
from rigfit.batch.run import SEGMENT
from rigfit.knowledge import Knowledge
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.units import MAX_BYTES
from rigfit.whatif.answers import Answers
from rigfit.whatif.classes import Class
from rigfit.whatif.whole import Whole

Told = Callable[[int, int], None]
_RUNS, _STOPPED = Found("resident"), Found("impossible")
_NOTHING = frozenset({"impossible", "undecided"})


@dataclass
class Gained:
    """What one relaxation of one request brings."""

    request: str
    relaxation: Relaxation
    machines: int = 0
    weight: float = 0.0


@dataclass
class _Stopped:
    """Machines of one class that a request is stopped on."""

    machine: Machine
    points: dict[Point, tuple[int, float]]
    """Capacities -> machines and their weight."""


def decides(chunk: Chunk) -> Evaluated:
    """Whether there is a bundle at each point; as `evaluate`, but which one and why not is not asked.

    Raises:
        InputError: when the knowledge here is another.
    """
    prepared = pieces.prepared(chunk, knowledge_for(chunk.catalog, chunk.digest))
    answers = Answers(Whole.of(prepared), 1)
    numbers = answers.resolve(np.array(chunk.points, dtype=np.int64)).tolist()
    runs = {number: bool(answers[number].choices) for number in set(numbers)}
    of = tuple(0 if runs[number] else 1 for number in numbers)
    return Evaluated(chunk.number, (_RUNS, _STOPPED), (), of, (-1,) * len(of), answers.solves)


def gains(
    requests: Mapping[str, Request],
    stopped: Mapping[str, bytearray],
    fleet: Path,
    catalog: Path | None,
    knowledge: Knowledge,
    engine: Engine,
    told: Told | None = None,
    segment: int = SEGMENT,
) -> list[Gained]:
    """What every single relaxation of every request brings, in the order of the requests.

    Args:
        requests: those of the batch.
        stopped: for each a byte a machine (number - 1): 1 where it has no bundle.
        fleet: the machines.
        catalog: the user's folder over the catalog.
        knowledge: what was loaded with it.
        engine: evaluates chunks with `decides`; the caller closes it.
        told: hears of (pieces done, pieces) of the segment.
        segment: so many machines are held at once.
    """
    digest = f"{knowledge.catalog_digest}/{knowledge.rules_digest}"
    longest = knowledge.give_ups.longest_wait
    found = [Gained(name, one) for name, request in requests.items() for one in relaxations(request, longest)]
    for kinds in _segments(stopped, fleet, knowledge, segment):
        chunks: list[Chunk] = []
        meant: list[tuple[Gained, list[tuple[int, float]]]] = []
        for gained in found:
            for kind in kinds[gained.request].values():
                amounts = _merged(kind.points, any_disk=gained.relaxation.any_disk)
                chunk = Chunk(len(chunks), gained.relaxation.request, kind.machine, tuple(amounts), catalog, digest)
                chunks.append(chunk)
                meant.append((gained, list(amounts.values())))
        decided: dict[int, list[bool]] = {}
        for one in engine.map(pieces.in_order(chunks)):
            decided[one.number] = [one.answers[of].verdict not in _NOTHING for of in one.of]
            if told is not None:
                told(len(decided), len(chunks))
        for number in sorted(decided):  # in one order: sums of weights are rounded
            gained, counts = meant[number]
            for runs, (machines, weight) in zip(decided[number], counts, strict=True):
                if runs:
                    gained.machines += machines
                    gained.weight += weight
    return found


def _segments(
    stopped: Mapping[str, bytearray], fleet: Path, knowledge: Knowledge, segment: int
) -> Iterator[dict[str, dict[Class, _Stopped]]]:
    entries = read_fleet(fleet, Shelf(knowledge))
    number = 0
    while part := list(islice(entries, segment)):
        kinds: dict[str, dict[Class, _Stopped]] = defaultdict(dict)
        for entry in part:
            facts = entry.facts
            if facts is not None:
                for name, flags in stopped.items():
                    if number < len(flags) and flags[number]:
                        kind = kinds[name].setdefault(facts.kind, _Stopped(facts.canonical, {}))
                        point = facts.point(entry.disk)
                        machines, weight = kind.points.get(point, (0, 0.0))
                        kind.points[point] = (machines + 1, weight + entry.weight)
            number += 1
        yield kinds


def _merged(points: dict[Point, tuple[int, float]], *, any_disk: bool) -> dict[Point, tuple[int, float]]:
    if not any_disk:
        return points
    found: dict[Point, tuple[int, float]] = {}
    for point, (machines, weight) in points.items():
        lifted = (*point[:-1], MAX_BYTES)
        before = found.get(lifted, (0, 0.0))
        found[lifted] = (before[0] + machines, before[1] + weight)
    return found
