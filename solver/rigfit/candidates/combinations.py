"""Variants of all components multiplied out for one branch, as arrays; what is dominated goes early."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rigfit.candidates.admission import Admission, Branch
from rigfit.candidates.items import Items, stored_bytes
from rigfit.candidates.reasons import Gate, bits, from_rule
from rigfit.candidates.variants import Admitted, retention
from rigfit.dominance import Array, Flags, places, undominated
from rigfit.estimate.pipeline import ENCODERS, Part, Placement


def held_by(mask: Array) -> Flags:
    """(rows, guards that occur) which guards hold each row back."""
    occurring = [bit for bit in range(int(mask.max(initial=0)).bit_length()) if (mask >> bit & 1).any()]
    return (
        np.stack([(mask >> bit & 1).astype(np.bool_) for bit in occurring], axis=1)
        if occurring
        else np.zeros((len(mask), 0), dtype=np.bool_)
    )


PLACEMENTS: tuple[Placement, ...] = ("resident", "model_offload", "streamed", "cpu")
_KINDS = ("encoders", "denoiser", "denoisers", "decoder", "other")
# Of the numbers of an alternative (`_numbers`): those that groups add up, and those of which the largest counts.
_ADDED, _LARGEST = [0, 2, 3, 4], [1, 7, 8, 9]


@dataclass(frozen=True)
class Base:
    """Combinations of variants of one branch: bytes by what they do, quality, slowness, needs."""

    weights: dict[str, Array]
    value: Array
    factor: Array
    cascade: Array
    vram_extra: Array
    copies: Array
    """Of the hidden states that the products of the denoiser need on top."""
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
    mask: Array
    """(rows,) guards that hold a combination back, a bit each; 0 unless the expansion is open."""


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

    def of(self, branch: Branch, reasons: Gate, *, every: bool = False) -> Base:
        """Variants of all groups multiplied out; what is dominated goes before placements multiply it again.

        With `every` nothing goes: for questions about single variants, whether they could be the best or not.
        """
        needs = [[self._needs(one, branch) for one in group] for group in branch.groups]
        barring = self._barred(branch, reasons)
        always = self.items.of_branch(branch)
        lengths = [len(group) for group in branch.groups]
        chosen = np.indices(lengths).reshape(len(lengths), -1).T
        rows = len(chosen)
        added = np.zeros((rows, 4), dtype=np.int64)
        largest = np.zeros((rows, 4), dtype=np.int64)
        value = np.full(rows, branch.model.serves[self.task].quality.value, dtype=np.int64)
        factor = np.full(rows, 1000, dtype=np.int64)
        mask = np.zeros(rows, dtype=np.int64)
        has = np.zeros((rows, len(self.items.specs)), dtype=np.bool_)
        has[:, always] = True
        barred = np.zeros((rows, len(PLACEMENTS)), dtype=np.bool_)
        for number, group in enumerate(branch.groups):
            column = chosen[:, number]
            table = np.array([self._numbers(one, branch) for one in group], dtype=np.int64)[column]
            added += table[:, _ADDED]
            np.maximum(largest, table[:, _LARGEST], out=largest)
            value = value * table[:, 5] // 1000
            factor = factor * table[:, 6] // 1000
            if reasons.is_open:
                of_group = [bits(h for one in alternative for h in one.held) for alternative in group]
                mask |= np.array(of_group, dtype=np.int64)[column]
            of_each = np.zeros((len(group), has.shape[1]), dtype=np.bool_)
            for index, found in enumerate(needs[number]):
                of_each[index, found] = True
            has |= of_each[column]
            barred |= barring[number][column]
        encoders, denoisers, decoder, other = added.T
        denoiser, cascade, vram, copies = largest.T
        weights = dict(zip(_KINDS, (encoders, denoiser, denoisers, decoder, other), strict=True))
        works, set_time, set_value = self._effects(branch, chosen)
        if reasons.is_open:  # what a feature is held back by stands in the mask
            works = np.ones_like(works)
        base = Base(
            weights, value, factor, cascade, vram, copies, has, chosen, barred, works, set_time, set_value, mask
        )
        if every or rows == 1 or (branch.packaging != "split" and len(branch.groups) == 1):
            return base
        shared, own_bytes = self._split(has)
        # What follows (placements, add-ons) treats all combinations alike, so worse in every number stays worse.
        numbers = np.stack([-value, factor, cascade, *weights.values(), vram, copies, *own_bytes.T], axis=1)
        numbers = np.concatenate([numbers, set_time, -set_value], axis=1)
        flags = np.concatenate([shared, barred, ~works], axis=1)
        if reasons.is_open:  # only whether it fits matters, not how good it is
            numbers = np.stack([factor, *weights.values(), vram, copies, *own_bytes.T, *set_time.T], axis=1)
            flags = np.concatenate([flags, held_by(mask)], axis=1)
        keep = undominated(places(numbers), numbers, flags, np.zeros(rows, dtype=np.int64))
        return Base(
            {kind: column[keep] for kind, column in weights.items()},
            value[keep], factor[keep], cascade[keep], vram[keep], copies[keep], has[keep], chosen[keep], barred[keep],
            works[keep], set_time[keep], set_value[keep], mask[keep],
        )  # fmt: skip

    def _needs(self, alternative: tuple[Admitted, ...], branch: Branch) -> list[int]:
        return [i for one in alternative for i in self.items.of_part(one, one.part.role in branch.in_checkpoint)]

    def _numbers(self, alternative: tuple[Admitted, ...], branch: Branch) -> list[int]:
        """Bytes by kind, permille kept, permille of time, cascade depth, bytes and copies more, of one alternative."""
        total = dict.fromkeys(_KINDS, 0)
        kept, cascade, vram = 1000, 0, 0
        times: list[int] = []
        for one in alternative:
            kind = one.part.component.kind
            column = column_of(kind)
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
        precisions = [one.part.variant.precision for one in alternative if one.part.component.kind == "denoiser"]
        copies = 0
        if precisions:
            habits = self.knowledge.memory.of_runtime(branch.runtime.id, branch.model.family)
            copies = habits.further_copies(precisions)
        return [*(total[kind] for kind in _KINDS), kept, max(times, default=1000), cascade, vram, copies]

    def _split(self, has: Flags) -> tuple[Flags, Array]:
        """Needs that others may share, as columns; and the bytes of those that none can: on the disk, to download."""
        specs = self.items.specs[: has.shape[1]]
        common = [i for i, s in enumerate(specs) if s.kind != "file" or s.key in self.shared]
        return has[:, common], has @ stored_bytes(specs, common)

    def _effects(self, branch: Branch, chosen: Array) -> tuple[Flags, Array, Array]:
        """Whether and how each combination goes with each add-on set: the denoiser's variant decides."""
        works = np.ones((len(chosen), len(branch.addons)), dtype=np.bool_)
        spent = np.full(works.shape, 1000, dtype=np.int64)
        worth = np.full(works.shape, 1000, dtype=np.int64)
        judge = self.admission.addons
        for number, group in enumerate(branch.groups):
            denoisers = [part for part in map(denoiser_of, group) if part is not None]
            if not denoisers:
                continue
            found = [
                [judge.effects(part, addons, branch.model, branch.runtime, branch.device) for addons in branch.addons]
                for part in denoisers
            ]
            column = chosen[:, number]
            works = np.array([[one.works for one in effects] for effects in found], dtype=np.bool_)[column]
            spent = np.array([[one.time for one in effects] for effects in found], dtype=np.int64)[column]
            worth = np.array([[one.value for one in effects] for effects in found], dtype=np.int64)[column]
        return works, spent, worth

    def _barred(self, branch: Branch, reasons: Gate) -> list[Flags]:
        """For each group (alternatives, placements): what the rules bar from a placement that they let in otherwise."""
        tables = []
        for group in branch.groups:
            table = np.zeros((len(group), len(PLACEMENTS)), dtype=np.bool_)
            for index, alternative in enumerate(group):
                for part in (one.part for one in alternative):
                    if branch.device.has_barred_placements(part.variant, part.component, branch.model, branch.runtime):
                        table[index] |= self._bars(part, branch, reasons)
            tables.append(table)
        return tables

    @staticmethod
    def _bars(part: Part, branch: Branch, reasons: Gate) -> Flags:
        """(placements,) the placements that a part is barred from, where the runtime has them."""
        barred = np.zeros(len(PLACEMENTS), dtype=np.bool_)
        for number, placement in enumerate(PLACEMENTS):
            if placement in branch.runtime.placements:
                verdict = branch.device.variant(part.variant, part.component, branch.model, branch.runtime, placement)
                forbidden = [rule for rule in verdict.forbidden_by if rule.when.placement]
                names = branch.device.names(part.name, branch.model, branch.runtime)
                reasons += [from_rule(rule, names) for rule in forbidden]
                barred[number] = bool(forbidden)
        return barred

    def lean(self, branch: Branch, reasons: Gate) -> Branch:
        """The branch with only the alternatives that no other undercuts in anything that decides whether they fit."""
        kept: list[tuple[tuple[Admitted, ...], ...]] = []
        judge = self.admission.addons
        barred = self._barred(branch, reasons)
        for number, group in enumerate(branch.groups):
            if len(group) == 1:
                kept.append(group)
                continue
            lean: list[tuple[tuple[int, ...], frozenset[int], int]] = []
            for index, alternative in enumerate(group):
                numbers = self._numbers(alternative, branch)
                items = self._needs(alternative, branch)
                specs = [self.items.specs[i] for i in items]
                own = [s for s in specs if s.kind == "file" and s.key not in self.shared]
                denoiser = denoiser_of(alternative)
                times = [
                    judge.effects(denoiser, addons, branch.model, branch.runtime, branch.device).time
                    for addons in branch.addons
                    if denoiser is not None
                ]
                amounts = (
                    *numbers[:5], numbers[6], *numbers[8:], sum(s.disk for s in own), sum(s.download for s in own),
                    *barred[number][index].tolist(), *times,
                )  # fmt: skip
                tangled = self.admission.tangled_nodes  # other packages get in nobody's way
                flags = {
                    i
                    for i, s in zip(items, specs, strict=True)
                    if (s.key in self.shared if s.kind == "file" else s.kind != "node" or s.key in tangled)
                }
                held = bits(h for one in alternative for h in one.held)
                flags |= {-1 - bit for bit in range(held.bit_length()) if held >> bit & 1}
                lean.append((amounts, frozenset(flags), index))
            lean.sort(key=lambda one: (sum(one[0]), len(one[1]), one[2]))
            left: list[tuple[tuple[int, ...], frozenset[int], int]] = []
            for one in lean:
                if not any(o[1] <= one[1] and all(a <= b for a, b in zip(o[0], one[0], strict=True)) for o in left):
                    left.append(one)
            kept.append(tuple(group[index] for index in sorted(index for _, _, index in left)))
        return replace(branch, groups=tuple(kept))


def denoiser_of(alternative: tuple[Admitted, ...]) -> Part | None:
    """The denoiser of an alternative, the first of several."""
    return next((one.part for one in alternative if one.part.component.kind == "denoiser"), None)


def column_of(kind: str) -> str:
    """Where the bytes of a kind of component count in `estimate.memory.Weights`; the largest denoiser counts twice."""
    return {"denoiser": "denoisers", "vae": "decoder"}.get(kind, "encoders" if kind in ENCODERS else "other")
