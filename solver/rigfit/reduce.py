"""Exact reduction before solving: what cannot be part of an answer is dropped, the answers stay the same.

Naive models of a realistic catalog are some hundred times slower than the reduced ones. Four steps, each exact:

1. What is refused or does not fit by itself at these capacities goes.
2. Limits that only one decision uses, or that cannot bind any more, need no constraint; items that only one
   decision uses are folded into its options.
3. With k answers in hand, an option goes whose best case on the first tier is worse than the k-th. Where decisions
   compete, the best case charges a price for what they compete for: any price gives a true bound, a good one a
   sharp bound and good answers to hold against it.
4. Within one decision and group (where one answer is asked for: within one decision) an option goes when another
   comes before it in the lexicographic order of the objective, uses no more of what couples the decisions, and needs
   no shared item that the first does not.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from rigfit.dominance import Array, Flags, places, undominated
from rigfit.problem import Capacities, Choice, Problem, allowed, restrict

Prices = npt.NDArray[np.float64]

# How many feasible answers the quick search looks at before it gives the proof to the engine.
_TRIES = 400
_PER_DECISION = 24


@dataclass(frozen=True)
class Table:
    """One decision as arrays: a row an option. What it uses of items that no other decision uses is counted in."""

    scores: Array
    """(options, tiers)."""
    uses: Array
    """(options, limits)."""
    shared: Flags
    """(options, items that several decisions use or that conflict)."""
    groups: Array
    refused: Flags


@dataclass(frozen=True)
class Tables:
    """A problem as arrays, made once and used at every capacity."""

    tables: tuple[Table, ...]
    shared_uses: Array
    """(shared item, limit) -> amount."""

    @cached_property
    def alone(self) -> tuple[Array, ...]:
        """For each decision (options, limits) what every option needs by itself, shared items included."""
        return tuple(table.uses + table.shared.astype(np.int64) @ self.shared_uses for table in self.tables)


@lru_cache(maxsize=64)
def _prepare(key: _ById) -> Tables:
    """Arrays of a problem; what a single decision uses of items is folded into its options."""
    problem = key.problem
    shared, shared_uses = shared_items(problem)
    column = {item: position for position, item in enumerate(shared)}
    tables = []
    for decision in problem.decisions:
        rows = len(decision.options)
        scores = np.zeros((rows, len(problem.tiers)), dtype=np.int64)
        uses = np.zeros((rows, len(problem.limits)), dtype=np.int64)
        has = np.zeros((rows, len(shared)), dtype=np.bool_)
        names: dict[str, int] = {}
        groups = np.array([names.setdefault(option.group, len(names)) for option in decision.options], dtype=np.int64)
        for row, option in enumerate(decision.options):
            scores[row] = option.scores
            for limit, amount in option.uses:
                uses[row, limit] += amount
            for item in option.items:
                # A shared item still counts towards what this option needs by itself, but not towards its cost:
                # another task may be paying for it.
                if item in column:
                    has[row, column[item]] = True
                else:
                    scores[row] += problem.items[item].scores
                    for limit, amount in problem.items[item].uses:
                        uses[row, limit] += amount
        refused = np.array([bool(option.refusals) for option in decision.options], dtype=np.bool_)
        tables.append(Table(scores, uses, has, groups, refused))
    return Tables(tuple(tables), shared_uses)


def shared_items(problem: Problem) -> tuple[list[int], Array]:
    """Items that several decisions use or that conflict, ascending; and (items, limits) what each of them uses."""
    owners: dict[int, set[int]] = {}
    for number, decision in enumerate(problem.decisions):
        for option in decision.options:
            for item in option.items:
                owners.setdefault(item, set()).add(number)
    tangled = {item for conflict in problem.conflicts for item in conflict.items}
    shared = sorted(item for item, of in owners.items() if len(of) > 1 or item in tangled)
    uses = np.zeros((len(shared), len(problem.limits)), dtype=np.int64)
    for position, item in enumerate(shared):
        for limit, amount in problem.items[item].uses:
            uses[position, limit] += amount
    return shared, uses


class _ById:
    """A problem as a cache key: by identity, because hashing it would cost more than the reduction."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def __hash__(self) -> int:
        return id(self.problem)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.problem is self.problem


