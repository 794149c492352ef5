"""Box certificates: an answer that was proved on one machine, and on which others it is therefore the answer.

Let F(h) be the choices that fit capacities h (one amount for each card, RAM, disk; conflicts and refusals do not depend
on them). A limit holds a sum of uses against one capacity, so F only grows with h: h' <= h implies F(h') within F(h).
Write u(x) for what a choice uses: for each capacity the largest sum over the limits that share it. Then x is in F(h)
exactly when u(x) <= h.

**Infeasible.** F(h) is empty, so F(h') is empty for every h' <= h: the box [0, h].

**Optimal.** Let x1..xm be the k best at h, and w1..wt one choice for each tier with slack (`within`) that attains the
best of that tier among what the tiers before it left over. Let u be the largest of u(x1)..u(xm), u(w1)..u(wt) in every
capacity. Then x1..xm are the k best at every h' with u <= h' <= h:

1. Tiers with slack cut F(h) down one after another: R0 = F(h), and Ri keeps what is within the slack of the best bi of
   R(i-1) on tier i. At h' start from R0' = F(h'), which is within R0. If R(i-1)' is within R(i-1), the best there is no
   better than bi; wi is in R(i-1) and fits h', and it meets the bounds of the tiers before, which are the same by
   induction, so wi is in R(i-1)' and the best is exactly bi. The bound is the same, so Ri' is Ri less what does not
   fit h'. Without the w this fails: the best of a tier may take more than the answers do, and without it the bar drops.
2. The k best are taken from Rt in one strict order (the other tiers, then the canonical order), each the first whose
   models differ from those before it. x1 is the first of Rt and is in Rt', which is within Rt: it is the first there.
   Then x2, and so on: what is skipped in Rt' because it repeats models was skipped in Rt. Where m < k no choice with
   other models is left in Rt, hence none in Rt'.

So only what depends on the choices alone holds on the box: the verdict and the chosen pipelines. Numbers that speak of
capacities are made anew for each machine, and explanations (what was left out, what would change) are not certified.
Proofs only: a verdict that the engine did not prove never enters. Nothing here uses that a rule is monotone, because
rules cannot see amounts; what they can see is part of the class, and boxes hold within one class.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rigfit.dominance import Array

Point = tuple[int, ...]


class Boxes:
    """Boxes of capacity vectors, each with the number of the answer that holds on all of it."""

    def __init__(self, axes: int) -> None:
        self._low = np.zeros((0, axes), dtype=np.int64)
        self._high = np.zeros((0, axes), dtype=np.int64)
        self._answers = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, low: Point, high: Point, answer: int) -> None:
        """The answer holds wherever every capacity lies between `low` and `high`, both included."""
        self._low = np.vstack([self._low, np.array([low], dtype=np.int64)])
        self._high = np.vstack([self._high, np.array([high], dtype=np.int64)])
        self._answers = np.append(self._answers, answer)

    def lookup(self, points: npt.ArrayLike) -> Array:
        """For every capacity vector the answer that is proved for it.

        Args:
            points: (n, capacities) bytes that models may use.

        Returns:
            (n,) numbers of answers, -1 where no box holds the point.
        """
        at: Array = np.asarray(points, dtype=np.int64).reshape(-1, self._low.shape[1])
        found = np.full(len(at), -1, dtype=np.int64)
        if len(at) <= len(self):
            for number, one in enumerate(at):
                inside = np.flatnonzero(((self._low <= one) & (one <= self._high)).all(axis=1))
                if len(inside):
                    found[number] = self._answers[inside[0]]
            return found
        columns = np.ascontiguousarray(at.T)
        for low, high, answer in zip(self._low, self._high, self._answers, strict=True):
            held = found < 0
            for column, least, most in zip(columns, low, high, strict=True):
                held &= (column >= least) & (column <= most)
            found[held] = answer
        return found

    def newest(self, points: Array) -> npt.NDArray[np.bool_]:
        """Which points the box that was added last holds."""
        held: npt.NDArray[np.bool_] = ((self._low[-1] <= points) & (points <= self._high[-1])).all(axis=1)
        return held

    def find(self, point: Point) -> tuple[int, Point] | None:
        """The answer that is proved for one point, and the lowest corner of its box; None where none is."""
        one = np.array(point, dtype=np.int64)
        inside = np.flatnonzero(((self._low <= one) & (one <= self._high)).all(axis=1))
        if not len(inside):
            return None
        box = int(inside[0])
        return int(self._answers[box]), tuple(self._low[box].tolist())
