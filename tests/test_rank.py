"""Ranking: what is decided without an engine is what an engine decides."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from problems import brute_force, random_problem

from rigfit.engines import Status
from rigfit.rank import rank


@settings(max_examples=300)
@given(seed=st.integers(min_value=0, max_value=2**32 - 1))
def test_one_answer_is_the_best_of_all(seed: int) -> None:
    problem, capacities = random_problem(seed)
    outcome = rank(problem, capacities, 1)
    assert list(outcome.choices) == brute_force(problem, capacities, 1)
    assert outcome.status is (Status.OPTIMAL if outcome.choices else Status.INFEASIBLE)


def test_a_handful_of_choices_asks_no_engine_and_gets_its_answer() -> None:
    asked = spared = 0
    for seed in range(150):
        problem, capacities = random_problem(seed)
        one, full = rank(problem, capacities, 1), rank(problem, capacities, 1, reduction=False)
        assert (one.status, one.choices) == (full.status, full.choices), seed
        asked += one.stats["solves"] > 0
        spared += one.stats["solves"] == 0
    assert spared > 100
    assert spared + asked == 150
