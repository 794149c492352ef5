"""A problem in which things can be let go: one guard for each thing that a person could change.

A guard keeps back options (by their refusals), bounds capacities, holds limits, or asks for whole decisions. Whether
a problem is feasible with some guards kept is the one question that conflicts, give-ups and least amounts ask, many
times over. Where one decision is left it is arithmetic on arrays; where several are coupled and no quick choice
fits, the engine decides. More guards kept never make an infeasible problem feasible, and more options never make a
feasible one infeasible: so options can come while questions are asked, from a source that knows which could matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Protocol

import numpy as np

from rigfit.dominance import Array
from rigfit.engines import Status, get_engine
from rigfit.engines.base import UndecidedError
from rigfit.explain.tables import Table, front, lightest, pair_of, tables_of
from rigfit.problem import Capacities, Changeable, Choice, Decision, Problem

UNBOUNDED = 2**60
_FREE = "unbounded"
# So many pairs of options are compared sooner than what undercuts what is found out.
_FEW = 20_000


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that a person could change, and what goes when it does."""

    key: str
    changeable_by: Changeable
    cost: int
    """What letting it go costs, against other guards; above 0."""
    refusals: frozenset[int] = frozenset()
    """Refusals of the problem that it stands for."""
    capacities: frozenset[str] = frozenset()
    """Capacities that bound nothing without it."""
    limits: frozenset[int] = frozenset()
    """Limits that do not hold without it."""
    decisions: frozenset[int] = frozenset()
    """Decisions that need not be made without it."""
    most: int | None = None
    """Its capacities are that where a person gives it up: nobody gives them up without end."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What some kept guards mean for a problem."""

    active: tuple[int, ...]
    """Decisions that must be made side by side."""
    refusals: frozenset[int]
    """Those that hold."""
    let_go: frozenset[int]
    """Limits that do not."""


class Source(Protocol):
    """Where options come from that the problem does not have yet."""

    def grow(self, short: Sequence[int], held: Kept, bounds: Mapping[str, int], *, whole: bool) -> Problem | None:
        """The problem with more options at the end of its decisions; None where no more could matter.

        Args:
            short: decisions that need more options.
            held: what holds.
            bounds: capacity -> amount.
            whole: all options that could matter, not only the likeliest.
        """
        ...

    @property
    def loose(self) -> frozenset[str]:
        """Capacities not looked at when options were left out; empty where all options that could matter are there."""
        ...

    def tighten(self) -> Problem:
        """The problem with the options that matter only for the loose capacities; nothing is loose after it."""
        ...


