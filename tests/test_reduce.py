"""Reduction is exact: with it and without it the k best answers are the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import brute_force, random_problem

from rigfit.problem import Conflict, Decision, Item, Limit, Option, Problem, Tier
from rigfit.rank import rank
from rigfit.reduce import reduce

seeds = st.integers(min_value=0, max_value=2**32 - 1)


@settings(max_examples=300)
@given(seed=seeds, k=st.integers(1, 5))
def test_the_k_best_survive(seed: int, k: int) -> None:
    problem, capacities = random_problem(seed)
    reduced = reduce(problem, capacities, k)
    back = [reduced.original(choice) for choice in brute_force(reduced.problem, capacities, k)]
    assert back == brute_force(problem, capacities, k)


@settings(max_examples=150)
@given(seed=seeds, k=st.integers(1, 4), wanted=st.integers(1, 4))
def test_the_k_best_survive_with_slack_on_any_tier(seed: int, k: int, wanted: int) -> None:
    problem, capacities = random_problem(seed, tiers=3)
    rng = random.Random(seed)
    tiers = tuple(Tier(t.key, rng.choice((0, 0, 50, 200, 999))) for t in problem.tiers)
    problem = Problem(problem.decisions, problem.items, problem.limits, problem.conflicts, tiers, problem.refusals)
    capacities = {name: amount * wanted for name, amount in capacities.items()}
    reduced = reduce(problem, capacities, k)
    back = [reduced.original(choice) for choice in brute_force(reduced.problem, capacities, k)]
    assert back == brute_force(problem, capacities, k)


@settings(max_examples=100)
@given(seed=seeds, first=st.integers(1, 30), second=st.integers(1, 30))
def test_what_was_prepared_for_one_capacity_does_not_leak_into_another(seed: int, first: int, second: int) -> None:
    problem, capacities = random_problem(seed)
    for amount in (first, second, first):
        at = dict.fromkeys(capacities, amount)
        reduced = reduce(problem, at, 2)
        back = [reduced.original(choice) for choice in brute_force(reduced.problem, at, 2)]
        assert back == brute_force(problem, at, 2)


def larger(seed: int) -> tuple[Problem, dict[str, int]]:
    """Two to four decisions of 40 options in eight groups, with shared files, conflicts and three kinds of limits."""
    rng = random.Random(seed)
    n = rng.randint(2, 4)
    limits = [Limit(f"vram.{d}", "vram", "memory.vram", "machine") for d in range(n)]
    limits += [Limit("ram", "ram", "memory.ram", "machine"), Limit("disk", "disk", "memory.disk", "machine")]
    items = [Item(f"file{i}", (0, rng.randint(0, 9)), ((n + 1, rng.randint(0, 9)),)) for i in range(20)]
    decisions = []
    for d in range(n):
        options = []
        for o in range(40):
            uses = ((d, rng.randint(1, 12)), (n, rng.randint(0, 8)))
            scores = (-rng.randint(50, 70), rng.randint(0, 3))
            options.append(
                Option(f"o{o:02d}", f"g{o % 8}", scores, uses, tuple(sorted(rng.sample(range(20), rng.randint(0, 3)))))
            )
        decisions.append(Decision(f"d{d}", tuple(options)))
    pairs = {tuple(sorted(rng.sample(range(20), 2))) for _ in range(4)}
    conflicts = tuple(Conflict((a, b), "node.conflict", "nobody") for a, b in sorted(pairs))
    tiers = (Tier("value", rng.choice((0, 0, 80))), Tier("download"))
    capacities = {"vram": rng.randint(4, 12), "ram": rng.randint(4, 20), "disk": rng.randint(8, 40)}
    return Problem(tuple(decisions), tuple(items), tuple(limits), conflicts, tiers), capacities


@pytest.mark.parametrize("seed", range(12))
def test_larger_problems_with_and_without_reduction(seed: int) -> None:
    problem, capacities = larger(seed)
    short, full = rank(problem, capacities, 3), rank(problem, capacities, 3, reduction=False)
    assert short.status is full.status
    assert short.choices == full.choices


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 72))
def test_many_larger_problems_with_and_without_reduction(seed: int) -> None:
    test_larger_problems_with_and_without_reduction(seed)


def test_reduction_does_reduce() -> None:
    # Where it dropped nothing, all the tests above would pass for nothing.
    before = after = 0
    for seed in range(12):
        problem, capacities = larger(seed)
        before += sum(len(d.options) for d in problem.decisions)
        after += sum(len(kept) for kept in reduce(problem, capacities, 3).keep)
    assert after < before // 2


def test_what_does_not_fit_by_itself_goes() -> None:
    limit = Limit("vram", "vram", "memory.vram", "machine")
    rows = (Option("large", "g", (-9,), ((0, 9),)), Option("small", "h", (-1,), ((0, 1),)))
    reduced = reduce(Problem((Decision("d", rows),), (), (limit,), (), (Tier("value"),)), {"vram": 5}, 2)
    assert reduced.keep == ((1,),)
    assert reduced.original((0,)) == (1,)


def test_an_option_whose_file_another_task_may_pay_for_stays() -> None:
    # By itself "shared" is the dearer way to group g; beside the second task it costs nothing more.
    items = (Item("t5", (9,)), Item("mine", (1,)))
    decisions = (
        Decision("d", (Option("mine", "g", (0,), items=(1,)), Option("shared", "g", (0,), items=(0,)))),
        Decision("e", (Option("needs", "h", (0,), items=(0,)),)),
    )
    problem = Problem(decisions, items, (), (), (Tier("download"),))
    assert rank(problem, {}, 1).choices == ((1, 0),)
