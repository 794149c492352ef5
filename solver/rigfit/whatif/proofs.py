"""Answers to one problem at many capacities: looked up in boxes, solved where none holds, kept where proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from rigfit.dominance import Array
from rigfit.engines import Outcome, Status
from rigfit.problem import Choice, Problem
from rigfit.whatif.boxes import Boxes, Point


class Proofs:
    """Grows with every point that is asked for; see `rigfit.whatif.boxes` for why a box holds."""

    def __init__(self, problem: Problem, axes: Sequence[str], solve: Callable[[Point], Outcome]) -> None:
        """Start with nothing proved.

        Args:
            problem: whose answers are kept.
            axes: the capacities that vary, in the order in which points give their amounts.
            solve: the k best choices at a point, always with the same k.
        """
        self.problem = problem
        self.axes = tuple(axes)
        self.outcomes: list[Outcome] = []
        self.boxes = Boxes(len(self.axes))
        self._solve_at = solve

    @property
    def solves(self) -> int:
        """How often a problem was solved."""
        return len(self.outcomes)

    @property
    def engine_solves(self) -> int:
        """How many of those asked an engine: where reduction leaves a handful of choices or none, nobody is asked."""
        return sum(outcome.stats.get("solves", 1) > 0 for outcome in self.outcomes)

    def at(self, point: Point) -> tuple[int, Point]:
        """The index of the outcome at a point, and a point at or below it: between the two it is the same."""
        return self.boxes.find(point) or self._solve(point)

    def resolve(self, points: npt.ArrayLike) -> Array:
        """For every point (n, axes) the index of its outcome; solves what is not proved yet, largest first.

        An outcome that is undecided stands for its one point only, and is never looked up again.
        """
        at: Array = np.asarray(points, dtype=np.int64).reshape(-1, len(self.axes))
        found = self.boxes.lookup(at)
        order = np.flatnonzero(found < 0)
        order = order[np.argsort(-_size(at[order]), kind="stable")]
        while len(order):
            number, _ = self._solve(tuple(at[order[0]].tolist()))
            found[order[0]] = number
            order = order[1:]
            if self.outcomes[number].status is not Status.UNDECIDED:
                inside = self.boxes.newest(at[order])
                found[order[inside]] = number
                order = order[~inside]
        return found

    def _solve(self, point: Point) -> tuple[int, Point]:
        outcome = self._solve_at(point)
        self.outcomes.append(outcome)
        number = len(self.outcomes) - 1
        if outcome.status is Status.UNDECIDED:
            return number, point
        low = self._needed((*outcome.choices, *outcome.witnesses))
        self.boxes.add(low, point, number)
        return number, low

    def _needed(self, choices: Sequence[Choice]) -> Point:
        """For each capacity the most that any of the choices uses of it."""
        every = [uses(self.problem, choice) for choice in choices]
        return tuple(max((used.get(name, 0) for used in every), default=0) for name in self.axes)


def uses(problem: Problem, choice: Choice) -> dict[str, int]:
    """What a choice takes of each capacity: the largest of the limits that share it."""
    most: dict[str, int] = {}
    for limit, amount in zip(problem.limits, problem.usage(choice), strict=True):
        most[limit.capacity] = max(most.get(limit.capacity, 0), amount)
    return most


def _size(points: Array) -> npt.NDArray[np.float64]:
    """How large machines are: for each capacity the rank among the amounts there are, as a share, added up."""
    size = np.zeros(len(points))
    for column in points.T:
        values, rank = np.unique(column, return_inverse=True)
        size += rank / max(1, len(values) - 1)
    return size