class Guarded:
    """A problem, its capacities and its guards; guards go by their numbers."""

    def __init__(
        self, problem: Problem, capacities: Capacities, guards: Sequence[Guard], source: Source | None = None
    ) -> None:
        """Take a problem apart.

        Args:
            problem: compiled; refusals that belong to no guard hold always.
            capacities: every name that the limits use -> amount.
            guards: what can be let go.
            source: where more options come from.
        """
        self.problem = problem
        self.capacities = dict(capacities)
        self.guards = tuple(guards)
        self.all = frozenset(range(len(guards)))
        self.questions = 0
        """How often the engine was asked."""
        self._source = source
        self._known: dict[tuple[frozenset[int], tuple[tuple[str, int], ...]], bool] = {}
        self._tables = tables_of(problem)
        owned = {refusal for guard in guards for refusal in guard.refusals}
        self._always = frozenset(range(len(problem.refusals))) - owned

    def feasible(self, kept: Iterable[int], changed: Capacities | None = None) -> bool:
        """Some choice breaks none of the kept guards.

        Args:
            kept: numbers of the guards that hold.
            changed: capacities in place of the problem's own.

        Raises:
            UndecidedError: when the engine runs out of its budget.
        """
        kept = frozenset(kept)
        key = (kept, tuple(sorted((changed or {}).items())))
        if key not in self._known:
            follows = self._follows(*key)
            self._known[key] = self.choice(kept, changed) is not None if follows is None else follows
        return self._known[key]

    def _follows(self, kept: frozenset[int], changed: tuple[tuple[str, int], ...]) -> bool | None:
        """What is known already: fewer guards than some that can hold, or more than some that cannot."""
        for (other, there), holds in self._known.items():
            if there == changed and (kept <= other if holds else kept >= other):
                return holds
        return None

    def without(self, gone: Iterable[int]) -> tuple[frozenset[int], dict[str, int]]:
        """What a person keeps who gives some guards up, and the capacities that are others then."""
        gone = frozenset(gone)
        changed = {
            name: max(most, self.capacities[name])
            for number in gone
            if (most := self.guards[number].most) is not None
            for name in self.guards[number].capacities
        }
        stays = {number for number in gone if self.guards[number].most is not None}
        return self.all - gone | stays, changed

    def choice(self, kept: Iterable[int], changed: Capacities | None = None) -> Choice | None:
        """A choice that breaks none of the kept guards (-1 for decisions let go), or None."""
        kept = frozenset(kept)
        found = self._choice(kept, changed)
        tried: set[tuple[int, ...]] = set()
        while found is None:
            stuck = self._stuck(kept, changed)
            if not self._grow(stuck, kept, changed, whole=stuck in tried):
                break
            tried.add(stuck)
            found = self._choice(kept, changed)
        if found is None and self._loose and self._choice(self._without_loose(kept), changed) is not None:
            self._tighten()
            found = self._choice(kept, changed)
        return found

    @property
    def _loose(self) -> frozenset[str]:
        return self._source.loose if self._source is not None else frozenset()

    def _without_loose(self, kept: frozenset[int]) -> frozenset[int]:
        """Of some guards those that bound no loose capacity: what cannot hold without the others cannot with them."""
        return frozenset(number for number in kept if not self.guards[number].capacities & self._loose)

    def _tighten(self) -> None:
        assert self._source is not None
        self.problem = self._source.tighten()
        self._tables = tables_of(self.problem)

    def complete(self, kept: Iterable[int], changed: Capacities | None = None) -> None:
        """Let all options come that could matter where only some guards are kept, each decision by itself."""
        kept = frozenset(kept)
        while self._grow(self.active(kept), kept, changed, whole=True, alone=True):
            pass

    def _stuck(self, kept: frozenset[int], changed: Capacities | None) -> tuple[int, ...]:
        """The decisions that more options could help: those that nothing is left of, else all."""
        names, active = self._limits(kept), self.active(kept)
        amounts = {**self.capacities, **(changed or {})}
        bound = np.array([amounts.get(name, UNBOUNDED) for name in names], dtype=np.int64)
        return tuple(n for n in active if not len(self._left(self._tables[n], kept, bound))) or tuple(active)

    def _grow(
        self,
        decisions: Sequence[int],
        kept: frozenset[int],
        changed: Capacities | None,
        *,
        whole: bool,
        alone: bool = False,
    ) -> bool:
        if self._source is None:
            return False
        free = {name for number in self.all - kept for name in self.guards[number].capacities}
        bounds = {name: UNBOUNDED if name in free else amount for name, amount in self.capacities.items()}
        held = Kept(() if alone else tuple(self.active(kept)), self._refusals(kept), self._let_go(kept))
        problem = self._source.grow(decisions, held, {**bounds, **(changed or {})}, whole=whole)
        if problem is None:
            return False
        self.problem, self._tables = problem, tables_of(problem)
        return True

    def _choice(self, kept: frozenset[int], changed: Capacities | None) -> Choice | None:
        amounts = {**self.capacities, **(changed or {})}
        names, active = self._limits(kept), self.active(kept)
        bound = np.array([amounts.get(name, UNBOUNDED) for name in names], dtype=np.int64)
        left = [self._left(self._tables[number], kept, bound) for number in active]
        result = [-1] * len(self._tables)
        if any(not len(rows) for rows in left):
            return None
        if len(active) <= 1:
            for number, rows in zip(active, left, strict=True):
                result[number] = int(self._tables[number].rows[rows[0]])
            return tuple(result)
        tables = [self._tables[number] for number in active]
        if prod(len(rows) for rows in left) > _FEW:
            left = [front(table, rows) for table, rows in zip(tables, left, strict=True)]
        pair = pair_of(tables, left, bound) if len(active) == 2 else ()
        if pair is None:
            return None
        if not pair:
            left = [front(table, rows) for table, rows in zip(tables, left, strict=True)]
        problem = self._restricted(active, left, names)
        amounts[_FREE] = UNBOUNDED
        first = pair or lightest(problem, bound)
        if problem.violations(first, amounts):
            self.questions += 1
            outcome = get_engine("cpsat").best(problem, amounts, 1)
            if outcome.status is Status.UNDECIDED:
                raise UndecidedError
            if not outcome.choices:
                return None
            first = outcome.choices[0]
        for number, rows, index in zip(active, left, first, strict=True):
            result[number] = int(self._tables[number].rows[rows[index]])
        return tuple(result)

    def least(self, capacity: str, kept: Iterable[int] | None = None) -> int | None:
        """The least amount of a capacity that would do, all else as it is; None when no amount does.

        Exact to the unit of the capacity.

        Raises:
            UndecidedError: when the engine runs out of its budget.
        """
        kept = self.all if kept is None else frozenset(kept)
        changed = {capacity: UNBOUNDED}
        found = self._least(capacity, kept)
        whole = False
        # What takes more than what is found already need not come; the likeliest first find something.
        while self._grow(self._stuck(kept, changed), kept, changed, whole=whole):
            found, whole = self._least(capacity, kept), True
            changed = {capacity: UNBOUNDED if found is None else found - 1}
        if self._loose:
            freely = self._least(capacity, self._without_loose(kept))
            if freely is not None and (capacity in self._loose or found != freely):
                self._tighten()
                found = self._least(capacity, kept)
        return found

    def _least(self, capacity: str, kept: frozenset[int]) -> int | None:
        names, active = self._limits(kept), self.active(kept)
        bound = np.array(
            [UNBOUNDED if name == capacity else self.capacities.get(name, UNBOUNDED) for name in names], dtype=np.int64
        )
        mine = [limit for limit, name in enumerate(names) if name == capacity]
        left = [self._left(self._tables[number], kept, bound) for number in active]
        if any(not len(rows) for rows in left):
            return None
        if not mine:
            return 0
        if len(active) == 1:
            return int(self._tables[active[0]].alone[left[0]][:, mine].max(axis=1).min())
        from rigfit.engines.cpsat import CpSat

        left = [front(self._tables[number], rows) for number, rows in zip(active, left, strict=True)]
        self.questions += 1
        return CpSat().least(self._restricted(active, left, names), {**self.capacities, _FREE: UNBOUNDED}, capacity)

    def relaxed(self, kept: Iterable[int], changed: Capacities | None = None) -> tuple[Problem, dict[str, int]]:
        """The whole problem with only some guards, built anew from its definition: what proofs are made on."""
        kept = frozenset(kept)
        if self._loose:
            self._tighten()
        # What a place takes at least is itself what is to be proved: it leaves nothing out here.
        self.complete(kept, dict.fromkeys(self.capacities, UNBOUNDED))
        names, active = self._limits(kept), self.active(kept)
        off = frozenset(range(len(self.problem.refusals))) - self._refusals(kept)
        decisions = []
        for number in active:
            decision = self.problem.decisions[number]
            options = tuple(replace(o, refusals=tuple(r for r in o.refusals if r not in off)) for o in decision.options)
            decisions.append(Decision(decision.key, options))
        limits = tuple(replace(limit, capacity=name) for limit, name in zip(self.problem.limits, names, strict=True))
        problem = replace(self.problem, decisions=tuple(decisions), limits=limits, tiers=())
        return problem, {**self.capacities, **(changed or {}), _FREE: UNBOUNDED}

    def _refusals(self, kept: frozenset[int]) -> frozenset[int]:
        return self._always.union(*(self.guards[number].refusals for number in kept))

    def active(self, kept: frozenset[int]) -> list[int]:
        """Decisions that must be made: those that no guard asks for, and those that a kept one does."""
        let_go = {d for number in self.all - kept for d in self.guards[number].decisions}
        return [number for number in range(len(self._tables)) if number not in let_go]

    def _let_go(self, kept: frozenset[int]) -> frozenset[int]:
        """Limits that do not hold."""
        return frozenset(limit for number in self.all - kept for limit in self.guards[number].limits)

    def _limits(self, kept: frozenset[int]) -> list[str]:
        """For each limit the name of what bounds it."""
        gone = [self.guards[number] for number in self.all - kept]
        free = {name for guard in gone for name in guard.capacities}
        let_go = self._let_go(kept)
        return [
            _FREE if number in let_go or limit.capacity in free else limit.capacity
            for number, limit in enumerate(self.problem.limits)
        ]

    def _left(self, table: Table, kept: frozenset[int], bound: Array) -> Array:
        """Rows of a decision that no kept guard refuses and that fit by themselves."""
        fits = (table.alone <= bound).all(axis=1)
        refusals = sorted(self._refusals(kept))
        if refusals:
            fits &= ~table.refused[:, refusals].any(axis=1)
        return np.flatnonzero(fits)

    def _restricted(self, active: Sequence[int], left: Sequence[Array], names: Sequence[str]) -> Problem:
        decisions = []
        for number, rows in zip(active, left, strict=True):
            decision = self.problem.decisions[number]
            chosen = [decision.options[index] for index in self._tables[number].rows[rows].tolist()]
            decisions.append(Decision(decision.key, tuple(replace(option, refusals=()) for option in chosen)))
        limits = tuple(replace(limit, capacity=name) for limit, name in zip(self.problem.limits, names, strict=True))
        return replace(self.problem, decisions=tuple(decisions), limits=limits, tiers=())
