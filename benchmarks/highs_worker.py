"""HiGHS on a problem, in a process of its own: reads a pickled task from stdin, prints answers and times as JSON.

Never imported beside ortools: the two load clashing native libraries. Started by `benchmarks.engines` alone, which
also writes what is unpickled here.
"""

from __future__ import annotations

import json
import pickle
import statistics
import sys
import time
from collections.abc import Mapping

import highspy
import numpy as np

from rigfit.problem import Capacities, Choice, Problem, allowed

Terms = dict[int, int]
"""Column -> coefficient."""


class Highs:
    """A problem as a mixed-integer program: the tiers one after another, each fixed before the next."""

    def __init__(self, problem: Problem, capacities: Capacities) -> None:
        self.problem = problem
        self.highs = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5)):
            self.highs.setOptionValue(name, value)
        self.x: list[list[int]] = []
        columns = 0
        for decision in problem.decisions:
            self.x.append(list(range(columns, columns + len(decision.options))))
            columns += len(decision.options)
        users: dict[int, list[int]] = {}
        for decision, row in zip(problem.decisions, self.x, strict=True):
            for option, column in zip(decision.options, row, strict=True):
                for item in option.items:
                    users.setdefault(item, []).append(column)
        self.y: dict[int, int] = {}
        for item, columns_of in sorted(users.items()):
            if len(columns_of) == 1:
                self.y[item] = columns_of[0]
            else:
                self.y[item] = columns
                columns += 1
        self.columns = columns
        upper = np.ones(columns)
        for decision, row in zip(problem.decisions, self.x, strict=True):
            for option, column in zip(decision.options, row, strict=True):
                if option.refusals:
                    upper[column] = 0
        self.highs.addVars(columns, np.zeros(columns), upper)
        every = np.arange(columns, dtype=np.int32)
        self.highs.changeColsIntegrality(columns, every, np.full(columns, highspy.HighsVarType.kInteger))
        for row in self.x:
            self._row(dict.fromkeys(row, 1), 1, 1)
        # An item is used exactly when one of its users is chosen.
        for item, columns_of in sorted(users.items()):
            if len(columns_of) > 1:
                for column in columns_of:
                    self._row({self.y[item]: 1, column: -1}, 0, None)
                self._row({self.y[item]: 1, **dict.fromkeys(columns_of, -1)}, None, 0)
        limits: list[Terms] = [{} for _ in problem.limits]
        for decision, row in zip(problem.decisions, self.x, strict=True):
            for option, column in zip(decision.options, row, strict=True):
                for limit, amount in option.uses:
                    limits[limit][column] = limits[limit].get(column, 0) + amount
        for item, column in self.y.items():
            for limit, amount in problem.items[item].uses:
                limits[limit][column] = limits[limit].get(column, 0) + amount
        for limit, terms in zip(problem.limits, limits, strict=True):
            if terms:
                self._row(terms, None, capacities[limit.capacity])
        for conflict in problem.conflicts:
            if all(item in self.y for item in conflict.items):
                self._row(dict.fromkeys((self.y[item] for item in conflict.items), 1), None, len(conflict.items) - 1)
        self.tiers = [self._tier(tier) for tier in range(len(problem.tiers))]
        self.ranks = [{column: rank for rank, column in enumerate(row) if rank} for row in self.x]

    def _row(self, terms: Terms, least: int | None, most: int | None) -> int:
        kept = {column: amount for column, amount in terms.items() if amount}
        self.highs.addRow(
            -highspy.kHighsInf if least is None else least,
            highspy.kHighsInf if most is None else most,
            len(kept),
            np.fromiter(kept, dtype=np.int32, count=len(kept)),
            np.fromiter(kept.values(), dtype=np.float64, count=len(kept)),
        )
        return self.highs.getNumRow() - 1

    def _tier(self, tier: int) -> Terms:
        terms: Terms = {}
        for decision, row in zip(self.problem.decisions, self.x, strict=True):
            for option, column in zip(decision.options, row, strict=True):
                terms[column] = option.scores[tier]
        for item, column in self.y.items():
            terms[column] = terms.get(column, 0) + self.problem.items[item].scores[tier]
        return terms

    def _minimise(self, terms: Terms) -> tuple[int, Choice] | None:
        costs = np.zeros(self.columns)
        for column, amount in terms.items():
            costs[column] = amount
        self.highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), costs)
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ended with {self.highs.modelStatusToString(status)}")
        values = self.highs.getSolution().col_value
        choice = tuple(next(o for o, column in enumerate(row) if values[column] > 0.5) for row in self.x)
        return sum(amount * (values[column] > 0.5) for column, amount in terms.items()), choice

    def best(self, k: int) -> list[Choice]:
        """The k best choices by tiers, then by canonical order, pairwise different in groups."""
        for tier, level in enumerate(self.problem.tiers):
            if level.within:
                found = self._minimise(self.tiers[tier])
                if found is None:
                    return []
                self._row(self.tiers[tier], None, allowed(int(found[0]), level.within))
        levels = [t for t, level in zip(self.tiers, self.problem.tiers, strict=True) if not level.within] + self.ranks
        choices: list[Choice] = []
        while len(choices) < k:
            bounds: list[int] = []
            choice: Choice | None = None
            for terms in levels:
                found = self._minimise(terms)
                if found is None:
                    break
                choice = found[1]
                bounds.append(self._row(terms, None, int(found[0])))
            for row in bounds:  # they hold for this answer alone
                self.highs.changeRowBounds(row, -highspy.kHighsInf, highspy.kHighsInf)
            if choice is None:
                break
            choices.append(choice)
            same: Terms = {}
            for decision, row, group in zip(self.problem.decisions, self.x, self.problem.groups(choice), strict=True):
                same |= {c: 1 for option, c in zip(decision.options, row, strict=True) if option.group == group}
            self._row(same, None, len(self.x) - 1)
        return choices


def main() -> None:
    """Solve what stands on stdin so many times, building anew each time."""
    task: Mapping[str, object] = pickle.loads(sys.stdin.buffer.read())
    problem, capacities, k, rounds = task["problem"], task["capacities"], task["k"], task["rounds"]
    times, choices = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        choices = Highs(problem, capacities).best(k)
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps({"milliseconds": statistics.median(times), "choices": choices}))


if __name__ == "__main__":
    main()
