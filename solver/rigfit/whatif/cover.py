"""An axis or a plane of amounts, cut exactly into the boxes on which the answer stays the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rigfit.engines import Status
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Machine
from rigfit.units import MIB
from rigfit.whatif.answers import Answers, Proved
from rigfit.whatif.boxes import Point
from rigfit.whatif.classes import point, with_amount

# What is not decided at a point is left open for this share of the range below it: nothing proved says how far it goes.
_OPEN_SHARE = 64
_PLENTY = 2**30
"""MiB that no machine has."""


@dataclass(frozen=True)
class Region:
    """Amounts in MiB on each axis, both ends included, and the answer on all of them."""

    low: Point
    high: Point
    answer: Proved


class Axes:
    """Amounts of some resources of a machine, as one would buy them, in whole MiB."""

    def __init__(self, machine: Machine, knowledge: Knowledge, resources: Sequence[str]) -> None:
        self.machine = machine
        self.knowledge = knowledge
        self.resources = tuple(resources)
        self._fed: dict[int, tuple[bool, ...]] = {}
        self._found: dict[tuple[int, Point], int] = {}

    def at(self, amounts: Point) -> Machine:
        """The machine with these amounts."""
        machine = self.machine
        for resource, amount in zip(self.resources, amounts, strict=True):
            machine = with_amount(machine, self.knowledge, resource, amount * MIB)
        return machine

    def usable(self, amounts: Point) -> Point:
        """Bytes that models may use then."""
        return point(usable(self.at(amounts), self.knowledge))

    def least(self, low: Point, high: Point, needed: Point) -> Point:
        """The least amounts from `low` on that leave models what they need, axis by axis; `high` does."""
        found = tuple(
            max(low[axis], min(high[axis], self._enough(axis, needed, high[axis]))) for axis in range(len(high))
        )
        # Each axis by itself would do; where two feed one capacity, all at once need not.
        return found if self._leaves(found, needed) else high

    def _enough(self, axis: int, needed: Point, most: int) -> int:
        """The least amount on one axis that leaves what is needed of the capacities it feeds; `most` does."""
        wanted = tuple(need for need, fed in zip(needed, self._feeds(axis), strict=True) if fed)
        known = self._found.get((axis, wanted))
        if known is None:
            below, known = -1, most
            while known - below > 1:
                middle = (below + known) // 2
                have = self._alone(axis, middle)
                if all(h >= n for h, n, fed in zip(have, needed, self._feeds(axis), strict=True) if fed):
                    known = middle
                else:
                    below = middle
            self._found[(axis, wanted)] = known
        return known

    def _alone(self, axis: int, amount: int) -> Point:
        """What is usable with one amount changed and all others as the machine has them."""
        return point(
            usable(with_amount(self.machine, self.knowledge, self.resources[axis], amount * MIB), self.knowledge)
        )

    def _feeds(self, axis: int) -> tuple[bool, ...]:
        """Which capacities an axis changes: its own, and where memory is unified those of the card as well."""
        if axis not in self._fed:
            none, plenty = (self._alone(axis, amount) for amount in (0, _PLENTY))
            self._fed[axis] = tuple(a != b for a, b in zip(none, plenty, strict=True))
        return self._fed[axis]

    def _leaves(self, amounts: Point, needed: Point) -> bool:
        return all(have >= need for have, need in zip(self.usable(amounts), needed, strict=True))


def cover(answers: Answers, axes: Axes, low: Point, high: Point) -> list[Region]:
    """Disjoint regions that fill the box from `low` to `high`, largest amounts first.

    Each begins at its upper corner: the answer there is proved down to what it uses, and what is left beside and below
    that is cut into boxes again. So along one axis every lower end is a step: one MiB less and the answer no longer
    fits (or its proof ends there, and what follows may turn out to be the same).
    """
    steps = tuple(max(1, (h - w) // _OPEN_SHARE) for w, h in zip(low, high, strict=True))
    found: list[Region] = []
    waiting = [(low, high)]
    while waiting:
        bottom, top = waiting.pop()
        answer, needed = answers.at(axes.usable(top))
        if answer.status is Status.UNDECIDED:
            least = tuple(max(b, t - step) for b, t, step in zip(bottom, top, steps, strict=True))
        else:
            least = axes.least(bottom, top, needed)
        found.append(Region(least, top, answer))
        for axis in range(len(top)):
            if least[axis] > bottom[axis]:
                rest_low = (*least[:axis], *bottom[axis:])
                rest_high = (*top[:axis], least[axis] - 1, *top[axis + 1 :])
                waiting.append((rest_low, rest_high))
    return found
