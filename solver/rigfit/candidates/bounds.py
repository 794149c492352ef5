"""What every pipeline of a place takes at least, known before any of its variants is judged.

Of each component the smallest of all its variants, through the same arithmetic as single pipelines: weights only ever
add to memory and time, and so do add-ons, further copies and what rules add, so whatever the rules admit takes no less.
A question that bounds memory or time opens no place at which not even that fits. Many places are worked out at once, as
arrays, and only when such a question comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from rigfit.candidates.caches import NONE, Cache, caches_of
from rigfit.candidates.combinations import column_of
from rigfit.candidates.compiler import UNBOUNDED
from rigfit.candidates.device import Device
from rigfit.candidates.guards import OpenGate
from rigfit.candidates.reasons import bits, from_rule
from rigfit.candidates.space import Space, placements_of, shares_of
from rigfit.dominance import Array, Flags
from rigfit.estimate import memory, time
from rigfit.estimate.activations import cache_of, working
from rigfit.estimate.job import job_of
from rigfit.estimate.pipeline import ENCODERS, away, parked_shares, traffic, weigh
from rigfit.estimate.work import Work
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Model, Runtime

# Factors are rounded down one after the other, and shares of weights to whole bytes: so much less is surely no more.
_ROUNDED_FACTOR = 2
_ROUNDED_TIME = 999
_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Room:
    """What a question leaves a pipeline."""

    mask: int
    """Guards that hold."""
    waits: int
    """The longest wait, as it is held against the ceiling."""
    ram: int
    vram: tuple[int, ...]
    """Of each card."""

    @property
    def bounds_nothing(self) -> bool:
        """There is room for everything, whatever it takes."""
        return min(self.waits, self.ram, *self.vram) >= UNBOUNDED

    def beside(self, ram: int, held: Sequence[int]) -> Room:
        """What is left where something else takes so much of it; of what nothing bounds there is always enough."""

        def less(amount: int, taken: int) -> int:
            return amount if amount >= UNBOUNDED else amount - taken

        cards = tuple(less(amount, taken) for amount, taken in zip(self.vram, held, strict=True))
        return replace(self, ram=less(self.ram, ram), vram=cards)


@dataclass(frozen=True, eq=False)
class Asked:
    """A model on a runtime and device, at one size."""

    number: int
    """Its own."""
    mask: int
    """Guards that hold it back as a whole, a bit each."""
    model: Model
    runtime: Runtime
    device: Device
    space: Space
    """At that size."""


@dataclass(frozen=True)
class _Entry:
    """One of them in one placement, with one precision of its cache."""

    asked: Asked
    placement: str
    held: int
    """Guards that keep it from that, a bit each."""
    factor: int
    """Permille of the time that its precision makes of it, at least."""
    weights: memory.Weights
    work: memory.Working
    job: time.Job
    denoises: bool

    @property
    def alike(self) -> tuple[Any, ...]:
        """What cannot differ within one array."""
        work = self.job.work
        return (
            self.asked.space.size, self.asked.device.gpu, self.placement, self.denoises, self.work.flight is None,
            self.work.starts_on_card, self.work.cache > 0, self.job.reply is None, work and work.network,
        )  # fmt: skip


@dataclass(frozen=True)
class Least:
    """Least amounts; the same row of every column belongs together."""

    number: Array
    gpu: Array
    """-1 on the processor."""
    vram: Array
    held: Array
    """Of the card between uses."""
    ram: Array
    """With what the card takes of it, where the two are one memory."""
    waits: Array
    mask: Array

    def take(self, rows: Array) -> Least:
        """Some of the rows."""
        return Least(*(getattr(self, f.name)[rows] for f in fields(self)))


class Bounds:
    """Least amounts of the places of one task, worked out as they are asked for."""

    def __init__(self, knowledge: Knowledge, gate: OpenGate) -> None:
        """Take what all places share.

        Args:
            knowledge: catalog and rules.
            gate: tells which guard stands for a rule that forbids a placement.
        """
        self.knowledge = knowledge
        self._gate = gate
        self.least = Least(*(np.zeros(0, dtype=np.int64) for _ in fields(Least)))
        """Of all places worked out so far."""
        self._smallest: dict[str, int] = {}
        self._known_ways: dict[tuple[str, str, int | None], list[tuple[str, Cache, int, int]]] = {}
        self._works: dict[tuple[Any, ...], memory.Working] = {}
        self._jobs: dict[tuple[Any, ...], time.Job] = {}
        self._habits: dict[tuple[str, str], int] = {}

    def add(self, asked: Iterable[Asked]) -> None:
        """Work out some places that were not worked out before."""
        blocks = [self.least, *self._worked_out(asked)]
        self.least = Least(*(np.concatenate([getattr(block, f.name) for block in blocks]) for f in fields(Least)))

    def fitting(self, room: Room) -> Least:
        """What of the least amounts there is room for."""
        least = self.least
        cards = np.array([*room.vram, _MOST], dtype=np.int64)
        fits: Flags = (least.vram <= cards[least.gpu]) & (least.ram <= room.ram)
        fits &= (least.waits <= room.waits) & (least.mask & room.mask == 0)
        return least.take(np.flatnonzero(fits))

    def _worked_out(self, asked: Iterable[Asked]) -> Iterator[Least]:
        groups: dict[tuple[Any, ...], list[_Entry]] = {}
        for one in asked:
            for entry in self._entries(one):
                groups.setdefault(entry.alike, []).append(entry)
        for entries in groups.values():
            yield self._placed(entries)

    def _entries(self, asked: Asked) -> Iterator[_Entry]:
        """Every placement and cache that no rule forbids for good."""
        model = asked.model
        index = self.knowledge.index("components")
        components = [index[name] for _, name in sorted(model.components.items())]
        denoises = any(component.kind == "denoiser" for component in components)
        weights = self._weights(components)
        works: dict[Cache, tuple[memory.Working, time.Job]] = {}
        for placement, cache, held, factor in self._ways(asked, components):
            if cache not in works:
                works[cache] = self._work(asked, components, cache)
            yield _Entry(asked, placement, held, factor, weights, *works[cache], denoises)

    def _ways(self, asked: Asked, components: Sequence[Component]) -> list[tuple[str, Cache, int, int]]:
        """(placement, cache, guards, factor) of a place, whatever the size."""
        model, runtime, device = asked.model, asked.runtime, asked.device
        key = (model.id, runtime.id, device.gpu)
        found = self._known_ways.get(key)
        if found is not None:
            return found
        found = self._known_ways[key] = []
        fastest = 1000
        for component in components:
            if component.kind not in (*ENCODERS, "vae"):
                fastest = fastest * device.least_time(runtime) // 1000
        caches = caches_of(components, runtime, self.knowledge)
        names = device.names(model.title, model, runtime)
        for placement in placements_of({component.kind for component in components}, runtime, device):
            for cache in caches:
                verdict = device.placement(placement, model, runtime, asked.space.rule.id, cache.name)
                held = self._gate.stop([from_rule(rule, names) for rule in verdict.forbidden_by], device.gpu)
                if held is not None:
                    factor = max(0, (fastest - _ROUNDED_FACTOR) * verdict.time // 1000 - _ROUNDED_FACTOR)
                    found.append((placement, cache, bits(held), factor))
        return found

    def _weights(self, components: Sequence[Component]) -> memory.Weights:
        """Bytes of all components at their smallest, whatever loads them, with no add-ons."""
        total = dict.fromkeys(("encoders", "denoiser", "denoisers", "decoder", "other"), 0)
        for component in components:
            amount = self._smallest.get(component.id)
            if amount is None:
                amount = min(weigh(component, variant, self.knowledge)[0] for variant in component.variants)
                if component.params is not None:  # what a runtime holds at 32 bits is not weighed by its file
                    amount = min(amount, component.params.value * 4)
                self._smallest[component.id] = amount
            total[column_of(component.kind)] += amount
            if component.kind == "denoiser":
                total["denoiser"] = max(total["denoiser"], amount)
        return memory.Weights(**total, extra=0)

    def _work(self, asked: Asked, components: Sequence[Component], cache: Cache) -> tuple[memory.Working, time.Job]:
        """Working memory without add-ons, and what one result takes."""
        model, space, knowledge = asked.model, asked.space, self.knowledge
        serves = model.serves[space.rule.id]
        size = space.size.for_model(serves)
        of_model = (model.id, size, cache)
        job = self._jobs.get(of_model)
        if job is None:
            index = knowledge.index("components")
            in_order = [index[name] for name in model.components.values()]
            kept = None if cache == NONE else cache_of(components, size, knowledge, cache.bits)
            job = self._jobs[of_model] = job_of(serves, space.rule.id, in_order, size, knowledge, kept)
        user = (asked.runtime.id, model.family)
        if user not in self._habits:
            self._habits[user] = id(knowledge.memory.of_runtime(*user))
        key = (*of_model, self._habits[user])
        work = self._works.get(key)
        if work is None:
            levels = working(components, serves, asked.runtime.id, size, 0, knowledge, cache.bits, model.family)
            work = self._works[key] = levels[space.level]
        return work, job

    def _placed(self, entries: Sequence[_Entry]) -> Least:
        """Entries that are alike: arrays over (entries, streamed share, tiled), flattened."""
        first = entries[0]
        device, space = first.asked.device, first.asked.space
        weights = _stacked([entry.weights for entry in entries])
        work = replace(_stacked([entry.work for entry in entries]), weights=first.work.weights)
        shares = shares_of(first.placement, first.denoises, self.knowledge)
        share = np.array(shares, dtype=np.int64)[:, None]
        tiles = np.array([entry.asked.runtime.tiled_decode for entry in entries], dtype=np.bool_)[:, None, None]
        tiled = tiles & np.array([False, True])
        gpu = None if device.gpu is None else device.machine.gpus[device.gpu]
        parked = parked_shares(self.knowledge, first.placement, gpu)[space.level]
        peaks = memory.peaks(weights, work, first.placement, share, tiled, parked)
        moved, streamed = traffic(weights, first.placement, share)
        factor = _column([entry.factor for entry in entries])
        left = away(weights, first.placement, share)
        job = _stacked_job([entry.job for entry in entries])
        spent = time.milliseconds(job, device.speeds, factor, moved, streamed, weights.other, left)
        waits: Any = 0
        if spent is not None:
            waits = space.waited(first.asked.model, device, spent * _ROUNDED_TIME // 1000)
        shape = (len(entries), len(shares), 2)

        def flat(column: Any) -> Array:
            return np.broadcast_to(column, shape).ravel()

        return Least(
            number=flat(_column([entry.asked.number for entry in entries])),
            gpu=flat(np.int64(-1 if device.gpu is None else device.gpu)),
            vram=flat(peaks.vram),
            held=flat(peaks.held),
            ram=flat(peaks.ram + (peaks.vram if device.unified else 0)),
            waits=flat(np.int64(waits)),
            mask=flat(_column([entry.held | entry.asked.mask for entry in entries])),
        )


def _column(numbers: Sequence[int]) -> Array:
    """Numbers along the first axis of the arrays that entries are worked out in."""
    return np.array(numbers, dtype=np.int64)[:, None, None]


def _stacked(found: Sequence[Any]) -> Any:
    """Dataclasses of numbers as one of arrays; what is no number is the same in all."""
    columns = {}
    for one in fields(found[0]):
        values = [getattr(each, one.name) for each in found]
        columns[one.name] = values[0] if values[0] is None or isinstance(values[0], bool) else _column(values)
    return replace(found[0], **columns)


def _stacked_job(jobs: Sequence[time.Job]) -> time.Job:
    work: Any = None
    if jobs[0].work is not None:
        network = jobs[0].work.network
        amounts = [
            np.array([getattr(job.work, name) for job in jobs], dtype=np.float64)[:, None, None]
            for name in ("denoise", "encode", "decode")
        ]
        work = Work(amounts[0], network, amounts[1], amounts[2])  # type: ignore[arg-type]
    reply = None if jobs[0].reply is None else _stacked([job.reply for job in jobs])
    passes, writes = (_column([getattr(job, name) for job in jobs]) for name in ("passes", "writes"))
    return time.Job(work, passes, reply, writes)  # type: ignore[arg-type]
