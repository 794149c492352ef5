"""Dropping what something else beats, over arrays: shared by candidate expansion and reduction.

The objective is lexicographic, and adding the same amounts to two bundles never turns their order round. So within
one decision the whole objective is one order, not one comparison for each tier: an option goes as soon as another
comes before it in that order and needs no more of anything that couples decisions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def undominated(order: Array, uses: Array, shared: Flags, groups: Array) -> Array:
    """Rows that no other row of their group beats.

    Args:
        order: (rows,) place of each row in one strict order, best first: by objective, then canonically.
        uses: (rows, amounts) what must not be larger: amounts of coupled limits, bounded tiers.
        shared: (rows, items) which items a row needs that others may be paying for.
        groups: (rows,) only rows of one group are compared.

    Returns:
        indexes of the rows that are left, ascending.
    """
    alive = np.lexsort((order, groups))
    kept: list[Array] = []
    while len(alive):
        # The first of every group is beaten by none that is left; it removes what it beats.
        group = groups[alive]
        first = np.empty(len(alive), dtype=np.bool_)
        first[0] = True
        np.not_equal(group[1:], group[:-1], out=first[1:])
        leaders = alive[first]
        kept.append(leaders)
        leader = leaders[np.cumsum(first) - 1]
        beaten = (uses[leader] <= uses[alive]).all(axis=1)
        if shared.shape[1]:
            beaten &= ~(shared[leader] & ~shared[alive]).any(axis=1)
        alive = alive[~beaten]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=np.int64)


def places(columns: Array) -> Array:
    """The place of each row when rows are sorted by their columns, the first most important, then by position."""
    sequence = np.lexsort(columns.T[::-1])
    order = np.empty(len(columns), dtype=np.int64)
    order[sequence] = np.arange(len(columns))
    return order
