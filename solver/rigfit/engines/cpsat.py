"""OR-tools' CP-SAT: the engine. The only module that uses ortools (`ortools_import` brings it in).

Measured on 9.15: one worker beats several on problems of this size, and linearization stays on. Presolve is off for
deciding: on, it proved choices optimal that were not (3 of 800 random problems with amounts as large as bytes; one is
kept in the tests), and on reduced problems it saves nothing. INFEASIBLE is confirmed with presolve on
(google/or-tools#5003, #5274, #5295); hints and assumptions are not used here (#4324). The `.Proto()` method crashes at
shutdown, so it is never called.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rigfit.engines.base import Outcome, Status, UndecidedError
from rigfit.problem import Capacities, Choice, Problem, allowed

if TYPE_CHECKING:
    from ortools.sat.python import cp_model
else:
    from rigfit.engines.ortools_import import cp_model

# The solver compares objective values as floating point before it calls one optimal: beyond 2**53 it no longer tells
# neighbours apart and took a worse tie for the best. What does not fit moves to a solve of its own.
_PACK_LIMIT: Final = 2**50
_UNBOUNDED: Final = 2**60


@dataclass(frozen=True)
class Settings:
    """Solver settings in one place: deterministic limits decide, the wall clock is only an outer guard."""

    seed: int = 20
    deterministic_time: float = 20.0
    wall_seconds: float = 60.0


class CpSat:
    """Solves a problem with CP-SAT, tiers packed into as few objectives as integers allow."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def best(self, problem: Problem, capacities: Capacities, k: int) -> Outcome:
        """See `Engine.best`."""
        if any(not decision.options for decision in problem.decisions):
            return Outcome(Status.INFEASIBLE, stats={"solves": 0})
        model = _Model(problem, capacities, self.settings)
        found: list[Choice] = []
        status = Status.OPTIMAL
        try:
            if not model.bound_tiers():
                return Outcome(Status.INFEASIBLE, stats={"solves": model.solves})
            while len(found) < k:
                choice = model.next_best()
                if choice is None:
                    break
                broken = problem.violations(choice, capacities)
                if broken:  # a wrong answer of the solver is a fault, never an answer
                    raise AssertionError(f"CP-SAT returned a choice that breaks {broken[0]}")
                found.append(choice)
                model.forbid_groups(problem.groups(choice))
        except UndecidedError:
            status = Status.UNDECIDED
        if not found and status is Status.OPTIMAL:
            status = Status.INFEASIBLE
        return Outcome(status, tuple(found), {"solves": model.solves}, model.slack_best, tuple(model.witnesses))

    def least(self, problem: Problem, capacities: Capacities, name: str) -> int | None:
        """The least amount of one capacity at which the problem has a choice, all else as given; None where none does.

        Raises:
            UndecidedError: when the budget runs out.
        """
        if any(not decision.options for decision in problem.decisions):
            return None
        model = _Model(problem, {**capacities, name: _UNBOUNDED}, self.settings)
        values = model.least(name)
        if values is None:
            return None
        choice = model.choice_of(values)
        usage = problem.usage(choice)
        amount = max((u for u, limit in zip(usage, problem.limits, strict=True) if limit.capacity == name), default=0)
        broken = problem.violations(choice, {**capacities, name: amount})
        if broken:
            raise AssertionError(f"CP-SAT returned a choice that breaks {broken[0]}")
        return amount


