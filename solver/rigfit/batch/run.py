"""The driver: read a segment of the fleet, evaluate what is distinct in it, write its rows; then the next."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from rigfit.batch.asked import Asked
from rigfit.batch.chunks import Chunk, Evaluated, Found, Point, Why
from rigfit.batch.files import Format, Output
from rigfit.batch.fleet.entries import Entry, Shelf
from rigfit.batch.fleet.reader import check_fleet, fingerprint, read_fleet
from rigfit.batch.pieces import in_order
from rigfit.batch.pool import Engine
from rigfit.batch.rows import Encoder, Records
from rigfit.knowledge import Knowledge
from rigfit.schema.batch import BatchSummary, Counted, Verdict
from rigfit.schema.machine import Machine
from rigfit.version import VERSION
from rigfit.whatif.classes import Class

# So many machines are held in memory at once; of a larger fleet a segment after the other.
SEGMENT = 250_000
# The rows of so many are written at once.
BLOCK = 4_096


class Progress(Protocol):
    """Is told how far a run is; see `rigfit.cli.batch`."""

    def reading(self, machines: int) -> None:
        """So many machines were read."""

    def solving(self, done: int, of: int) -> None:
        """So many rows of the segment have their answer."""

    def writing(self, done: int, of: int) -> None:
        """So many rows of the segment are written."""


class Quiet:
    """Tells nobody."""

    def reading(self, machines: int) -> None:
        """Nothing."""

    def solving(self, done: int, of: int) -> None:
        """Nothing."""

    def writing(self, done: int, of: int) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Batch:
    """What is to be done."""

    requests: tuple[Asked, ...]
    fleet: Path
    out: Path
    format: Format
    catalog: Path | None = None
    """The user's folder over the catalog, for the processes that load it themselves."""
    segment: int = SEGMENT
    block: int = BLOCK


@dataclass
class _Kind:
    """The machines of one class in a segment."""

    machine: Machine
    points: dict[Point, int] = field(default_factory=dict)
    machines: int = 0


@dataclass
class _Segment:
    """Machines with their places: of which class, and at which of its points; None where one could not be read."""

    entries: list[Entry]
    places: list[tuple[int, int] | None]
    kinds: list[_Kind]


