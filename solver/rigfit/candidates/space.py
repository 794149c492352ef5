"""The pipelines of a branch as arrays: thousands at a time, one row each.

The same arithmetic as `rigfit.estimate.estimate` does for one pipeline (tests hold the two together).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rigfit.candidates.addons import AddonSet
from rigfit.candidates.admission import Admission, Branch
from rigfit.candidates.caches import NONE, Cache, caches_of
from rigfit.candidates.combinations import PLACEMENTS, Base, Combinations, denoiser_of
from rigfit.candidates.device import Device
from rigfit.candidates.items import Items
from rigfit.candidates.matching import Verdict
from rigfit.candidates.reasons import Gate, Held, Reason, from_rule
from rigfit.candidates.rows import Offered, Rows, fill
from rigfit.candidates.variants import Admitted
from rigfit.dominance import Array, Flags
from rigfit.estimate import memory, time
from rigfit.estimate.activations import cache_of, working
from rigfit.estimate.interval import LEVELS, Interval
from rigfit.estimate.job import job_of
from rigfit.estimate.pipeline import (
    Pipeline,
    Placement,
    addon_overhead,
    away,
    parked_shares,
    traffic,
)
from rigfit.estimate.size import ResolvedSize
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Model, Runtime
from rigfit.schema.rules import TaskRule
from rigfit.units import format_milliseconds


@dataclass(frozen=True)
class _Work:
    """What a branch needs beside its weights, whatever the placement."""

    level: memory.Working
    """At the end of the interval that counts."""
    job: time.Job
    beside: Array
    """(add-on sets, 1) bytes of what add-ons hold beside the denoiser."""
    kept: Sequence[Cache]
    """What the cache can be kept in."""


def shares_of(placement: str, denoises: bool, knowledge: Knowledge) -> tuple[int, ...]:
    """Permille of what streams, or of a language model's layers, that can stay on the card."""
    if placement != "streamed":
        return (1000,)
    return knowledge.memory.resident_shares if denoises else knowledge.memory.layer_shares


def placements_of(kinds: Collection[str], runtime: Runtime, device: Device) -> Iterator[Placement]:
    """The placements of a runtime on a device that make sense for a model with components of some kinds.

    Phases are moved one by one and passes stream where there is a denoiser. Layers of a language model that do not fit
    stay in RAM, for the processor to work on.
    """
    for placement in PLACEMENTS:
        if placement not in runtime.placements or (placement == "cpu") != (device.gpu is None):
            continue
        moves = "denoiser" in kinds or (placement == "streamed" and "llm" in kinds)
        if placement in ("resident", "cpu") or moves:
            yield placement


def _outer(numbers: Sequence[int]) -> Array:
    """Numbers along the first axis of the arrays that pipelines are made in."""
    return np.array(numbers, dtype=np.int64)[:, None, None, None, None]


def _keeping(job: time.Job, cache: Any) -> time.Job:
    """The same job where the key-value cache takes so many bytes."""
    return job if job.reply is None else replace(job, reply=replace(job.reply, cache=cache))


