"""One minimal conflict: guards that cannot hold together although any one fewer could.

Ordered QuickXplain (Junker, AAAI 2004). Guards that come first are kept in preference, so the conflict speaks of
late guards only where it must; callers put first what a person can act on.
"""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.explain.guards import Guarded


def conflict(guarded: Guarded, order: Sequence[int]) -> tuple[int, ...] | None:
    """A minimal set of guards in conflict, in the order given; None where all of them can hold.

    Args:
        guarded: the problem.
        order: all guards that may be part of it, those to speak of by preference first; others do not hold at all.

    Raises:
        UndecidedError: when the engine cannot decide one of the questions.
    """
    if guarded.feasible(order):
        return None
    found = _explain(guarded, frozenset(), False, tuple(order)) if guarded.feasible(()) else frozenset()
    return tuple(number for number in order if number in found)


def _explain(guarded: Guarded, background: frozenset[int], grown: bool, order: tuple[int, ...]) -> frozenset[int]:
    """The part of `order` that conflicts with the background; the two together are known to conflict."""
    if grown and not guarded.feasible(background):
        return frozenset()
    if len(order) == 1:
        return frozenset(order)
    first, second = order[: len(order) // 2], order[len(order) // 2 :]
    late = _explain(guarded, background.union(first), True, second)
    early = _explain(guarded, background | late, bool(late), first)
    return early | late


def is_minimal(guarded: Guarded, found: Sequence[int]) -> bool:
    """The set is in conflict, and no part of it is: asked of the engine on problems built anew."""
    from rigfit.engines import Status, get_engine

    engine = get_engine("cpsat")

    def status(kept: Sequence[int]) -> Status:
        problem, amounts = guarded.relaxed(kept)
        return engine.best(problem, amounts, 1).status if problem.decisions else Status.OPTIMAL

    if status(found) is not Status.INFEASIBLE:
        return False
    return all(status([other for other in found if other != one]) is Status.OPTIMAL for one in found)
