"""What another choice costs against a bundle, level by level of the objective."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.dominance import Array
from rigfit.explain.held import Decided
from rigfit.explain.words import compared
from rigfit.problem import Choice, allowed
from rigfit.schema.why import Regret

_UNITS = {
    "value": "centipoints", "net_value": "centipoints", "seconds": "ms", "cascade": "steps", "download": "MiB",
    "disk": "MiB", "vram": "MiB", "runtime": "points",
}  # fmt: skip


def regrets(decided: Decided, number: int, costs: Array, against: Choice | None = None) -> Iterator[Regret]:
    """One for each level of the objective.

    Args:
        decided: the request with its answer.
        number: of the task that differs; its importance is taken out of points.
        costs: (tiers,) what the other choice costs above the bundle.
        against: the bundle; the best one where absent.
    """
    problem, outcome = decided.compiled.problem, decided.outcome
    reached = problem.scores(against or outcome.choices[0])
    importance = decided.prepared.tasks[number].importance
    tiers = problem.tiers
    bounds = {n: allowed(best, tiers[n].within) for n, best in outcome.slack_best.items()}
    beyond = next((n for n, bound in bounds.items() if reached[n] + costs[n] > bound), None)
    first = next((n for n, tier in enumerate(tiers) if not tier.within and costs[n]), None)
    decides = first if beyond is None else beyond
    for at, tier in enumerate(tiers):
        cost = int(costs[at])
        text = compared(tier.key, -cost, importance) if cost else f"equal in {tier.key.replace('_', ' ')}"
        if at == beyond:
            text += f", and the profile gives up {tier.within / 10:.0f} % of the best at most"
        yield Regret(
            criterion=tier.key, cost=cost, unit=_UNITS.get(tier.key, "count"), decides=at == decides, text=text
        )