def run(
    batch: Batch,
    knowledge: Knowledge,
    engine: Engine,
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> BatchSummary | None:
    """Every request on every machine of a fleet, written to a file.

    Args:
        batch: what is to be done.
        knowledge: catalog and rules; with `batch.catalog` layered over, where there is one.
        engine: where chunks are evaluated; the caller closes it.
        resume: go on with an earlier run that was stopped.
        overwrite: the file may be there.
        progress: is told how far it is.

    Returns:
        counts; None where an earlier run had finished everything.

    Raises:
        InputError: bad input, or a file that must not be overwritten.
        RigfitError: where the file cannot be written; what is finished is kept for --resume.
    """
    shelf = Shelf(knowledge)
    check_fleet(batch.fleet, shelf)
    encoder = Encoder("csv" if batch.format == "csv" else "jsonl", batch.requests)
    output = Output(batch.out, batch.format, encoder.header())
    try:
        if not output.start(_about(batch, knowledge), resume=resume, overwrite=overwrite):
            return None
        return _Run(batch, knowledge, engine, progress or Quiet(), output, encoder).all(shelf)
    finally:
        output.close()


def _about(batch: Batch, knowledge: Knowledge) -> dict[str, object]:
    """What decides every byte of the result."""
    requests = [[one.name, one.request.model_dump(mode="json", by_alias=True)] for one in batch.requests]
    return {
        "format": "rigfit.batch-journal/1",
        "rigfit": VERSION,
        "knowledge": _digest(knowledge),
        "requests": hashlib.sha256(json.dumps(requests, sort_keys=True).encode()).hexdigest()[:32],
        "fleet": fingerprint(batch.fleet),
        "segment": batch.segment,
        "block": batch.block,
    }


def _digest(knowledge: Knowledge) -> str:
    return f"{knowledge.catalog_digest}/{knowledge.rules_digest}"


class _Run:
    def __init__(
        self,
        batch: Batch,
        knowledge: Knowledge,
        engine: Engine,
        progress: Progress,
        output: Output,
        encoder: Encoder,
    ) -> None:
        self.batch = batch
        self.engine = engine
        self.progress = progress
        self.output = output
        self.encoder = encoder
        self.records = Records(batch.requests, knowledge)
        self.digest = _digest(knowledge)
        self.solves = 0

    def all(self, shelf: Shelf) -> BatchSummary:
        """Segment by segment."""
        resumed = written = sum(block.machines for block in self.output.blocks)
        first = 0
        entries = read_fleet(self.batch.fleet, shelf)
        number = 0
        while part := list(islice(entries, self.batch.segment)):
            self.progress.reading(first + len(part))
            if first + len(part) > written:
                self._write(_survey(part), number, first, max(0, written - first))
            first += len(part)
            number += 1
        self.output.finish()
        return self._summary(first, resumed)

    def _write(self, segment: _Segment, number: int, first: int, skip: int) -> None:
        """Evaluate a segment and write its rows, less those of the first `skip` machines, which are written."""
        found = self._evaluate(segment, number)
        requests = range(len(self.batch.requests))
        total = len(segment.entries)
        for start in range(skip, total, self.batch.block):
            end = min(total, start + self.batch.block)
            lines: list[str] = []
            counts: dict[str, dict[str, tuple[int, float]]] = {one.name: {} for one in self.batch.requests}
            invalid = 0
            for at in range(start, end):
                entry, place = segment.entries[at], segment.places[at]
                results = [] if place is None else [_result(found[r, place[0]], place[1]) for r in requests]
                lines.append(self.encoder.rows(first + at + 1, entry, results, self.records.of(entry)))
                invalid += place is None
                for r, one in enumerate(self.batch.requests):
                    verdict: Verdict = results[r][0].verdict if results else "invalid"
                    count, weight = counts[one.name].get(verdict, (0, 0.0))
                    counts[one.name][verdict] = (count + 1, weight + entry.weight)
            self.output.add("".join(lines).encode(), end - start, invalid, counts)
            self.progress.writing(end * len(requests), total * len(requests))

    def _evaluate(self, segment: _Segment, number: int) -> dict[tuple[int, int], Evaluated]:
        """(request, class) -> what was found; the largest pieces of work are started first."""
        chunks: list[Chunk] = []
        where: dict[int, tuple[int, int]] = {}
        for r, one in enumerate(self.batch.requests):
            for k, kind in enumerate(segment.kinds):
                chunk = Chunk(
                    len(where), one.request, kind.machine, tuple(kind.points), self.batch.catalog, self.digest
                )
                where[chunk.number] = (r, k)
                chunks.append(chunk)
        total = sum(kind.machines for kind in segment.kinds) * len(self.batch.requests)
        found: dict[tuple[int, int], Evaluated] = {}
        done = 0
        for chunk in chunks:
            if (before := self.output.evaluated.pop((number, chunk.number), None)) is not None:
                found[where[chunk.number]] = before
                done += segment.kinds[where[chunk.number][1]].machines
        left = [chunk for chunk in chunks if where[chunk.number] not in found]
        self.progress.solving(done, total)
        for one_found in self.engine.map(in_order(left)):
            self.output.keep(number, one_found)
            self.solves += one_found.solves
            found[where[one_found.number]] = one_found
            done += segment.kinds[where[one_found.number][1]].machines
            self.progress.solving(done, total)
        return found

    def _summary(self, machines: int, resumed: int) -> BatchSummary:
        counts: dict[tuple[str, str], tuple[int, float]] = {}
        for block in self.output.blocks:
            for request, verdicts in block.counts.items():
                for verdict, (count, weight) in verdicts.items():
                    before = counts.get((request, verdict), (0, 0.0))
                    counts[request, verdict] = (before[0] + count, before[1] + weight)
        order = [one.name for one in self.batch.requests]
        return BatchSummary(
            out=str(self.batch.out),
            format=self.batch.format,
            requests=tuple(order),
            machines=machines,
            invalid=sum(block.invalid for block in self.output.blocks),
            rows=machines * len(order),
            resumed=resumed * len(order),
            solves=self.solves,
            verdicts=tuple(
                Counted.model_validate({"request": r, "verdict": v, "machines": n, "weight": w})
                for (r, v), (n, w) in sorted(counts.items(), key=lambda one: (order.index(one[0][0]), one[0][1]))
            ),
        )


def _survey(entries: list[Entry]) -> _Segment:
    """Which machines are alike."""
    kinds: list[_Kind] = []
    numbers: dict[Class, int] = {}
    places: list[tuple[int, int] | None] = []
    for entry in entries:
        facts = entry.facts
        if facts is None:
            places.append(None)
            continue
        number = numbers.get(facts.kind)
        if number is None:
            number = numbers[facts.kind] = len(kinds)
            kinds.append(_Kind(facts.canonical))
        kind = kinds[number]
        kind.machines += 1
        point = facts.point(entry.disk)
        places.append((number, kind.points.setdefault(point, len(kind.points))))
    return _Segment(entries, places, kinds)


def _result(found: Evaluated, place: int) -> tuple[Found, Why | None]:
    why = found.why[place]
    return found.answers[found.of[place]], None if why < 0 else found.whys[why]
