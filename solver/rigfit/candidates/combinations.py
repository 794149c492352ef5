"""Variants of all components multiplied out for one branch, as arrays; what is dominated goes early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rigfit.candidates.admission import Admission, Branch
from rigfit.candidates.items import Items
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.candidates.variants import Admitted, retention
from rigfit.dominance import Array, Flags, places, undominated
from rigfit.estimate.pipeline import ENCODERS, Placement

PLACEMENTS: tuple[Placement, ...] = ("resident", "model_offload", "streamed", "cpu")
_KINDS = ("encoders", "denoiser", "denoisers", "decoder", "other")


@dataclass(frozen=True)
class Base:
    """Combinations of variants of one branch: bytes by what they do, quality, slowness, needs."""

    weights: dict[str, Array]
    value: Array
    factor: Array
    cascade: Array
    vram_extra: Array
    has: Flags
    """(rows, items) with as many columns as there were items when it was made."""
    chosen: Array
    """(rows, groups) which alternative of each group."""
    barred: Flags
    """(rows, placements) what the rules keep the runtime from loading in a placement."""
    works: Flags
    """(rows, add-on sets) the denoiser's variant goes with the features of the set."""
    set_time: Array
    """(rows, add-on sets) permille of the time that those features make of it."""
    set_value: Array
    """(rows, add-on sets) permille of the quality."""