@dataclass(frozen=True)
class Reduced:
    """A smaller problem with the same k best answers, and the way back."""

    problem: Problem
    keep: tuple[tuple[int, ...], ...]
    """For each decision the indexes that are left, ascending."""

    def original(self, choice: Choice) -> Choice:
        """The same choice in the problem it came from."""
        return tuple(kept[index] for kept, index in zip(self.keep, choice, strict=True))


def reduce(problem: Problem, capacities: Capacities, k: int, prepared: Tables | None = None) -> Reduced:
    """Drop what cannot be in the k best answers at these capacities. Exact: tests compare with and without.

    Args:
        problem: what to reduce.
        capacities: as for `rank`.
        k: how many answers must survive.
        prepared: the problem as arrays, where the caller has them.
    """
    prepared = prepared or _prepare(_ById(problem))
    tables, shared_uses = prepared.tables, prepared.shared_uses
    capacity = np.array([capacities[limit.capacity] for limit in problem.limits], dtype=np.int64)
    rows: list[Array] = []
    for table, alone in zip(tables, prepared.alone, strict=True):
        fits = (alone <= capacity).all(axis=1) & ~table.refused
        rows.append(np.flatnonzero(fits))
    if any(not len(row) for row in rows):  # one decision without an option is enough: no answer
        return _result(problem, [row[:0] for row in rows])
    coupling = _coupling(tables, rows, capacity, shared_uses)
    # Everything competed for as one load: shares of the capacities, added up.
    pressure = np.zeros(len(capacity))
    pressure[coupling] = 1 / np.maximum(capacity[coupling], 1)
    rows = _bounded(problem, capacities, tables, rows, pressure, float((capacity * pressure).sum()), k)
    coupling = _coupling(tables, rows, capacity, shared_uses)
    bounding = np.flatnonzero([bool(tier.within) for tier in problem.tiers])
    rows = [_unbeaten(table, row, coupling, bounding, k) for table, row in zip(tables, rows, strict=True)]
    return _result(problem, rows)


def _result(problem: Problem, rows: list[Array]) -> Reduced:
    keep = tuple(tuple(int(index) for index in sorted(row)) for row in rows)
    return Reduced(restrict(problem, keep), keep)


def _coupling(tables: tuple[Table, ...], rows: list[Array], capacity: Array, shared_uses: Array) -> Array:
    """The limits that several decisions draw on and that can still bind."""
    most = np.stack([table.uses[row].max(axis=0) for table, row in zip(tables, rows, strict=True)])
    any_shared = [table.shared[row].any(axis=0) for table, row in zip(tables, rows, strict=True)]
    from_shared = (np.logical_or.reduce(any_shared)[:, None] * shared_uses).sum(axis=0)
    drawn = (most > 0).sum(axis=0) + 2 * (from_shared > 0)  # shared items may come from several decisions
    return np.flatnonzero((drawn > 1) & (most.sum(axis=0) + from_shared > capacity))


def _unbeaten(table: Table, row: Array, coupling: Array, bounding: Array, k: int) -> Array:
    """Step 4: what another option of its group beats goes. Tiers with slack bound but do not order.

    Groups only tell several answers apart: for a single one all options compare.
    """
    scores = table.scores[row]
    ordering = np.delete(scores, bounding, axis=1)
    uses = np.concatenate([table.uses[row][:, coupling], scores[:, bounding]], axis=1)
    groups = table.groups[row] if k > 1 else np.zeros(len(row), dtype=np.int64)
    return row[undominated(places(np.column_stack([ordering, row])), uses, table.shared[row], groups)]


