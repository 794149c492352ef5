"""python-constraint2: an independent second opinion for small problems; it enumerates what CP-SAT proves."""

from __future__ import annotations

from math import prod
from typing import Final

from rigfit.engines.base import Outcome, Status
from rigfit.errors import TooLargeError
from rigfit.problem import Capacities, Choice, Problem, allowed

MAX_COMBINATIONS: Final = 2_000_000


class Exhaustive:
    """Lists every feasible choice with python-constraint2 and sorts them."""

    def best(self, problem: Problem, capacities: Capacities, k: int) -> Outcome:
        """See `Engine.best`.

        Raises:
            TooLargeError: when the combinations are too many to list.
        """
        domains = [
            [index for index, option in enumerate(decision.options) if not option.refusals]
            for decision in problem.decisions
        ]
        combinations = prod(len(domain) for domain in domains)
        if combinations > MAX_COMBINATIONS:
            raise TooLargeError(
                f"{combinations:,} combinations are too many to list (at most {MAX_COMBINATIONS:,}): "
                "use --engine cpsat, or narrow the request with models or --runtime"
            )
        if not combinations:
            return Outcome(Status.INFEASIBLE, stats={"combinations": 0})
        feasible = self._feasible(problem, capacities, domains)
        slack_best: dict[int, int] = {}
        witnesses: list[Choice] = []
        for tier, level in enumerate(problem.tiers):
            if level.within and feasible:
                slack_best[tier], witness = min((scores[tier], choice) for scores, choice in feasible)
                witnesses.append(witness)
                bound = allowed(slack_best[tier], level.within)
                feasible = [(scores, choice) for scores, choice in feasible if scores[tier] <= bound]
        loose = {index for index, level in enumerate(problem.tiers) if level.within}
        feasible.sort(key=lambda found: (tuple(s for i, s in enumerate(found[0]) if i not in loose), found[1]))
        seen: set[tuple[str, ...]] = set()
        best: list[Choice] = []
        for _, choice in feasible:
            if len(best) == k:
                break
            if (groups := problem.groups(choice)) not in seen:
                seen.add(groups)
                best.append(choice)
        status = Status.OPTIMAL if best else Status.INFEASIBLE
        return Outcome(status, tuple(best), {"combinations": combinations}, slack_best, tuple(witnesses))

    @staticmethod
    def _feasible(
        problem: Problem, capacities: Capacities, domains: list[list[int]]
    ) -> list[tuple[tuple[int, ...], Choice]]:
        """Every choice without a violation, with its scores."""
        from constraint import Problem as Csp

        csp = Csp()
        names = list(range(len(domains)))
        for name, domain in zip(names, domains, strict=True):
            csp.addVariable(name, domain)
        # One constraint over all decisions, decided by the same plain arithmetic that re-checks CP-SAT's answers.
        csp.addConstraint(lambda *choice: not problem.violations(choice, capacities), names)
        solutions = [tuple(solution[name] for name in names) for solution in csp.getSolutions()]
        return [(problem.scores(choice), choice) for choice in sorted(solutions)]
