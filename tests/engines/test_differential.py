"""Three engines that share no search and one definition: they must agree on every random small problem."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
from problems import brute_force, random_problem

from rigfit.engines import Status, get_engine
from rigfit.engines.cpsat import CpSat
from rigfit.problem import Decision, Item, Limit, Option, Problem, Tier, restrict
from rigfit.rank import rank

COUNT = 2_000
BLOCK = 250


def agree(seed: int, k: int) -> None:
    """CP-SAT with and without reduction, python-constraint2 with and without, and the brute force say the same."""
    problem, capacities = random_problem(seed)
    expected = brute_force(problem, capacities, k)
    verdict = Status.OPTIMAL if expected else Status.INFEASIBLE
    for engine, reduction in itertools.product(("cpsat", "exhaustive"), (True, False)):
        outcome = rank(problem, capacities, k, engine=engine, reduction=reduction)
        said = f"seed {seed}, k={k}, {engine}, reduction {reduction}"
        assert outcome.status is verdict, said
        assert list(outcome.choices) == expected, said


@pytest.mark.parametrize("first", range(0, COUNT, BLOCK))
def test_engines_agree_on_random_problems(first: int) -> None:
    for seed in range(first, first + BLOCK):
        agree(seed, 1 + seed % 4)


@pytest.mark.slow
@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_engines_agree_for_every_k(k: int) -> None:
    for seed in range(50_000, 52_000):
        agree(seed, k)


def test_engines_agree_when_any_tier_has_slack() -> None:
    for seed in range(9_000, 9_200):
        problem, capacities = random_problem(seed, tiers=3)
        rng = random.Random(seed)
        tiers = tuple(Tier(t.key, rng.choice((0, 0, 100, 400))) for t in problem.tiers)
        problem = Problem(problem.decisions, problem.items, problem.limits, problem.conflicts, tiers, problem.refusals)
        expected = brute_force(problem, capacities, 3)
        for engine, reduction in itertools.product(("cpsat", "exhaustive"), (True, False)):
            outcome = rank(problem, capacities, 3, engine=engine, reduction=reduction)
            assert list(outcome.choices) == expected, (seed, engine, reduction)


def test_the_best_k_begin_with_the_best_fewer() -> None:
    for seed in range(100, 160):
        problem, capacities = random_problem(seed)
        answers = [list(rank(problem, capacities, k).choices) for k in range(1, 5)]
        for shorter, longer in itertools.pairwise(answers):
            assert longer[: len(shorter)] == shorter, seed


def test_objectives_too_large_to_pack_are_decided_one_after_another() -> None:
    # Coefficients near 2**40 make the packed sum overflow, so several solves decide what one would.
    scale = 2**40
    for seed in range(3_000, 3_060):
        small, capacities = random_problem(seed, tiers=3, slack=bool(seed % 2))
        decisions = tuple(
            type(d)(
                d.key,
                tuple(
                    type(o)(o.key, o.group, tuple(s * scale for s in o.scores), o.uses, o.items, o.refusals)
                    for o in d.options
                ),
            )
            for d in small.decisions
        )
        items = tuple(type(i)(i.key, tuple(s * scale for s in i.scores), i.uses) for i in small.items)
        problem = Problem(decisions, items, small.limits, small.conflicts, small.tiers, small.refusals)
        assert list(CpSat().best(problem, capacities, 3).choices) == brute_force(problem, capacities, 3), seed


# -- the generator itself: a test of nothing proves nothing ---------------------------------------------------------


def without_conflicts(problem: Problem) -> Problem:
    return Problem(problem.decisions, problem.items, problem.limits, (), problem.tiers, problem.refusals)


def without_sharing(problem: Problem) -> Problem:
    """Every use of an item paid for by each option that uses it."""
    decisions = []
    for decision in problem.decisions:
        options = []
        for option in decision.options:
            items = [problem.items[i] for i in option.items]
            scores = tuple(s + sum(i.scores[t] for i in items) for t, s in enumerate(option.scores))
            uses = option.uses + tuple(u for i in items for u in i.uses)
            options.append(type(option)(option.key, option.group, scores, uses, (), option.refusals))
        decisions.append(type(decision)(decision.key, tuple(options)))
    return Problem(tuple(decisions), (), problem.limits, (), problem.tiers, problem.refusals)


def without_slack(problem: Problem) -> Problem:
    tiers = tuple(type(t)(t.key, 0) for t in problem.tiers)
    return Problem(problem.decisions, problem.items, problem.limits, problem.conflicts, tiers, problem.refusals)


def test_the_generator_covers_what_it_should() -> None:
    count = 600
    seen = dict.fromkeys(
        ("infeasible", "conflicts bind", "sharing decides", "slack decides", "refused", "several", "short"), 0
    )
    for seed in range(count):
        problem, capacities = random_problem(seed)
        best = brute_force(problem, capacities, 4)
        seen["infeasible"] += not best
        seen["conflicts bind"] += best != brute_force(without_conflicts(problem), capacities, 4)
        plain = without_conflicts(problem)
        seen["sharing decides"] += brute_force(plain, capacities, 4) != brute_force(
            without_sharing(plain), capacities, 4
        )
        seen["slack decides"] += best != brute_force(without_slack(problem), capacities, 4)
        seen["refused"] += any(option.refusals for decision in problem.decisions for option in decision.options)
        seen["several"] += len(problem.decisions) > 1
        seen["short"] += 0 < len(best) < 4
    share = {name: amount / count for name, amount in seen.items()}
    assert 0.10 <= share["infeasible"] <= 0.60, share
    assert share["conflicts bind"] >= 0.05, share
    assert share["sharing decides"] >= 0.05, share
    assert share["slack decides"] >= 0.03, share
    assert 0.2 <= share["refused"] <= 0.95, share
    assert share["several"] >= 0.5, share
    assert share["short"] >= 0.1, share


def test_limits_bind_sometimes_and_not_always() -> None:
    binding = 0
    for seed in range(300):
        problem, capacities = random_problem(seed)
        loose = dict.fromkeys(capacities, 10**6)
        binding += brute_force(problem, capacities, 1) != brute_force(problem, loose, 1)
    assert 60 <= binding <= 270


def test_a_wrong_engine_would_be_noticed() -> None:
    # Dropping the last option of every decision changes enough answers that such a fault could not hide.
    changed = 0
    for seed in range(300):
        problem, capacities = random_problem(seed)
        keep = [range(max(1, len(d.options) - 1)) for d in problem.decisions]
        choices = get_engine("exhaustive").best(restrict(problem, keep), capacities, 2).choices
        changed += list(choices) != brute_force(problem, capacities, 2)
    assert changed >= 60


# -- a wrong proof of the solver ------------------------------------------------------------------------------------


def saved(name: str) -> tuple[Problem, dict[str, int]]:
    """A problem kept as a file: what is not said there (keys, rules) plays no part in solving."""
    data = json.loads((Path(__file__).parent / "fixtures" / name).read_text(encoding="utf-8"))

    def pairs(uses: list[list[int]]) -> tuple[tuple[int, int], ...]:
        return tuple((limit, amount) for limit, amount in uses)

    decisions = tuple(
        Decision(
            f"d{d}",
            tuple(
                Option(f"o{o}", x["group"], tuple(x["scores"]), pairs(x["uses"]), tuple(x["items"]))
                for o, x in enumerate(row)
            ),
        )
        for d, row in enumerate(data["decisions"])
    )
    items = tuple(Item(f"i{i}", tuple(x["scores"]), pairs(x["uses"])) for i, x in enumerate(data["items"]))
    limits = tuple(Limit(key, capacity, "rule", "machine") for key, capacity in data["limits"])
    return Problem(decisions, items, limits, (), tuple(Tier(key) for key in data["tiers"])), data["capacities"]


def test_a_presolve_of_the_solver_that_loses_the_optimum_does_not_decide() -> None:
    """On this problem ortools 9.15, left to itself, proves a choice optimal that is not (google/or-tools#5293)."""
    problem, capacities = saved("presolve_loses_the_optimum.json")
    expected = brute_force(problem, capacities, 3)
    for engine, reduction in itertools.product(("cpsat", "exhaustive"), (True, False)):
        assert list(rank(problem, capacities, 3, engine=engine, reduction=reduction).choices) == expected


def in_bytes(seed: int) -> tuple[Problem, dict[str, int]]:
    """A random problem with uses and capacities as large as bytes are, and limits that nothing reaches."""
    small, capacities = random_problem(seed, tiers=3, slack=False)
    rng = random.Random(seed)

    def large(uses: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        return tuple((limit, amount * 10**9 + rng.randrange(10**9)) for limit, amount in uses)

    decisions = tuple(
        Decision(
            d.key,
            tuple(
                Option(o.key, o.group, tuple(s * 1000 for s in o.scores), large(o.uses), o.items, o.refusals)
                for o in d.options
            ),
        )
        for d in small.decisions
    )
    items = tuple(Item(i.key, i.scores, large(i.uses)) for i in small.items)
    limits = (*small.limits[:-1], Limit("policy", "unbounded", "policy", "policy"))
    scaled = {name: amount * 10**9 for name, amount in capacities.items()}
    problem = Problem(decisions, items, limits, small.conflicts, small.tiers, small.refusals)
    return problem, {**scaled, "unbounded": 2**60}


@pytest.mark.parametrize("first", [0, 200])
def test_engines_agree_on_amounts_as_large_as_bytes(first: int) -> None:
    for seed in range(20_000 + first, 20_200 + first):
        problem, capacities = in_bytes(seed)
        expected = brute_force(problem, capacities, 2)
        for reduction in (True, False):
            assert list(rank(problem, capacities, 2, reduction=reduction).choices) == expected, (seed, reduction)
