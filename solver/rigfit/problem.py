"""The engine-neutral form of one request on one class of machine: decisions, options, items, limits, conflicts, tiers.

Compiled once; capacities (the VRAM of each card, RAM, disk) are parameters of solving it. Integers only. Every score
is a cost: less is better, so value enters negated. Options of a decision stand in canonical order, and that order is
the last tie-break, so an answer never depends on the order of the catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Changeable = Literal["request", "policy", "machine", "nobody"]
Capacities = Mapping[str, int]
Choice = tuple[int, ...]
"""For each decision the index of its option."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something counted once however many options use it: a file, a node package, a runtime."""

    key: str
    scores: tuple[int, ...]
    """What it adds to each tier, never negative."""
    uses: tuple[tuple[int, int], ...] = ()
    """(limit, amount)."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to decide: for a task, one pipeline."""

    key: str
    group: str
    """What makes two answers different in kind: the model."""
    scores: tuple[int, ...]
    uses: tuple[tuple[int, int], ...] = ()
    items: tuple[int, ...] = ()
    refusals: tuple[int, ...] = ()
    """Refusals that forbid it; an option with any cannot be chosen."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Exactly one of its options is chosen."""

    key: str
    options: Sequence[Option]
    """A tuple, or a sequence that makes each option when it is asked for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The uses of all that is chosen add up to no more than a capacity."""

    key: str
    capacity: str
    """Which parameter bounds it; several limits may share one (a card that tasks use in turn)."""
    rule: str
    changeable_by: Changeable


@dataclass(frozen=True, slots=True)
class Conflict:
    """Items that cannot all be used."""

    items: tuple[int, ...]
    """Two or more."""
    rule: str
    changeable_by: Changeable


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why options are forbidden, whatever the capacities."""

    rule: str
    subject: str
    changeable_by: Changeable


@dataclass(frozen=True, slots=True)
class Tier:
    """One level of the lexicographic objective; later tiers may give up to `within` permille of its best away."""

    key: str
    within: int = 0


@dataclass(frozen=True)
class Problem:
    """All of it. Nothing here knows of models, cards or files."""

    decisions: tuple[Decision, ...]
    items: tuple[Item, ...]
    limits: tuple[Limit, ...]
    conflicts: tuple[Conflict, ...]
    tiers: tuple[Tier, ...]
    refusals: tuple[Refusal, ...] = ()

    def chosen(self, choice: Choice) -> list[Option]:
        """The options a choice stands for."""
        return [decision.options[index] for decision, index in zip(self.decisions, choice, strict=True)]

    def groups(self, choice: Choice) -> tuple[str, ...]:
        """What makes this choice different in kind from others."""
        return tuple(option.group for option in self.chosen(choice))

    def scores(self, choice: Choice) -> tuple[int, ...]:
        """The cost on each tier, items once."""
        options = self.chosen(choice)
        parts = [option.scores for option in options]
        parts += [self.items[index].scores for index in used_items(options)]
        return tuple(sum(part[tier] for part in parts) for tier in range(len(self.tiers)))

    def usage(self, choice: Choice) -> list[int]:
        """The amount used of each limit, items once."""
        options = self.chosen(choice)
        total = [0] * len(self.limits)
        uses = [option.uses for option in options]
        uses += [self.items[index].uses for index in used_items(options)]
        for use in uses:
            for limit, amount in use:
                total[limit] += amount
        return total

    def violations(self, choice: Choice, capacities: Capacities) -> list[str]:
        """What a choice breaks, recomputed in plain Python; every answer of every engine passes through here."""
        options = self.chosen(choice)
        broken = [f"refused: {option.key}" for option in options if option.refusals]
        for limit, amount in zip(self.limits, self.usage(choice), strict=True):
            if amount > capacities[limit.capacity]:
                broken.append(f"limit {limit.key}: {amount} > {capacities[limit.capacity]}")
        used = used_items(options)
        return broken + [f"conflict {conflict.rule}" for conflict in self.conflicts if used.issuperset(conflict.items)]


def used_items(options: Iterable[Option]) -> set[int]:
    """The items a set of options uses."""
    return {index for option in options for index in option.items}


def allowed(best: int, within: int) -> int:
    """The worst cost that counts as within so many permille of the best one (costs may be negative: value is)."""
    return best + abs(best) * within // 1000


def restrict(problem: Problem, keep: Sequence[Sequence[int]]) -> Problem:
    """The same problem with only some options of each decision, their order kept."""
    decisions = tuple(
        Decision(decision.key, tuple(decision.options[index] for index in sorted(indexes)))
        for decision, indexes in zip(problem.decisions, keep, strict=True)
    )
    return Problem(decisions, problem.items, problem.limits, problem.conflicts, problem.tiers, problem.refusals)