class _Model:
    """One CP-SAT model, re-solved with other objectives and with groups forbidden."""

    def __init__(self, problem: Problem, capacities: Capacities, settings: Settings) -> None:
        self.problem = problem
        self.settings = settings
        self.solves = 0
        self.model = cp_model.CpModel()
        self.x = [
            [self.model.new_bool_var(f"x{d}_{o}") for o in range(len(decision.options))]
            for d, decision in enumerate(problem.decisions)
        ]
        users: dict[int, list[Any]] = {}
        for decision, row in zip(problem.decisions, self.x, strict=True):
            self.model.add_exactly_one(row)
            for option, variable in zip(decision.options, row, strict=True):
                if option.refusals:
                    self.model.add(variable == 0)
                for item in option.items:
                    users.setdefault(item, []).append(variable)
        # An item is used exactly when one of its users is chosen: determined both ways, so that the solver has no
        # freedom to charge too much or too little.
        self.y: dict[int, Any] = {}
        for item, variables in sorted(users.items()):
            if len(variables) == 1:
                self.y[item] = variables[0]
            else:
                self.y[item] = self.model.new_bool_var(f"y{item}")
                self.model.add_max_equality(self.y[item], variables)
        self._post_limits(capacities)
        for conflict in problem.conflicts:
            if all(item in self.y for item in conflict.items):
                self.model.add_bool_or([self.y[item].negated() for item in conflict.items])
        self.tiers = self._tier_terms()
        self.objectives: list[list[int]] = []
        self.slack_best: dict[int, int] = {}
        self.witnesses: list[Choice] = []

    def _limit_terms(self) -> list[list[tuple[Any, int]]]:
        """For each limit what counts against it."""
        terms: list[list[tuple[Any, int]]] = [[] for _ in self.problem.limits]
        for decision, row in zip(self.problem.decisions, self.x, strict=True):
            for option, variable in zip(decision.options, row, strict=True):
                for index, amount in option.uses:
                    terms[index].append((variable, amount))
        for item, variable in self.y.items():
            for index, amount in self.problem.items[item].uses:
                terms[index].append((variable, amount))
        return terms

    def _post_limits(self, capacities: Capacities) -> None:
        for limit, parts in zip(self.problem.limits, self._limit_terms(), strict=True):
            if parts:
                self.model.add(_weighted(parts) <= capacities[limit.capacity])

    def _tier_terms(self) -> list[tuple[list[tuple[Any, int]], int]]:
        """Terms and offset of each tier, then of the canonical order: one tier a decision, its option's rank."""
        tiers: list[tuple[list[tuple[Any, int]], int]] = []
        for tier in range(len(self.problem.tiers)):
            parts: list[tuple[Any, int]] = []
            offset = 0
            for decision, row in zip(self.problem.decisions, self.x, strict=True):
                # Exactly one option is chosen: measuring from the least keeps coefficients small.
                least = min(option.scores[tier] for option in decision.options)
                offset += least
                parts += [
                    (variable, option.scores[tier] - least)
                    for option, variable in zip(decision.options, row, strict=True)
                    if option.scores[tier] != least
                ]
            parts += [
                (variable, self.problem.items[item].scores[tier])
                for item, variable in self.y.items()
                if self.problem.items[item].scores[tier]
            ]
            tiers.append((parts, offset))
        return tiers + [([(variable, rank) for rank, variable in enumerate(row) if rank], 0) for row in self.x]

    def bound_tiers(self) -> bool:
        """Fix the bounds of tiers with `within`, then plan the objectives; False when nothing is feasible."""
        for index, tier in enumerate(self.problem.tiers):
            if tier.within:
                parts, offset = self.tiers[index]
                self.model.minimize(_weighted(parts))
                values = self._solve(self.model)
                if values is None:
                    return False
                best = self.slack_best[index] = _value(parts, values) + offset
                self.witnesses.append(self.choice_of(values))
                self.model.add(_weighted(parts) <= allowed(best, tier.within) - offset)
        # Tiers are packed by mixed radix while the weighted sum stays small; what is left waits for the next objective.
        group: list[int] = []
        span = 1
        for index, (parts, _) in enumerate(self.tiers):
            # A tier with slack is a bound, not an objective: what is preferred within it the next tiers say.
            if not parts or (index < len(self.problem.tiers) and self.problem.tiers[index].within):
                continue
            width = _span(parts) + 1
            if group and span * width > _PACK_LIMIT:
                self.objectives.append(group)
                group, span = [], 1
            group.append(index)
            span *= width
        if group:
            self.objectives.append(group)
        return True

    def next_best(self) -> Choice | None:
        """The best choice that is left, or None when there is none."""
        # Bounds that hold earlier objectives at their best while later ones are decided live in a copy.
        model: Any = self.model.clone() if len(self.objectives) > 1 else self.model
        values: dict[int, int] | None = None
        for group in self.objectives or [[]]:
            combined: list[tuple[Any, int]] = []
            weight = 1
            for index in reversed(group):
                parts, _ = self.tiers[index]
                combined += [(variable, amount * weight) for variable, amount in parts]
                weight *= _span(parts) + 1
            model.clear_objective()
            if combined:
                model.minimize(_weighted(combined))
            values = self._solve(model)
            if values is None:
                return None
            if model is not self.model:
                model.add(_weighted(combined) <= _value(combined, values))
        assert values is not None
        return self.choice_of(values)

    def choice_of(self, values: dict[int, int]) -> Choice:
        """The options that the values choose."""
        return tuple(next(o for o, v in enumerate(row) if values[v.index]) for row in self.x)

    def least(self, name: str) -> dict[int, int] | None:
        """Values at which the most that any limit of a capacity uses is least."""
        terms = self._limit_terms()
        mine = [parts for limit, parts in zip(self.problem.limits, terms, strict=True) if limit.capacity == name]
        most = self.model.new_int_var(0, max((_span(parts) for parts in mine), default=0), "most")
        for parts in mine:
            self.model.add(_weighted(parts) <= most)
        self.model.minimize(most)
        return self._solve(self.model)

    def forbid_groups(self, groups: Sequence[str]) -> None:
        """Ask for a different model in at least one decision from now on."""
        same = [
            [v for option, v in zip(decision.options, row, strict=True) if option.group == group]
            for decision, row, group in zip(self.problem.decisions, self.x, groups, strict=True)
        ]
        self.model.add(sum(v for row in same for v in row) <= len(same) - 1)

    def _solve(self, model: Any) -> dict[int, int] | None:
        """Values of all variables at the optimum, or None when infeasible (confirmed)."""
        status, solver = self._run(model, presolve=False)
        if status == cp_model.INFEASIBLE:
            status, solver = self._run(model, presolve=True)
            if status == cp_model.INFEASIBLE:
                return None
        if status != cp_model.OPTIMAL:
            raise UndecidedError
        variables = [*(v for row in self.x for v in row), *self.y.values()]
        return {variable.index: int(solver.boolean_value(variable)) for variable in variables}

    def _run(self, model: Any, *, presolve: bool) -> tuple[Any, Any]:
        self.solves += 1
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = self.settings.seed
        parameters.cp_model_presolve = presolve
        parameters.max_deterministic_time = self.settings.deterministic_time
        parameters.max_time_in_seconds = self.settings.wall_seconds
        return solver.solve(model), solver


def _weighted(parts: Sequence[tuple[Any, int]]) -> Any:
    return cp_model.LinearExpr.weighted_sum([v for v, _ in parts], [a for _, a in parts])


def _value(parts: Sequence[tuple[Any, int]], values: dict[int, int]) -> int:
    return sum(amount * values[variable.index] for variable, amount in parts)


def _span(parts: Sequence[tuple[Any, int]]) -> int:
    """An upper bound on what the parts can add up to."""
    return sum(amount for _, amount in parts)
