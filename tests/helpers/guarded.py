"""Random guarded problems that are infeasible, and a brute force that answers every question about them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable

from problems import brute_force, random_problem

from rigfit.explain.guards import Guard, Guarded
from rigfit.problem import Decision, Option, Problem, Refusal


def guarded_problem(seed: int) -> Guarded:
    """A random problem whose options are held back by several guards, one guard for each capacity and decision too."""
    rng = random.Random(seed)
    plain, capacities = random_problem(seed, tiers=1, slack=False)
    held = rng.randint(2, 5)
    refusals = tuple(
        Refusal(f"rule.{number}", "x", "policy") for number in range(held + 1)
    )  # the last nobody can change
    decisions = []
    for decision in plain.decisions:
        options = []
        for option in decision.options:
            stopped = {number for number in range(held) if rng.random() < 0.25}
            stopped |= {held} if rng.random() < 0.1 else set()
            options.append(
                Option(option.key, option.group, option.scores, option.uses, option.items, tuple(sorted(stopped)))
            )
        decisions.append(Decision(decision.key, tuple(options)))
    problem = Problem(tuple(decisions), plain.items, plain.limits, plain.conflicts, plain.tiers, refusals)
    guards = [
        Guard(f"held.{number}", "request", rng.randint(1, 4), refusals=frozenset({number})) for number in range(held)
    ]
    guards += [
        Guard(name, "machine", rng.randint(1, 4), capacities=frozenset({name}))
        for name in sorted({limit.capacity for limit in plain.limits})
    ]
    if len(plain.limits) > 2:
        guards.append(Guard("together", "request", rng.randint(1, 4), limits=frozenset({0, 1})))
    guards += [
        Guard(f"task.{number}", "request", rng.randint(3, 9), decisions=frozenset({number}))
        for number in range(len(decisions))
    ]
    tight = {name: amount // rng.randint(1, 3) for name, amount in capacities.items()}
    return Guarded(problem, tight, guards)


def infeasible_problems(count: int, start: int = 0) -> Iterable[Guarded]:
    """So many guarded problems that cannot be solved as they are."""
    found = 0
    for seed in itertools.count(start):
        if found == count:
            return
        guarded = guarded_problem(seed)
        if not truly_feasible(guarded, guarded.all):
            found += 1
            yield guarded


def truly_feasible(guarded: Guarded, kept: Iterable[int], changed: dict[str, int] | None = None) -> bool:
    """Feasibility from the definitions of guards and problems alone."""
    kept = set(kept)
    gone = [guard for number, guard in enumerate(guarded.guards) if number not in kept]
    off = {refusal for guard in gone for refusal in guard.refusals}
    free = {name for guard in gone for name in guard.capacities}
    loose = {limit for guard in gone for limit in guard.limits}
    skipped = {decision for guard in gone for decision in guard.decisions}
    problem = guarded.problem
    decisions = tuple(
        Decision(
            decision.key,
            tuple(
                Option(o.key, o.group, o.scores, o.uses, o.items, tuple(r for r in o.refusals if r not in off))
                for o in decision.options
            ),
        )
        for number, decision in enumerate(problem.decisions)
        if number not in skipped
    )
    limits = tuple(
        type(limit)(
            limit.key, f"free{number}" if number in loose or limit.capacity in free else limit.capacity, "r", "machine"
        )
        for number, limit in enumerate(problem.limits)
    )
    amounts = {**guarded.capacities, **(changed or {}), **{f"free{n}": 10**9 for n in range(len(limits))}}
    left = Problem(decisions, problem.items, limits, problem.conflicts, problem.tiers, problem.refusals)
    return bool(brute_force(left, amounts, 1))