class Space:
    """Builds rows for one task; `level` is the end of the intervals that the policy counts with."""

    def __init__(
        self, admission: Admission, rule: TaskRule, size: ResolvedSize, items: Items, shared: frozenset[str]
    ) -> None:
        self.admission = admission
        self.knowledge = admission.knowledge
        self.rule = rule
        self.size = size
        self.items = items
        self.combinations = Combinations(admission, rule.id, items, shared)
        self.level = LEVELS.index(admission.policies.confidence)
        self.ceiling = admission.policies.max_time or rule.ceiling
        self._jobs: dict[str, time.Job] = {}
        self._fastest: dict[tuple[str, int, time.Speeds], int | None] = {}
        self._offered_caches: dict[tuple[str, str], tuple[Cache, ...]] = {}

    def patience(self, model: Model, device: Device) -> int:
        """The longest expected milliseconds that are not pointless.

        Held against the ceiling, times count with the same end of their interval as memory.
        """
        return self.ceiling * 1000 // self._spread(model, device).at(self.admission.policies.confidence)

    def _spread(self, model: Model, device: Device) -> Interval:
        """Permille of an expected time at the ends of its interval."""
        return time.spread_of(self._job(model), device.speeds)

    def is_hopeless(self, model: Model, runtime: Runtime, device: Device, reasons: list[Reason]) -> bool:
        """On the processor even 16 bits with nothing to move take longer than anybody waits; the reason is noted.

        Asked before any variant is looked at: most models have no business there.
        """
        least = self.fastest(model, runtime, device)
        if least is None or least <= self.patience(model, device):
            return False
        reasons.append(self._pointless(model, runtime, device, least))
        return True

    def fastest(self, model: Model, runtime: Runtime, device: Device) -> int | None:
        """Expected milliseconds on the processor in 16 bits with nothing to move; None where unknown, and on cards."""
        if device.gpu is not None:
            return None
        smallest = min(cache.bits for cache in self._caches(model, runtime))
        known = (model.id, smallest, device.speeds)
        if known not in self._fastest:
            components = [self.knowledge.index("components")[name] for name in model.components.values()]
            amount = cache_of(components, self.size.for_model(model.serves[self.rule.id]), self.knowledge, smallest)
            least = time.milliseconds(_keeping(self._job(model), amount), device.speeds, 1000, 0, 0)
            self._fastest[known] = None if least is None else int(least)
        return self._fastest[known]

    def rows(self, branch: Branch, number: int, offered: Iterable[Offered], reasons: Gate) -> list[Rows]:
        """Of the pipelines of a branch those that are not pointless.

        Args:
            branch: on a device of this machine.
            number: of the branch, in the canonical order.
            offered: its pipelines, maybe worked out for another machine of the kind.
            reasons: takes what is pointless.
        """
        found: list[Rows] = []
        least: dict[Placement, int] = {}
        borne: set[Placement] = set()
        patience = self.patience(branch.model, branch.device)
        for one in offered:
            rows = one.on(branch.device, number)
            bearable = rows.milliseconds <= patience
            shortest = int(rows.milliseconds.min())
            least[one.placement] = min(shortest, least.get(one.placement, shortest))
            if shortest <= patience:
                borne.add(one.placement)
                found.append(rows if bearable.all() else rows.take(np.flatnonzero(bearable)))
        for placement in (p for p in least if p not in borne):
            reasons.append(self._pointless(branch.model, branch.runtime, branch.device, least[placement], placement))
        return found

    def offered(self, branch: Branch, base: Base, reasons: Gate) -> Iterator[Offered]:
        """The pipelines of a branch in each placement and cache that the rules allow, however long they take."""
        works: dict[tuple[int, ...], _Work] = {}
        kinds = {one.part.component.kind for group in branch.groups for one in group[0]}
        for placement in placements_of(kinds, branch.runtime, branch.device):
            loads = ~base.barred[:, PLACEMENTS.index(placement)]
            alike: dict[Held, tuple[int, ...]] = {}
            for cache in range(len(self._caches(branch.model, branch.runtime))):
                held = reasons.stop(self.forbidden(branch, placement, cache), branch.device.gpu)
                if held is not None and loads.any():
                    alike[held] = (*alike.get(held, ()), cache)
            for held, caches in alike.items():
                if caches not in works:
                    works[caches] = self._work(branch, base, caches)
                offered = self._placed(branch, base, placement, caches, works[caches], held)
                possible = loads[offered.rows.base] & base.works[offered.rows.base, offered.rows.key[:, 1]]
                if possible.any():
                    yield offered if possible.all() else offered.take(np.flatnonzero(possible))

    def forbidden(self, branch: Branch, placement: Placement, cache: int) -> list[Reason]:
        """Why the rules let no pipeline of a branch be in a placement, with one of its caches."""
        verdict = self._verdict(branch, placement, cache)
        names = branch.device.names(branch.model.title, branch.model, branch.runtime)
        return [from_rule(rule, names) for rule in verdict.forbidden_by]

    def waited(self, model: Model, device: Device, milliseconds: Array) -> Array:
        """Expected times as they are held against the ceiling; 0 where unknown."""
        spread = self._spread(model, device).at(self.admission.policies.confidence)
        return np.where(milliseconds < 0, 0, -(-milliseconds * spread // 1000))

    def _verdict(self, branch: Branch, placement: Placement, cache: int) -> Verdict:
        name = self._caches(branch.model, branch.runtime)[cache].name
        return branch.device.placement(placement, branch.model, branch.runtime, self.rule.id, name)

    def _caches(self, model: Model, runtime: Runtime) -> tuple[Cache, ...]:
        """What the runtime can keep the model's key-value cache in."""
        found = self._offered_caches.get((model.id, runtime.id))
        if found is None:
            components = [self.knowledge.index("components")[name] for name in model.components.values()]
            found = self._offered_caches[(model.id, runtime.id)] = caches_of(components, runtime, self.knowledge)
        return found

    def _placed(
        self, branch: Branch, base: Base, placement: Placement, caches: Sequence[int], work: _Work, held: Held
    ) -> Offered:
        """One placement: arrays over (caches, streamed share, tiled, add-ons, variants), flattened."""
        verdicts = [self._verdict(branch, placement, cache) for cache in caches]
        slower, worse = (_outer([getattr(v, name) for v in verdicts]) for name in ("time", "value"))
        level, job = work.level, work.job
        tiles = branch.runtime.tiled_decode and level.decode_tiled < level.decode
        denoises = any(one.part.component.kind == "denoiser" for group in branch.groups for one in group[0])
        share = np.array(shares_of(placement, denoises, self.knowledge), dtype=np.int64)[:, None, None, None]
        tiled = np.array((False, True) if tiles else (False,), dtype=np.bool_)[:, None, None]
        weights = memory.Weights(**base.weights, extra=work.beside)
        device = branch.device
        gpu = None if device.gpu is None else device.machine.gpus[device.gpu]
        parked = parked_shares(self.knowledge, placement, gpu)[self.level]
        peak = memory.peaks(weights, level, placement, share, tiled, parked)
        # What an emulated precision needs on top is there in every phase that computes.
        vram = peak.vram + (base.vram_extra if placement != "cpu" else 0)
        moved, streamed = traffic(weights, placement, share)
        factor = base.factor * slower // 1000 * base.set_time.T // 1000
        left = away(weights, placement, share)
        worth = np.array([s.value for s in branch.addons], dtype=np.int64)[:, None]
        depths = self.knowledge.cascade
        cascade = np.maximum(base.cascade, np.where(tiled, depths.workflow, 0))
        cascade = np.maximum(cascade, depths.streaming if placement == "streamed" else 0)
        cascade = np.maximum(cascade, _outer([depths.quantization if cache.is_quantised else 0 for cache in work.kept]))
        addon = np.arange(len(branch.addons))[:, None]
        row = np.arange(len(base.value))
        performance = branch.runtime.performance
        amounts = {
            "value": base.value * worth // 1000 * base.set_value.T // 1000 * worse // 1000,
            "milliseconds": -1,
            "cascade": cascade,
            "vram": vram,
            "held": peak.held,
            "ram": peak.ram,
            "gpu": -1 if device.gpu is None else device.gpu,
            "runtime": 100 - performance.value // 100 if performance else 100,
            "hosted": 0,
            "money": 0,
            "base": row,
            "needs": addon * len(base.value) + row,
        }
        key = (0, addon, row, PLACEMENTS.index(placement), 1000 - share, tiled, _outer(caches))
        shape = (len(caches), len(share), len(tiled), len(branch.addons), len(base.value))
        table = np.empty((len(amounts) + len(key), *shape), dtype=np.int64)
        for number, column in enumerate((*amounts.values(), *key)):
            table[number] = column  # several times as fast as numpy.broadcast_to on arrays of this size
        columns = table.reshape(len(table), -1)
        rows = Rows(**dict(zip(amounts, columns, strict=False)), key=columns[len(amounts) :].T)
        return Offered(placement, held, rows, (job, factor, moved, streamed, weights.other, left), shape)

    def _work(self, branch: Branch, base: Base, caches: Sequence[int]) -> _Work:
        """What the placements of a branch have in common where its cache can be one of some."""
        serves = branch.model.serves[self.rule.id]
        size = self.size.for_model(serves)
        components = [one.part.component for group in branch.groups for one in group[0]]
        extra = np.array([addon_overhead(s.addons) for s in branch.addons], dtype=np.int64)[:, None]
        beside = np.array([sum(one.part.weights for one in s.parts) for s in branch.addons], dtype=np.int64)[:, None]
        level = working(
            components,
            serves,
            branch.runtime.id,
            size,
            extra,
            self.knowledge,
            family=branch.model.family,
            copies=base.copies if base.copies.any() else 0,
        )[self.level]
        kept = [self._caches(branch.model, branch.runtime)[cache] for cache in caches]
        job = self._job(branch.model)
        if kept != [NONE]:
            amounts = _outer([cache_of(components, size, self.knowledge, cache.bits) for cache in kept])
            level, job = replace(level, cache=amounts), _keeping(job, amounts)
        return _Work(level, job, beside, kept)

    def _job(self, model: Model) -> time.Job:
        """What one result takes, with the usual cache."""
        found = self._jobs.get(model.id)
        if found is None:
            serves = model.serves[self.rule.id]
            components = [self.knowledge.index("components")[name] for name in model.components.values()]
            found = job_of(serves, self.rule.id, components, self.size.for_model(serves), self.knowledge)
            self._jobs[model.id] = found
        return found

    def needs(self, branch: Branch, base: Base) -> Flags:
        """(add-on sets x combinations, items) what each needs, in the order of `Rows.needs`."""
        sets = self.addon_items(branch)
        table = np.zeros((len(sets) * len(base.value), len(self.items.specs)), dtype=np.bool_)
        fill(table, base, sets)
        return table

    def addon_items(self, branch: Branch) -> list[list[int]]:
        """Numbers of the items that each add-on set of a branch needs."""
        runtime, items = branch.runtime.id, self.items
        return [
            [items.node(node) for addon in addon_set.addons for node in addon.runtimes[runtime].nodes]
            + [item for one in addon_set.parts for item in items.of_part(one, False)]
            for addon_set in branch.addons
        ]

    def _pointless(self, model: Model, runtime: Runtime, device: Device, least: int, placement: str = "") -> Reason:
        least = least * self._spread(model, device).at(self.admission.policies.confidence) // 1000
        how = f" ({placement.replace('_', ' ')})" if placement else ""
        text = (
            f"{model.title} in {runtime.title} on {device.name}{how} would take {format_milliseconds(least)} or more "
            f"per {self.rule.unit}; the limit is {format_milliseconds(self.ceiling)}"
        )
        rule = self.rule
        return Reason(f"time.ceiling.{rule.id}", model.title, text, "request", rule.source, rule.origin, least)

    def pipeline(self, branch: Branch, base: Base, key: Sequence[int]) -> Pipeline:
        """The object behind a row."""
        _, addon, row, placement, streamed, tiled, cache = key
        kept = self._caches(branch.model, branch.runtime)[cache]
        slower = self._verdict(branch, PLACEMENTS[placement], cache).time
        chosen = base.chosen[row]
        alternative = [one for group, index in zip(branch.groups, chosen, strict=True) for one in group[int(index)]]
        addon_set = branch.addons[addon]
        return Pipeline(
            task=self.rule.id,
            model=branch.model,
            runtime=branch.runtime,
            packaging=branch.packaging,
            parts=tuple(sorted((one.part for one in alternative), key=lambda part: part.role)),
            addons=addon_set.addons,
            addon_parts=tuple(one.part for one in addon_set.parts),
            placement=PLACEMENTS[placement],
            resident_share=1000 - streamed,
            tiled=bool(tiled),
            gpu=branch.device.gpu,
            size=self.size.for_model(branch.model.serves[self.rule.id]),
            time_factor=int(base.factor[row]) * slower // 1000 * int(base.set_time[row, addon]) // 1000,
            features=self._met(branch, alternative, addon_set),
            vram_extra=int(base.vram_extra[row]),
            cache=kept.name,
            cache_bits=kept.bits,
        )

    def _met(self, branch: Branch, alternative: list[Admitted], addons: AddonSet) -> tuple[str, ...]:
        """Features that work in a pipeline."""
        denoiser = denoiser_of(tuple(alternative))
        if denoiser is None:
            return (*addons.features, *(feature for feature, _ in addons.native))
        return self.admission.addons.effects(denoiser, addons, branch.model, branch.runtime, branch.device).met
