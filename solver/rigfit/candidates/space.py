"""The pipelines of a branch as arrays: thousands at a time, one row each.

The same arithmetic as `rigfit.estimate.estimate` does for one pipeline (tests hold the two together).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from rigfit.candidates.addons import AddonSet
from rigfit.candidates.admission import Admission, Branch
from rigfit.candidates.combinations import PLACEMENTS, Base, Combinations
from rigfit.candidates.device import Device
from rigfit.candidates.items import Items
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.candidates.variants import Admitted
from rigfit.dominance import Array, Flags
from rigfit.estimate import memory, time
from rigfit.estimate.interval import LEVELS
from rigfit.estimate.pipeline import (
    ENCODERS,
    Pipeline,
    Placement,
    addon_overhead,
    architecture_of,
    main_denoiser,
    parked_shares,
    traffic,
)
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Model, Runtime
from rigfit.schema.rules import TaskRule
from rigfit.units import format_milliseconds


@dataclass(frozen=True)
class Rows:
    """Pipelines as columns; the same row of every column is one pipeline."""

    value: Array
    """Hundredths of a point."""
    milliseconds: Array
    """Expected; -1 where unknown."""
    cascade: Array
    vram: Array
    held: Array
    ram: Array
    gpu: Array
    """-1 on the processor."""
    runtime: Array
    """How far the runtime is behind the best conceivable one, in points; 100 where nothing is known."""
    base: Array
    """Row of the branch's `Base`."""
    needs: Array
    """Row of the branch's table of needs."""
    key: Array
    """(rows, 6) branch, add-ons, variants, placement, streamed share, tiled: the canonical order within a model."""

    def take(self, rows: Array) -> Rows:
        """Some of the rows."""
        return Rows(*(getattr(self, f.name)[rows] for f in fields(self)))


def concatenate(blocks: Sequence[Rows]) -> Rows:
    """All rows of several blocks."""
    return Rows(*(np.concatenate([getattr(block, f.name) for block in blocks]) for f in fields(Rows)))


