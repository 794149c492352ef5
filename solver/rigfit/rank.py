"""The k best choices of a problem that differ in models: reduction, engine, and the way back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from rigfit.engines import Outcome, Status, get_engine
from rigfit.problem import Capacities, Problem

if TYPE_CHECKING:
    from rigfit.reduce import Tables

# Up to so many choices, looking at each takes a fifth of what the engine takes.
_HANDFUL = 128


def rank(
    problem: Problem,
    capacities: Capacities,
    k: int,
    *,
    engine: str = "cpsat",
    reduction: bool = True,
    tables: Tables | None = None,
) -> Outcome:
    """The k best choices, best first, pairwise different in groups; ties end in the canonical order.

    Args:
        problem: compiled for one request and one class of machine.
        capacities: every name that the problem's limits use -> amount, in the limits' units.
        k: how many, at most.
        engine: "cpsat" or "exhaustive".
        reduction: drop first what cannot be in the answer. Exact; off only to prove that it is.
        tables: the problem as arrays, where the caller has them.

    Raises:
        TooLargeError: when the exhaustive engine is asked for too much.
    """
    if not reduction:
        return get_engine(engine).best(problem, capacities, k)
    from rigfit.reduce import reduce

    reduced = reduce(problem, capacities, k, tables)
    outcome = _compared(reduced.problem, capacities, k) or get_engine(engine).best(reduced.problem, capacities, k)
    left = sum(len(kept) for kept in reduced.keep)
    return replace(
        outcome,
        choices=tuple(reduced.original(choice) for choice in outcome.choices),
        witnesses=tuple(reduced.original(choice) for choice in outcome.witnesses),
        stats={**outcome.stats, "options": sum(len(d.options) for d in problem.decisions), "reduced": left},
    )


def _compared(problem: Problem, capacities: Capacities, k: int) -> Outcome | None:
    """The best of a handful of choices, each looked at; None where there are more, or several answers are wanted.

    It spares sweeps most of their solves, and single questions the time it takes to load an engine.
    """
    if k > 1 or any(tier.within for tier in problem.tiers):
        return None
    if prod(len(decision.options) for decision in problem.decisions) > _HANDFUL:
        return None
    every = product(*(range(len(decision.options)) for decision in problem.decisions))
    possible = [choice for choice in every if not problem.violations(choice, capacities)]
    if not possible:
        return Outcome(Status.INFEASIBLE, stats={"solves": 0})
    best = min(possible, key=lambda choice: (problem.scores(choice), choice))
    return Outcome(Status.OPTIMAL, (best,), stats={"solves": 0})
