"""Boxes on random problems: what a box holds is what solving afresh gives, and what plain brute force gives."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import brute_force, random_problem

from rigfit.engines import Outcome, Status
from rigfit.problem import Problem, Tier
from rigfit.rank import rank
from rigfit.whatif.boxes import Boxes, Point
from rigfit.whatif.proofs import Proofs, uses


def proofs_of(problem: Problem, names: list[str], k: int) -> Proofs:
    return Proofs(problem, names, lambda point: rank(problem, dict(zip(names, point, strict=True)), k))


def compare(seed: int, points: int, k: int, *, slack_anywhere: bool = False) -> int:
    """Random points of one random problem; returns how many solves they took."""
    problem, capacities = random_problem(seed)
    rng = random.Random(seed)
    if slack_anywhere:
        problem = replace(problem, tiers=tuple(Tier(t.key, rng.choice((0, 50, 300))) for t in problem.tiers))
    names = sorted(capacities)
    at = [tuple(rng.randint(0, 30) for _ in names) for _ in range(points)]
    proofs = proofs_of(problem, names, k)
    found = proofs.resolve(at)
    for point, number in zip(at, found.tolist(), strict=True):
        outcome = proofs.outcomes[number]
        expected = brute_force(problem, dict(zip(names, point, strict=True)), k)
        assert list(outcome.choices) == expected
        assert outcome.status is (Status.OPTIMAL if expected else Status.INFEASIBLE)
    return proofs.solves


def test_every_point_has_the_answer_of_a_fresh_solve() -> None:
    solves = [compare(seed, 15, 1 + seed % 3) for seed in range(10)]
    assert sum(solves) < 10 * 15  # some came from boxes


def test_a_tier_with_slack_holds_its_bar_wherever_it_stands() -> None:
    for seed in range(8):
        compare(seed, 12, 2, slack_anywhere=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(130))
def test_thousands_of_points_on_random_problems(seed: int) -> None:
    compare(seed, 25, 1 + seed % 4, slack_anywhere=seed % 2 == 1)


def test_the_best_of_a_tier_with_slack_may_need_more_than_the_answer() -> None:
    # Found by search: below what the witness needs the bar drops, and a box without it would be wrong.
    for seed in range(400):
        problem, capacities = random_problem(seed, tiers=2, slack=True)
        outcome = rank(problem, capacities, 1)
        if not outcome.choices:
            continue
        low = uses(problem, outcome.choices[0])
        fewer = {name: low.get(name, 0) for name in capacities}
        if rank(problem, fewer, 1).choices != outcome.choices:
            needed = proofs_of(problem, sorted(capacities), 1).at(tuple(capacities[n] for n in sorted(capacities)))[1]
            assert any(need > fewer[name] for name, need in zip(sorted(capacities), needed, strict=True))
            return
    pytest.fail("no such problem among these")


def test_what_is_undecided_is_never_kept() -> None:
    problem, capacities = random_problem(3)
    names = sorted(capacities)
    asked: list[Point] = []

    def solve(point: Point) -> Outcome:
        asked.append(point)
        return Outcome(Status.UNDECIDED)

    proofs = Proofs(problem, names, solve)
    point = tuple(9 for _ in names)
    assert proofs.at(point)[1] == point
    proofs.at(point)
    assert len(asked) == 2
    assert len(proofs.boxes) == 0
    assert proofs.resolve([point, point]).tolist() == [2, 3]


corners = st.tuples(st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=60)
@given(boxes=st.lists(st.tuples(corners, corners), max_size=8), points=st.lists(corners, max_size=12))
def test_lookup_finds_the_first_box_that_holds_a_point(boxes, points) -> None:
    known = Boxes(2)
    for number, (low, high) in enumerate(boxes):
        known.add(low, high, 100 + number)
    expected = [
        next(
            (
                100 + n
                for n, (low, high) in enumerate(boxes)
                if all(a <= p <= b for a, p, b in zip(low, point, high, strict=True))
            ),
            -1,
        )
        for point in points
    ]
    assert known.lookup(np.array(points, dtype=np.int64).reshape(-1, 2)).tolist() == expected
    one_by_one = [known.find(point) for point in points]
    assert [-1 if found is None else found[0] for found in one_by_one] == expected