def _has_phases(branch: Branch) -> bool:
    """There is a denoiser: what works in phases can be moved phase by phase, and what repeats passes can stream."""
    return any(one.part.component.kind == "denoiser" for group in branch.groups for one in group[0])


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
        # Times are expected ones: held against the ceiling they count with the same end of the interval as memory.
        ceiling = admission.policies.max_time or rule.ceiling
        self.patience = ceiling * 1000 // time.SPREAD.at(admission.policies.confidence)
        """The longest expected milliseconds that are not pointless."""

    def is_hopeless(self, model: Model, runtime: Runtime, device: Device, reasons: list[Reason]) -> bool:
        """On the processor even 16 bits with nothing to move take longer than anybody waits; the reason is noted.

        Asked before any variant is looked at: most models have no business there.
        """
        if device.gpu is not None:
            return False
        serves = model.serves[self.rule.id]
        components = self.knowledge.index("components")
        denoisers = [c for name in model.components.values() if (c := components[name]).kind == "denoiser"]
        main = max(denoisers, key=lambda c: c.params.value if c.params else 0, default=None)
        size = self.size.for_model(serves)
        work = time.operations(serves, main, architecture_of(main, self.knowledge), size)
        least = time.milliseconds(time.Job(work, time.passes(serves, size)), device.speeds, 1000, 0, 0)
        if least is None or int(least) <= self.patience:
            return False
        reasons.append(self._pointless(model, runtime, device, int(least)))
        return True

    def rows(self, branch: Branch, number: int, base: Base, reasons: list[Reason]) -> list[Rows]:
        """All pipelines of a branch that are not pointless: placements x add-on sets x combinations of variants."""
        found: list[Rows] = []
        for placement in PLACEMENTS:
            if placement not in branch.runtime.placements or (placement == "cpu") != (branch.device.gpu is None):
                continue
            if placement not in ("resident", "cpu") and not _has_phases(branch):
                continue
            verdict = branch.device.placement(placement, branch.model, branch.runtime, self.rule.id)
            if verdict.forbidden_by:
                names = branch.device.names(branch.model.title, branch.model, branch.runtime)
                reasons += [from_rule(rule, names) for rule in verdict.forbidden_by]
                continue
            loads = ~base.barred[:, PLACEMENTS.index(placement)]
            if not loads.any():
                continue
            rows = self._placed(branch, number, base, placement, verdict.time, verdict.value)
            possible = loads[rows.base] & base.works[rows.base, rows.key[:, 1]]
            if not possible.any():
                continue
            rows = rows if possible.all() else rows.take(np.flatnonzero(possible))
            bearable = np.flatnonzero(rows.milliseconds <= self.patience)
            if not len(bearable):
                least = int(rows.milliseconds.min())
                reasons.append(self._pointless(branch.model, branch.runtime, branch.device, least, placement))
            if len(bearable):
                found.append(rows.take(bearable))
        return found

    def _placed(self, branch: Branch, number: int, base: Base, placement: Placement, slower: int, value: int) -> Rows:
        """One placement: arrays over (streamed share, tiled, add-ons, variants), flattened."""
        memory_rules = self.knowledge.memory
        extra = np.array([addon_overhead(s.addons) for s in branch.addons], dtype=np.int64)[:, None]
        level, job = self._work(branch, extra)
        tiles = branch.runtime.tiled_decode and level.decode_tiled < level.decode
        share = np.array(memory_rules.resident_shares if placement == "streamed" else (1000,), dtype=np.int64)
        share = share[:, None, None, None]
        tiled = np.array((False, True) if tiles else (False,), dtype=np.bool_)[:, None, None]
        held = np.array([sum(one.part.weights for one in s.parts) for s in branch.addons], dtype=np.int64)[:, None]
        weights = memory.Weights(**base.weights, extra=held)
        device = branch.device
        gpu = None if device.gpu is None else device.machine.gpus[device.gpu]
        parked = parked_shares(self.knowledge, placement, gpu)[self.level]
        peak = memory.peaks(weights, level, placement, share, tiled, parked)
        # What an emulated precision needs on top is there in every phase that computes.
        vram = peak.vram + (base.vram_extra if placement != "cpu" else 0)
        moved, streamed = traffic(weights, placement, share)
        factor = base.factor * slower // 1000 * base.set_time.T // 1000
        spent = time.milliseconds(job, branch.device.speeds, factor, moved, streamed, weights.other)
        worth = np.array([s.value for s in branch.addons], dtype=np.int64)[:, None]
        shape = np.broadcast_shapes(share.shape, tiled.shape, extra.shape, base.value.shape)

        def flat(column: object) -> Array:
            return np.ascontiguousarray(np.broadcast_to(np.asarray(column, dtype=np.int64), shape)).ravel()

        addon = flat(np.arange(len(branch.addons))[:, None])
        row = flat(np.arange(len(base.value)))
        depths = self.knowledge.cascade
        cascade = np.maximum(base.cascade, np.where(tiled, depths.workflow, 0))
        cascade = np.maximum(cascade, depths.streaming if placement == "streamed" else 0)
        key = [flat(number), addon, row, flat(PLACEMENTS.index(placement)), flat(1000 - share), flat(tiled)]
        return Rows(
            value=flat(base.value * worth // 1000 * base.set_value.T // 1000 * value // 1000),
            milliseconds=flat(-1 if spent is None else spent),
            cascade=flat(cascade),
            vram=flat(vram),
            held=flat(peak.held),
            ram=flat(peak.ram),
            gpu=flat(-1 if branch.device.gpu is None else branch.device.gpu),
            runtime=flat(100 - branch.runtime.performance.value // 100 if branch.runtime.performance else 100),
            base=row,
            needs=addon * len(base.value) + row,
            key=np.stack(key, axis=1),
        )

    def _work(self, branch: Branch, extra: Array) -> tuple[memory.Working, time.Job]:
        """Working memory at the level, and what one result takes."""
        serves = branch.model.serves[self.rule.id]
        size = self.size.for_model(serves)
        parts = [one.part for group in branch.groups for one in group[0]]
        denoisers = [part for part in parts if part.component.kind == "denoiser"]
        main = main_denoiser(denoisers)
        decoder = next((part for part in parts if part.component.kind == "vae"), None)
        others = [part for part in parts if part.component.kind not in ("denoiser", "vae", *ENCODERS)]
        found = [architecture_of(part.component, self.knowledge) for part in others]
        architecture = architecture_of(main.component if main is not None else None, self.knowledge)
        levels = memory.working(
            architecture,
            architecture_of(decoder.component if decoder is not None else None, self.knowledge),
            tuple(a for a in found if a is not None),
            size,
            extra,
            self.knowledge.memory,
        )
        work = time.operations(serves, main.component if main is not None else None, architecture, size)
        cache = sum(memory.kv_cache(a, size) for a in found if a is not None)
        return levels[self.level], time.Job(work, time.passes(serves, size), cache, size.tokens)

    def needs(self, branch: Branch, base: Base) -> Flags:
        """(add-on sets x combinations, items) what each needs, in the order of `Rows.needs`."""
        blocks = []
        for addon_set in branch.addons:
            extra = self._addon_items(addon_set, branch)
            block = np.zeros((len(base.value), len(self.items.specs)), dtype=np.bool_)
            block[:, : base.has.shape[1]] = base.has
            block[:, extra] = True
            blocks.append(block)
        width = len(self.items.specs)
        return np.concatenate([np.pad(block, ((0, 0), (0, width - block.shape[1]))) for block in blocks])

    def _addon_items(self, addon_set: AddonSet, branch: Branch) -> list[int]:
        nodes = [self.items.node(n) for addon in addon_set.addons for n in addon.runtimes[branch.runtime.id].nodes]
        return nodes + [i for one in addon_set.parts for i in self.items.of_part(one, False)]

    def _pointless(self, model: Model, runtime: Runtime, device: Device, least: int, placement: str = "") -> Reason:
        ceiling = self.admission.policies.max_time or self.rule.ceiling
        least = least * time.SPREAD.at(self.admission.policies.confidence) // 1000
        how = f" ({placement.replace('_', ' ')})" if placement else ""
        text = (
            f"{model.title} in {runtime.title} on {device.name}{how} would take {format_milliseconds(least)} or more "
            f"per {self.rule.unit}; the limit is {format_milliseconds(ceiling)}"
        )
        rule = self.rule
        return Reason(f"time.ceiling.{rule.id}", model.title, text, "request", rule.source, rule.origin, least)

    def pipeline(self, branch: Branch, base: Base, key: Sequence[int]) -> Pipeline:
        """The object behind a row."""
        _, addon, row, placement, streamed, tiled = key
        slower = branch.device.placement(PLACEMENTS[placement], branch.model, branch.runtime, self.rule.id).time
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
        )

    def _met(self, branch: Branch, alternative: list[Admitted], addons: AddonSet) -> tuple[str, ...]:
        """Features that work in a pipeline."""
        denoiser = next((one.part for one in alternative if one.part.component.kind == "denoiser"), None)
        if denoiser is None:
            return (*addons.features, *(feature for feature, _ in addons.native))
        return self.admission.addons.effects(denoiser, addons, branch.model, branch.runtime, branch.device).met
