"""The k best choices of a problem that differ in models: reduction, engine, and the way back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rigfit.engines import Outcome, get_engine
from rigfit.problem import Capacities, Problem

if TYPE_CHECKING:
    from rigfit.reduce import Tables


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
    solver = get_engine(engine)
    if not reduction:
        return solver.best(problem, capacities, k)
    from rigfit.reduce import reduce

    reduced = reduce(problem, capacities, k, tables)
    outcome = solver.best(reduced.problem, capacities, k)
    left = sum(len(kept) for kept in reduced.keep)
    return replace(
        outcome,
        choices=tuple(reduced.original(choice) for choice in outcome.choices),
        witnesses=tuple(reduced.original(choice) for choice in outcome.witnesses),
        stats={**outcome.stats, "options": sum(len(d.options) for d in problem.decisions), "reduced": left},
    )