class Combinations:
    """Multiplies out branches for one task."""

    def __init__(self, admission: Admission, task: str, items: Items, shared: frozenset[str]) -> None:
        """Take what all branches of the task share.

        Args:
            admission: judges variants and add-ons.
            task: id.
            items: numbering of files, nodes and runtimes.
            shared: keys of files that another task may use too.
        """
        self.admission = admission
        self.knowledge = admission.knowledge
        self.task = task
        self.items = items
        self.shared = shared

    def of(self, branch: Branch, reasons: list[Reason]) -> Base:
        """Variants of all groups multiplied out; what is dominated goes before placements multiply it again."""
        chosen = np.indices([len(group) for group in branch.groups]).reshape(len(branch.groups), -1).T
        rows = len(chosen)
        weights = {kind: np.zeros(rows, dtype=np.int64) for kind in _KINDS}
        value = np.full(rows, branch.model.serves[self.task].quality.value, dtype=np.int64)
        factor = np.full(rows, 1000, dtype=np.int64)
        cascade, vram = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
        needs = [[self._needs(one, branch) for one in group] for group in branch.groups]
        always = self.items.of_branch(branch)
        has = np.zeros((rows, len(self.items.specs)), dtype=np.bool_)
        has[:, always] = True
        for number, group in enumerate(branch.groups):
            column = chosen[:, number]
            table = np.array([self._numbers(one) for one in group], dtype=np.int64)[column]
            for kind, position in zip(_KINDS, range(5), strict=True):
                merge = np.maximum if kind == "denoiser" else np.add
                weights[kind] = merge(weights[kind], table[:, position])
            value = value * table[:, 5] // 1000
            factor = factor * table[:, 6] // 1000
            cascade = np.maximum(cascade, table[:, 7])
            vram = np.maximum(vram, table[:, 8])
            for alternative, found in enumerate(needs[number]):
                has[np.ix_(column == alternative, found)] = True
        barred = np.stack([self._barred(branch, chosen, placement, reasons) for placement in PLACEMENTS], axis=1)
        works, set_time, set_value = self._effects(branch, chosen)
        base = Base(weights, value, factor, cascade, vram, has, chosen, barred, works, set_time, set_value)
        if branch.packaging != "split" and len(branch.groups) == 1:
            return base
        shared, own_disk = self._split(has)
        # What follows (placements, add-ons) treats all combinations alike, so worse in every number stays worse.
        numbers = np.stack([-value, factor, cascade, *weights.values(), vram, own_disk], axis=1)
        numbers = np.concatenate([numbers, set_time, -set_value], axis=1)
        flags = np.concatenate([shared, barred, ~works], axis=1)
        keep = undominated(places(numbers), numbers, flags, np.zeros(rows, dtype=np.int64))
        return Base(
            {kind: column[keep] for kind, column in weights.items()},
            value[keep], factor[keep], cascade[keep], vram[keep], has[keep], chosen[keep], barred[keep],
            works[keep], set_time[keep], set_value[keep],
        )  # fmt: skip

    def _needs(self, alternative: tuple[Admitted, ...], branch: Branch) -> list[int]:
        return [i for one in alternative for i in self.items.of_part(one, one.part.role in branch.in_checkpoint)]

    def _numbers(self, alternative: tuple[Admitted, ...]) -> list[int]:
        """Bytes by kind, permille kept, permille of time, cascade depth and bytes more, of one alternative."""
        total = dict.fromkeys(_KINDS, 0)
        kept, cascade, vram = 1000, 0, 0
        times: list[int] = []
        for one in alternative:
            kind = one.part.component.kind
            column = {"denoiser": "denoisers", "vae": "decoder"}.get(kind, "encoders" if kind in ENCODERS else "other")
            total[column] += one.part.weights
            share = retention(one.part, self.knowledge) * one.value // 1000
            if kind == "denoiser":
                total["denoiser"] = max(total["denoiser"], one.part.weights)
                kept = min(kept, share)  # the experts of a pair share their work: the poorer one shows
            else:
                kept = kept * share // 1000
            if kind not in (*ENCODERS, "vae"):
                times.append(one.time)
                vram = max(vram, one.vram)
            tags = self.knowledge.index("precisions")[one.part.variant.precision].tags
            cascade = max(cascade, self.knowledge.cascade.quantization if "quantised" in tags else 0)
        return [*(total[kind] for kind in _KINDS), kept, max(times, default=1000), cascade, vram]

    def _split(self, has: Flags) -> tuple[Flags, Array]:
        """Needs that others may share, as columns; and the bytes of those that none can."""
        specs = self.items.specs[: has.shape[1]]
        common = [i for i, s in enumerate(specs) if s.kind != "file" or s.key in self.shared]
        own = np.array([0 if s.kind != "file" or s.key in self.shared else s.disk for s in specs], dtype=np.int64)
        return has[:, common], has @ own

    def _effects(self, branch: Branch, chosen: Array) -> tuple[Flags, Array, Array]:
        """Whether and how each combination goes with each add-on set: the denoiser's variant decides."""
        works = np.ones((len(chosen), len(branch.addons)), dtype=np.bool_)
        spent = np.full(works.shape, 1000, dtype=np.int64)
        worth = np.full(works.shape, 1000, dtype=np.int64)
        judge = self.admission.addons
        for number, group in enumerate(branch.groups):
            for index, alternative in enumerate(group):
                denoisers = [one.part for one in alternative if one.part.component.kind == "denoiser"]
                for column, addons in enumerate(branch.addons if denoisers else ()):
                    found = judge.effects(denoisers[0], addons, branch.model, branch.runtime, branch.device)
                    rows = chosen[:, number] == index
                    works[rows, column] = found.works
                    spent[rows, column] = found.time
                    worth[rows, column] = found.value
        return works, spent, worth

    def _barred(self, branch: Branch, chosen: Array, placement: Placement, reasons: list[Reason]) -> Flags:
        """Which combinations hold a variant that the rules bar from this placement."""
        barred = np.zeros(len(chosen), dtype=np.bool_)
        if not branch.device.variants_depend_on_placement(branch.runtime) or placement not in branch.runtime.placements:
            return barred
        for number, group in enumerate(branch.groups):
            for index, alternative in enumerate(group):
                for part in (one.part for one in alternative):
                    verdict = branch.device.variant(
                        part.variant, part.component, branch.model, branch.runtime, placement
                    )
                    if verdict.forbidden_by:
                        names = branch.device.names(part.name, branch.model, branch.runtime)
                        reasons += [from_rule(rule, names) for rule in verdict.forbidden_by]
                        barred |= chosen[:, number] == index
        return barred
