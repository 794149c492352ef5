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

# So many rows are compared fastest all with all.
_FEW = 48


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
    sequence = np.lexsort((order, groups))
    starts = np.flatnonzero(np.diff(groups[sequence])) + 1
    kept = [_front(rows, uses[rows].T.copy(), shared[rows].T.copy()) for rows in np.split(sequence, starts)]
    return np.sort(np.concatenate(kept))


def _front(rows: Array, amounts: Array, needs: Flags) -> Array:
    """Of rows in order, best first, those that none before them beats; amounts and needs as (columns, rows)."""
    if len(rows) <= _FEW:
        return rows[~_beaten(amounts, needs)]
    kept: list[int] = []
    while len(rows):
        # The first is beaten by none that is left; it removes what it beats, itself included.
        kept.append(rows[0])
        if len(rows) == 1:
            break
        left = np.zeros(len(rows), dtype=np.bool_)
        for column in amounts:
            left |= column < column[0]
        for column in needs:
            if column[0]:
                left |= ~column
        rows, amounts, needs = rows[left], amounts[:, left], needs[:, left]
    return np.array(kept, dtype=np.int64)


def _beaten(amounts: Array, needs: Flags) -> Flags:
    """Which rows another one before them beats: all pairs at once. What is beaten by what is beaten is beaten, too."""
    wins = ~(amounts[:, :, None] > amounts[:, None, :]).any(axis=0)
    wins &= ~(needs[:, :, None] & ~needs[:, None, :]).any(axis=0)
    return np.asarray(np.triu(wins, 1).any(axis=0), dtype=np.bool_)


def places(columns: Array) -> Array:
    """The place of each row when rows are sorted by their columns, the first most important, then by position."""
    sequence = np.lexsort(columns.T[::-1])
    order = np.empty(len(columns), dtype=np.int64)
    order[sequence] = np.arange(len(columns))
    return order
