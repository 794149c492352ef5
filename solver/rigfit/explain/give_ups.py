"""What to give up: the cheapest sets of guards without which the rest can hold (minimal correction sets)."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from rigfit.explain.guards import Guarded

_TRIES = 4000


def give_ups(guarded: Guarded, droppable: Sequence[int], most: int = 3) -> tuple[tuple[int, ...], ...]:
    """The cheapest minimal sets of guards whose going makes the problem feasible, cheapest first.

    Sets are looked at in the order of their cost, so each one found is minimal: whatever is part of it cost less and
    did not do. Branches that cannot do even with everything after them gone are left out unseen. To give up every
    decision is no answer, and what is given up within bounds only (`Guard.most`) has to do within them.

    Args:
        guarded: the problem; all its guards hold.
        droppable: guards that may go.
        most: how many sets at most.

    Raises:
        UndecidedError: when the engine cannot decide one of the questions.
    """
    order = sorted(droppable, key=lambda number: (guarded.guards[number].cost, number))
    found: list[frozenset[int]] = []
    if guarded.feasible(guarded.all) or not guarded.feasible(*guarded.without(order)):
        return ()
    heap: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for _ in range(_TRIES):
        if not heap or len(found) == most:
            break
        cost, at = heapq.heappop(heap)
        gone = frozenset(order[position] for position in at)
        if any(known <= gone for known in found) or not guarded.active(guarded.all - gone):
            continue
        if at and guarded.feasible(*guarded.without(gone)):
            found.append(gone)
            continue
        for position in range(at[-1] + 1 if at else 0, len(order)):
            if not guarded.feasible(*guarded.without(gone.union(order[position:]))):
                break
            following = (*at, position)
            heapq.heappush(heap, (cost + guarded.guards[order[position]].cost, following))
    return tuple(tuple(number for number in order if number in gone) for gone in found)
