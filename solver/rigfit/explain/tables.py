"""The decisions of a problem as arrays, and what fits side by side: questions of feasibility alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rigfit.dominance import Array, Flags, places, undominated
from rigfit.problem import Choice, Problem
from rigfit.reduce import shared_items


@dataclass(frozen=True)
class Table:
    """One decision as arrays: a row for each option that no own conflict rules out."""

    rows: Array
    """Index of the option."""
    refused: Flags
    """(rows, refusals)."""
    own: Array
    """(rows, limits) what it uses, items that other decisions use too not counted."""
    alone: Array
    """(rows, limits) what it uses with all its items."""
    shared: Flags
    """(rows, shared items)."""


def tables_of(problem: Problem) -> tuple[Table, ...]:
    """The decisions of a problem as arrays."""
    shared, extra = shared_items(problem)
    column = {item: position for position, item in enumerate(shared)}
    clashes = [set(conflict.items) for conflict in problem.conflicts]
    tables = []
    for decision in problem.decisions:
        options = decision.options
        own = np.zeros((len(options), len(problem.limits)), dtype=np.int64)
        has = np.zeros((len(options), len(shared)), dtype=np.bool_)
        refused = np.zeros((len(options), len(problem.refusals)), dtype=np.bool_)
        uses = [(row, *use) for row, option in enumerate(options) for use in option.uses]
        uses += [
            (row, *use)
            for row, option in enumerate(options)
            for item in option.items
            if item not in column
            for use in problem.items[item].uses
        ]
        if uses:
            rows, limits, amounts = np.array(uses, dtype=np.int64).T
            np.add.at(own, (rows, limits), amounts)
        for table, pairs in (
            (has, [(row, column[i]) for row, option in enumerate(options) for i in option.items if i in column]),
            (refused, [(row, refusal) for row, option in enumerate(options) for refusal in option.refusals]),
        ):
            if pairs:
                table[tuple(np.array(pairs, dtype=np.int64).T)] = True
        fine = [row for row, o in enumerate(options) if not any(c.issubset(o.items) for c in clashes)]
        kept = np.array(fine, dtype=np.int64)
        alone = own + has.astype(np.int64) @ extra
        tables.append(Table(kept, refused[kept], own[kept], alone[kept], has[kept]))
    return tuple(tables)


def front(table: Table, rows: Array) -> Array:
    """Of some rows those that no other one undercuts: for feasibility nothing else can matter."""
    own, shared = table.own[rows], table.shared[rows]
    # Whatever undercuts a row adds up to no more and needs no more shared items: it comes first.
    order = places(np.stack([own.sum(axis=1), shared.sum(axis=1)], axis=1))
    return rows[undominated(order, own, shared, np.zeros(len(rows), dtype=np.int64))]


def pair_of(tables: Sequence[Table], left: Sequence[Array], bound: Array) -> Choice | None:
    """Of two decisions options that fit side by side, by their places among what is left.

    Items that both use are counted twice at most, and at least as often as the one with more of them does.

    Returns:
        () where that does not tell, None where no two fit.
    """
    surely = np.ones((len(left[0]), len(left[1])), dtype=np.bool_)
    perhaps = surely.copy()
    for limit, most in enumerate(bound.tolist()):
        own = [table.own[rows, limit] for table, rows in zip(tables, left, strict=True)]
        shared = [table.alone[rows, limit] - mine for table, rows, mine in zip(tables, left, own, strict=True)]
        least = own[0][:, None] + own[1]
        if any(one.any() for one in shared):
            surely &= least + (shared[0][:, None] + shared[1]) <= most
            perhaps &= least + np.maximum(shared[0][:, None], shared[1]) <= most
        else:
            surely &= least <= most
            perhaps &= least <= most
    if not perhaps.any():
        return None
    return tuple(divmod(int(np.argmax(surely)), surely.shape[1])) if surely.any() else ()


def lightest(problem: Problem, bound: Array) -> Choice:
    """For each decision the option that takes the least of what there is: a first guess."""
    scale = np.maximum(bound, 1).astype(np.float64)
    choice = []
    for decision in problem.decisions:
        loads = []
        for option in decision.options:
            used = np.zeros(len(scale))
            for limit, amount in [*option.uses, *(u for item in option.items for u in problem.items[item].uses)]:
                used[limit] += amount
            loads.append(float((used / scale).sum()))
        choice.append(min(range(len(loads)), key=loads.__getitem__))
    return tuple(choice)
