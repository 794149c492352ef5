"""One request on one class of machine: every answer that was proved so far, and new ones where none holds yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy.typing as npt

from rigfit.candidates.compiler import Compiled, capacities, option_key
from rigfit.candidates.expand import Candidate
from rigfit.dominance import Array
from rigfit.engines import Outcome, Status
from rigfit.machine.capacity import Usable
from rigfit.problem import Choice
from rigfit.schema.answer import Bundle
from rigfit.schema.machine import Machine
from rigfit.solve import build_bundles
from rigfit.whatif.boxes import Point
from rigfit.whatif.classes import axes
from rigfit.whatif.proofs import Proofs, uses
from rigfit.whatif.whole import Whole


@dataclass(frozen=True)
class Proved:
    """What was found at some capacities: the verdict and the pipelines of each bundle, best first."""

    outcome: Outcome
    whole: Whole = field(repr=False)

    @property
    def status(self) -> Status:
        """Optimal, infeasible, or undecided (which is not proved, and stands for one point)."""
        return self.outcome.status

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The bundles as choices of the whole problem."""
        return self.outcome.choices

    @cached_property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """For each bundle its pipelines, each in one word: equal keys mean the same bundles."""
        return tuple(tuple(option_key(one) for one in self.whole.candidates(choice)) for choice in self.choices)

    @cached_property
    def best(self) -> tuple[Candidate, ...]:
        """The pipelines of the first bundle; empty where there is none."""
        return self.whole.candidates(self.choices[0]) if self.choices else ()

    @cached_property
    def costs(self) -> tuple[int, ...]:
        """What the first bundle costs on each tier of the objective; empty where there is none."""
        return self.whole.problem.scores(self.choices[0]) if self.choices else ()

    @cached_property
    def needs(self) -> dict[str, int]:
        """What the first bundle takes of each capacity."""
        return uses(self.whole.problem, self.choices[0]) if self.choices else {}

    @cached_property
    def _compiled(self) -> tuple[Compiled, list[Choice]]:
        return self.whole.compiled(self.choices)

    def bundles(self, machine: Machine, usable: Usable) -> tuple[Bundle, ...]:
        """The bundles as `solve` gives them for a machine of the class, of which so much is usable."""
        compiled, choices = self._compiled
        bounds = capacities(compiled.request, usable)
        return tuple(build_bundles(replace(compiled, machine=machine), bounds, choices))


class Answers:
    """The answers to one request on one class of machine, each with the box of capacities it is proved for."""

    def __init__(self, whole: Whole, k: int) -> None:
        """Take a request prepared for a class, and how many bundles an answer has at most."""
        self.whole = whole
        self.k = k
        self.axes = axes(whole.prepared.machine)
        self._proofs = Proofs(whole.problem, self.axes, self._rank)
        self._answers: list[Proved] = []

    @property
    def solves(self) -> int:
        """How often a problem was solved."""
        return self._proofs.solves

    @property
    def engine_solves(self) -> int:
        """How many of those asked an engine; the others were a handful of choices, each looked at."""
        return self._proofs.engine_solves

    def __getitem__(self, number: int) -> Proved:
        """The answer of an index that `lookup` or `resolve` gave."""
        for outcome in self._proofs.outcomes[len(self._answers) :]:
            self._answers.append(Proved(outcome, self.whole))
        return self._answers[number]

    def lookup(self, points: npt.ArrayLike) -> Array:
        """For every point the index of the answer that is proved for it, or -1. Solves nothing.

        Args:
            points: (n, axes) bytes that models may use, in the order of `axes`: every card's VRAM, RAM, disk.
        """
        return self._proofs.boxes.lookup(points)

    def resolve(self, points: npt.ArrayLike) -> Array:
        """For every point the index of its answer; solves what is not proved yet, largest machines first."""
        return self._proofs.resolve(points)

    def at(self, point: Point) -> tuple[Proved, Point]:
        """The answer at a point, and a point at or below it: between the two it is proved to be the same."""
        number, low = self._proofs.at(point)
        return self[number], low

    def _rank(self, point: Point) -> Outcome:
        have = Usable(tuple(point[:-2]), point[-2], point[-1])
        return self.whole.rank(capacities(self.whole.prepared.request, have), self.k)
