"""Every pipeline of a model held against an answer: does it fit beside the other tasks, and what would it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import cast

import numpy as np
import numpy.typing as npt

from rigfit.candidates.compiler import Compiled, Prepared
from rigfit.candidates.every import Every, Unit
from rigfit.candidates.expand import Candidate
from rigfit.candidates.limits import stored
from rigfit.dominance import Array, Flags
from rigfit.engines import Outcome
from rigfit.explain.targets import Target, gained_of
from rigfit.machine.capacity import Usable
from rigfit.nodes import kept_apart
from rigfit.problem import allowed, used_items
from rigfit.schema.reason import Gained

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decided:
    """A request on a machine with its answer: what questions are asked of."""

    prepared: Prepared
    have: Usable
    compiled: Compiled
    capacities: Mapping[str, int]
    outcome: Outcome

    @property
    def best(self) -> list[Candidate]:
        """The pipelines of the best bundle; empty where there is none."""
        return self.compiled.candidates(self.outcome.choices[0]) if self.outcome.choices else []

    def rank_of(self, number: int, target: Target) -> int | None:
        """The first bundle whose pipeline for a task is one of the target."""
        for place, choice in enumerate(self.outcome.choices, start=1):
            if target.is_in(self.compiled.candidates(choice)[number].pipeline):
                return place
        return None


class Place:
    """One task of an answer, and what the other tasks of the best bundle leave it."""

    def __init__(self, decided: Decided, number: int) -> None:
        self.decided, self.number = decided, number
        self.problem = decided.compiled.problem
        self.task = decided.prepared.tasks[number]
        self.objective = decided.prepared.gathered[number].objective
        self.best = decided.best
        others = [c for n, c in enumerate(self.best) if n != number]
        self.paid = {item for candidate in others for item in candidate.items}
        self.taken = self._taken()
        """(limits,) what the other tasks use, their items included."""
        self._items: tuple[Reals, Reals] = (np.zeros((0, len(self.problem.tiers))), np.zeros((0, len(self.taken))))

    def _taken(self) -> Array:
        taken = np.zeros(len(self.problem.limits), dtype=np.int64)
        if self.decided.outcome.choices:
            options = self.problem.chosen(self.decided.outcome.choices[0])
            others = [option for n, option in enumerate(options) if n != self.number]
            uses = [use for option in others for use in option.uses]
            uses += [use for item in used_items(others) for use in self.problem.items[item].uses]
            for limit, amount in uses:
                taken[limit] += amount
        return taken

    def items(self, width: int) -> tuple[Reals, Reals]:
        """(width, tiers) what the first items add to each tier, and (width, limits) what they take, once each."""
        known = len(self._items[0])
        if known < width:
            specs = self.decided.prepared.items.specs[known:]
            sizes = np.zeros((len(specs), len(self.problem.limits)))
            for number, spec in enumerate(specs):
                for limit, amount in stored(spec):
                    sizes[number, limit] = amount
            worth = self.objective.item_scores(specs).astype(np.float64)
            self._items = (np.vstack([self._items[0], worth]), np.vstack([self._items[1], sizes]))
        return self._items[0][:width], self._items[1][:width]

    @cached_property
    def mine(self) -> Array:
        """(tiers,) what the best bundle's pipeline for this task adds to each tier."""
        candidate = self.best[self.number]
        own = [self.problem.items[i].scores for i in candidate.items if i not in self.paid]
        total: Array = np.array([candidate.scores, *own], dtype=np.int64).sum(axis=0)
        return total


class Held:
    """The pipelines of one model, held against the limits and the objective of one task."""

    def __init__(self, place: Place, found: Every) -> None:
        self.place, self.found = place, found
        problem, rows = place.problem, found.rows
        self.bound = np.array([place.decided.capacities[limit.capacity] for limit in problem.limits], dtype=np.int64)
        # Of all items of the request a model needs few. Sums of bytes stay far below 2**53: floating point is exact
        # here, and several times faster.
        used = np.flatnonzero(found.needs.any(axis=0))
        new = np.array([item not in place.paid for item in used.tolist()], dtype=np.float64)[:, None]
        own = found.needs[:, used].astype(np.float64)
        worth, sizes = (table[used] for table in place.items(found.needs.shape[1]))
        self.scores = place.objective.scores(rows) + np.rint(own @ (worth * new)).astype(np.int64)[found.where]
        placed = self._placed(len(problem.limits))
        self.uses = placed + np.rint(own @ sizes).astype(np.int64)[found.where]
        """(rows, limits) what each takes by itself."""
        beside = placed + np.rint(own @ (sizes * new)).astype(np.int64)[found.where] + place.taken
        self.alone: Flags = (self.uses <= self.bound).all(axis=1) & self._possible(set())
        """It fits by itself."""
        self.fits: Flags = (beside <= self.bound).all(axis=1) & self._possible(place.paid)
        """It fits beside the other tasks as the best bundle has them."""

    def _placed(self, limits: int) -> Array:
        """(rows, limits) memory; as a candidate whose amounts are columns, so that limits are written down once."""
        rows = self.found.rows
        uses = np.zeros((len(self.found.where), limits), dtype=np.int64)
        for gpu in np.unique(rows.gpu).tolist():
            mine = np.flatnonzero(rows.gpu == gpu)
            columns = SimpleNamespace(
                pipeline=SimpleNamespace(gpu=None if gpu < 0 else gpu),
                vram=rows.vram[mine],
                held=rows.held[mine],
                ram=rows.ram[mine],
                money=rows.money[mine],
            )
            for limit, amount in self.place.decided.compiled.limits.uses(self.place.number, cast(Candidate, columns)):
                uses[mine, limit] += amount
        return uses

    def _possible(self, paid: set[int]) -> Flags:
        """Rows whose node packages conflict neither with one another nor with those of the other tasks."""
        needs, prepared = self.found.needs, self.place.decided.prepared
        nodes = {spec.key: number for number, spec in enumerate(prepared.items.specs) if spec.kind == "node"}
        fine = np.ones(len(needs), dtype=np.bool_)
        for clash in kept_apart(prepared.knowledge):
            used = np.ones(len(needs), dtype=np.bool_)
            for node in clash.members:
                number = nodes.get(node, -1)
                has = needs[:, number] if 0 <= number < needs.shape[1] else np.zeros(len(needs), dtype=np.bool_)
                used &= has | (number in paid)
            fine &= ~used
        held: Flags = fine[self.found.where]
        return held

    def of(self, unit: Unit | None) -> Array:
        """Rows with a variant, or all."""
        if unit is None:
            return np.arange(len(self.found.where))
        if unit not in self.found.units:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self.found.has[:, self.found.units.index(unit)])

    def first(self, rows: Array) -> int:
        """Of some rows the best as the profile has it."""
        scores, tiers = self.scores[rows], self.place.problem.tiers
        for number, tier in enumerate(tiers):
            if tier.within:
                fine = scores[:, number] <= allowed(int(scores[:, number].min()), tier.within)
                rows, scores = rows[fine], scores[fine]
        strict = [number for number, tier in enumerate(tiers) if not tier.within]
        return int(rows[np.lexsort(scores[:, strict[::-1]].T)[0]])

    def gained(self, row: int) -> Gained:
        """A row in the shape that is printed."""
        rows = self.found.rows
        return gained_of(self.found.pipeline(row), int(rows.value[row]), int(rows.milliseconds[row]))