def _bounded(
    problem: Problem,
    capacities: Capacities,
    tables: tuple[Table, ...],
    rows: list[Array],
    pressure: Prices,
    room: float,
    k: int,
) -> list[Array]:
    """Drop options that cannot reach the k-th of some answers already in hand (see the module's step 3)."""
    if not problem.tiers:
        return rows
    slack = problem.tiers[0].within
    if not slack and any(tier.within for tier in problem.tiers):
        return rows  # the best of a later tier with slack may be an option that is poor on the first
    need = 1 if slack else k
    firsts = [table.scores[row][:, 0].astype(np.float64) for table, row in zip(tables, rows, strict=True)]
    loads = [table.uses[row] @ pressure for table, row in zip(tables, rows, strict=True)]
    found: dict[tuple[str, ...], int] = {}
    prices = dict.fromkeys((0.0, _price(firsts, loads, room))) if room else {0.0: None}
    for price in prices:
        costs = [first + price * load for first, load in zip(firsts, loads, strict=True)]
        for choice in _quick_answers(problem, capacities, tables, rows, costs, need):
            groups, score = problem.groups(choice), problem.scores(choice)[0]
            found[groups] = min(score, found.get(groups, score))
    if len(found) < need:
        return rows
    bound = sorted(found.values())[need - 1]
    if slack:
        bound = allowed(bound, slack)
    keep = [np.ones(len(row), dtype=np.bool_) for row in rows]
    for price in prices:
        costs = [first + price * load for first, load in zip(firsts, loads, strict=True)]
        least = [float(cost.min()) for cost in costs]
        total = sum(least) - price * room
        for kept, cost, own in zip(keep, costs, least, strict=True):
            # Costs are integers: half of one is far above any error of the floating point here.
            kept &= cost + (total - own) <= bound + 0.5
    return [row[kept] for row, kept in zip(rows, keep, strict=True)]


def _price(firsts: list[Prices], loads: list[Prices], room: float) -> float:
    """The price of load at which the cheapest options together just fit: found by halving, for the bound is concave."""
    low, high = 0.0, 1.0
    for _ in range(60):
        used = sum(float(load[np.argmin(first + high * load)]) for first, load in zip(firsts, loads, strict=True))
        if used <= room or high > 1e12:
            break
        low, high = high, high * 4
    for _ in range(30):
        middle = (low + high) / 2
        used = sum(float(load[np.argmin(first + middle * load)]) for first, load in zip(firsts, loads, strict=True))
        low, high = (low, middle) if used <= room else (middle, high)
    return high


def _quick_answers(
    problem: Problem,
    capacities: Capacities,
    tables: tuple[Table, ...],
    rows: list[Array],
    costs: list[Prices],
    k: int,
) -> list[Choice]:
    """Up to k feasible choices that differ in groups, cheap ones first; any feasible ones will do for a bound."""
    lists: list[list[tuple[float, int]]] = []
    for table, row, first in zip(tables, rows, costs, strict=True):
        best = np.lexsort((row, first))
        _, leaders = np.unique(table.groups[row][best], return_index=True)
        small = np.argsort(table.uses[row].sum(axis=1), kind="stable")[:_PER_DECISION]
        chosen = dict.fromkeys([*best[np.sort(leaders)][:_PER_DECISION].tolist(), *small.tolist()])
        lists.append(sorted((float(first[index]), int(row[index])) for index in chosen))
    start = (0,) * len(lists)
    heap: list[tuple[float, Any]] = [(sum(options[0][0] for options in lists), start)]
    seen = {start}
    groups: set[tuple[str, ...]] = set()
    found: list[Choice] = []
    for _ in range(_TRIES):
        if not heap or len(found) == k:
            break
        cost, at = heapq.heappop(heap)
        choice = tuple(lists[d][position][1] for d, position in enumerate(at))
        if problem.groups(choice) not in groups and not problem.violations(choice, capacities):
            groups.add(problem.groups(choice))
            found.append(choice)
        for d, position in enumerate(at):
            if position + 1 < len(lists[d]):
                following = (*at[:d], position + 1, *at[d + 1 :])
                if following not in seen:
                    seen.add(following)
                    step = lists[d][position + 1][0] - lists[d][position][0]
                    heapq.heappush(heap, (cost + step, following))
    return found
