"""What a task has left to expand: the places of its models, each at two sizes, and what is known of them so far.

A question opens only those that could matter to it, told apart by ever dearer means: the guards that hold a place
back as a whole, what its pipelines take at least (`rigfit.candidates.bounds`), the guards of its variants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rigfit.candidates.admission import Branch
from rigfit.candidates.bounds import Asked, Bounds, Least, Room
from rigfit.candidates.device import Device
from rigfit.candidates.guards import GuardBook, OpenGate
from rigfit.candidates.reasons import Held, bits
from rigfit.candidates.space import Space
from rigfit.schema.catalog import Model, Runtime
from rigfit.schema.request import TaskRequest

# Of so many of the likeliest at a time the least amounts are worked out, where only a few are wanted.
_STEP = 48


@dataclass(frozen=True, eq=False)
class Place:
    """A model on a runtime and device."""

    position: int
    """Of the model in the catalog."""
    model: Model
    runtime: Runtime
    device: Device
    of_model: Held
    """What holds the model back everywhere."""
    held: Held
    """What holds it back here."""


@dataclass(frozen=True, eq=False)
class Portion:
    """Pipelines that are not expanded yet: those of a place, at one of the two sizes."""

    number: int
    """Its place among those of its task: the likeliest first."""
    place: Place
    reduced: bool
    mask: int
    """Guards that hold back each of them."""
    waits: int
    """Milliseconds that each of them takes at least, as they are held against the ceiling; 0 where unknown."""


@dataclass(eq=False, repr=False)
class Unopened:
    """The portions of one task that are not expanded."""

    number: int
    task: TaskRequest
    book: GuardBook
    spaces: tuple[Space, Space]
    all: tuple[Portion, ...]
    """Opened or not, the likeliest first."""
    bounds: Bounds
    left: list[Portion]
    """Of those the ones that are not opened."""
    _bounded: set[int] = field(default_factory=set)
    _admitted: dict[Place, tuple[OpenGate, tuple[Branch, ...]]] = field(default_factory=dict)
    _lean: dict[Place, tuple[Branch, ...]] = field(default_factory=dict)
    _choices: dict[Place, list[list[list[int]]]] = field(default_factory=dict)

    def admitted(self, place: Place) -> tuple[OpenGate, tuple[Branch, ...]]:
        """What is admitted at a place, not multiplied out yet, and the gate that was asked."""
        found = self._admitted.get(place)
        if found is None:
            gate = OpenGate(self.book, self.number)
            admission = self.spaces[0].admission
            branches = admission.packagings(place.model, place.runtime, place.device, self.task, gate, place.held)
            found = self._admitted[place] = gate, tuple(branches)
        return found

    def lean(self, place: Place) -> tuple[Branch, ...]:
        """The same with only the alternatives that nothing undercuts."""
        found = self._lean.get(place)
        if found is None:
            gate, branches = self.admitted(place)
            combinations = self.spaces[0].combinations
            found = self._lean[place] = tuple(combinations.lean(branch, gate) for branch in branches)
        return found

    def take(self, room: Room, most: int | None) -> list[Portion]:
        """Take out those of which something could fit: all, or so many of the likeliest."""
        wanted = [p for p in self.left if not p.mask & room.mask and p.waits <= room.waits]
        taken: list[Portion] = []
        gone: set[Portion] = set()
        step = max(1, len(wanted)) if most is None else _STEP
        for start in range(0, len(wanted), step):
            for portion in self._roomy(wanted[start : start + step], room):
                if len(taken) == most:
                    break
                if not self.choices(portion.place):
                    gone.add(portion)  # nothing is admitted there
                elif self._could_hold(portion.place, room.mask):
                    taken.append(portion)
            if len(taken) == most:
                break
        gone.update(taken)
        if gone:
            self.left = [p for p in self.left if p not in gone]
        return taken

    def _roomy(self, portions: Sequence[Portion], room: Room) -> Sequence[Portion]:
        """Those of which something could fit."""
        if room.bounds_nothing:
            return portions
        self._bound(portions)
        fitting = set(self.bounds.fitting(room).number.tolist())
        return [p for p in portions if p.number in fitting]

    def fitting(self, room: Room) -> Least:
        """Least amounts of all places, opened or not, of which something could fit."""
        self._bound([p for p in self.all if not p.mask & room.mask and p.waits <= room.waits])
        return self.bounds.fitting(room)

    def _bound(self, portions: Sequence[Portion]) -> None:
        fresh = [p for p in portions if p.number not in self._bounded]
        if fresh:
            self._bounded.update(p.number for p in fresh)
            self.bounds.add(
                Asked(p.number, p.mask, p.place.model, p.place.runtime, p.place.device, self.spaces[p.reduced])
                for p in fresh
            )

    def held_on(self, gpu: int, bit: int, mask: int) -> Iterator[bool]:
        """Whether a guard holds back something on a card, at the places that no other guard holds back as a whole.

        Three answers, the cheap ones first: one as a whole, in part one that is open, in part any.
        """
        places = {p.place: p.mask for p in self.all if p.place.device.gpu == gpu and not p.mask & mask}
        yield any(own & bit for own in places.values())
        yield any(self._held_in_part(place, bit) for place in places if place in self._lean)
        yield any(self._held_in_part(place, bit) for place in places)

    def _held_in_part(self, place: Place, bit: int) -> bool:
        choices = self.choices(place)
        if not any(alternative & bit for branch in choices for choice in branch for alternative in choice):
            return False
        return any(
            bits(h for one in alternative for h in one.held) & bit
            for branch in self.lean(place)
            for group in branch.groups
            for alternative in group
        )

    def choices(self, place: Place) -> list[list[list[int]]]:
        """For each branch at a place the choices that make a pipeline, and of each the guards of its alternatives."""
        found = self._choices.get(place)
        if found is None:
            found = self._choices[place] = [
                [
                    *([bits(h for one in alternative for h in one.held) for alternative in g] for g in branch.groups),
                    [bits(addons.held) for addons in branch.addons],
                ]
                for branch in self.admitted(place)[1]
            ]
        return found

    def _could_hold(self, place: Place, mask: int) -> bool:
        """Some pipeline at a place could do where these guards hold: each choice has an alternative without them."""
        return any(
            all(any(not alternative & mask for alternative in choice) for choice in branch)
            for branch in self.choices(place)
        )
