"""What engines promise besides the right answer: polite refusals, honest budgets, checked choices."""

from __future__ import annotations

import pytest
from problems import brute_force

from rigfit.engines import Outcome, Status, get_engine
from rigfit.engines.cpsat import CpSat, Settings
from rigfit.engines.exhaustive import MAX_COMBINATIONS, Exhaustive
from rigfit.errors import TooLargeError
from rigfit.problem import Conflict, Decision, Item, Limit, Option, Problem, Refusal, Tier, allowed
from rigfit.rank import rank

VRAM = Limit("vram.0", "vram.0", "memory.vram", "machine")


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"o{i}", f"g{i}", (i,), ((0, i),)) for i in range(count))


def hard(decisions: int = 18, width: int = 18) -> tuple[Problem, dict[str, int]]:
    """Many decisions drawing on one limit: a knapsack that no tiny budget decides."""
    rows = tuple(
        Decision(
            f"d{d}",
            tuple(
                Option(f"o{o}", f"g{o}", (-((d * 37 + o * o * 11) % 101),), ((0, 17 + (d * 53 + o * 29) % 97),))
                for o in range(width)
            ),
        )
        for d in range(decisions)
    )
    return Problem(rows, (), (VRAM,), (), (Tier("value"),)), {"vram.0": 17 * decisions + 40 * decisions}


def test_exhaustive_refuses_politely_when_there_is_too_much() -> None:
    side = 150
    assert side**3 > MAX_COMBINATIONS
    problem = Problem(tuple(Decision(f"d{d}", options(side)) for d in range(3)), (), (VRAM,), (), (Tier("value"),))
    with pytest.raises(TooLargeError, match=r"3,375,000 combinations.*--engine cpsat"):
        Exhaustive().best(problem, {"vram.0": 10**6}, 1)


def test_exhaustive_counts_only_what_may_be_chosen() -> None:
    refusal = Refusal("rule.no", "x", "policy")
    refused = tuple(Option(f"r{i}", "g", (0,), refusals=(0,)) for i in range(3_000))
    decisions = tuple(Decision(f"d{d}", (*refused, *options(2))) for d in range(3))
    problem = Problem(decisions, (), (VRAM,), (), (Tier("value"),), (refusal,))
    outcome = Exhaustive().best(problem, {"vram.0": 10}, 1)
    assert outcome.choices == ((3_000, 3_000, 3_000),)
    assert outcome.stats["combinations"] == 8


def test_a_tiny_budget_is_undecided_and_never_infeasible() -> None:
    problem, capacities = hard()
    outcome = CpSat(Settings(deterministic_time=1e-9)).best(problem, capacities, 3)
    assert outcome.status is Status.UNDECIDED
    assert outcome.choices == ()


def test_what_was_proved_before_the_budget_ran_out_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from ortools.sat.python import cp_model

    problem, capacities = hard(3, 5)
    full = CpSat().best(problem, capacities, 4)
    assert len(full.choices) >= 2
    solve = cp_model.CpSolver.solve
    calls = 0

    def solve_once(self: cp_model.CpSolver, *args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        return solve(self, *args, **more) if calls == 1 else cp_model.UNKNOWN

    monkeypatch.setattr(cp_model.CpSolver, "solve", solve_once)
    outcome = CpSat().best(problem, capacities, 4)
    assert calls >= 2
    assert outcome.status is Status.UNDECIDED
    assert outcome.choices == full.choices[:1]


@pytest.mark.parametrize("engine", ["cpsat", "exhaustive"])
def test_a_decision_without_options_is_infeasible(engine: str) -> None:
    problem = Problem((Decision("d", ()), Decision("e", options(2))), (), (VRAM,), (), (Tier("value"),))
    for reduction in (True, False):
        outcome = rank(problem, {"vram.0": 5}, 2, engine=engine, reduction=reduction)
        assert outcome.status is Status.INFEASIBLE
        assert outcome.choices == ()


@pytest.mark.parametrize("engine", ["cpsat", "exhaustive"])
def test_a_problem_without_tiers_ends_in_the_canonical_order(engine: str) -> None:
    rows = tuple(Option(f"o{i}", f"g{i}", (), ((0, 5 - i),)) for i in range(4))
    problem = Problem((Decision("d", rows),), (), (VRAM,), (), ())
    for reduction in (True, False):
        assert rank(problem, {"vram.0": 4}, 9, engine=engine, reduction=reduction).choices == ((1,), (2,), (3,))


@pytest.mark.parametrize("engine", ["cpsat", "exhaustive"])
def test_choices_differ_in_groups_and_keep_the_better_of_each(engine: str) -> None:
    rows = tuple(Option(f"o{i}", group, (i,)) for i, group in enumerate("aabbc"))
    problem = Problem((Decision("d", rows),), (), (), (), (Tier("value"),))
    assert rank(problem, {}, 5, engine=engine).choices == ((0,), (2,), (4,))


@pytest.mark.parametrize("engine", ["cpsat", "exhaustive"])
def test_shared_items_are_paid_for_once(engine: str) -> None:
    # Alone "own" is cheaper in each task; the shared file makes "common" cheaper for both together.
    items = (Item("t5", (5,), ((0, 5),)), Item("own0", (4,), ((0, 4),)), Item("own1", (4,), ((0, 4),)))
    decisions = tuple(
        Decision(f"d{d}", (Option("own", "own", (0,), items=(1 + d,)), Option("common", "common", (0,), items=(0,))))
        for d in range(2)
    )
    disk = Limit("disk", "disk", "memory.disk", "machine")
    problem = Problem(decisions, items, (disk,), (), (Tier("download"),))
    assert rank(problem, {"disk": 100}, 1, engine=engine).choices == ((1, 1),)
    assert problem.scores((1, 1)) == (5,)
    assert problem.usage((1, 1)) == [5]
    assert rank(problem, {"disk": 5}, 3, engine=engine).choices == ((1, 1),)
    assert rank(problem, {"disk": 4}, 3, engine=engine).status is Status.INFEASIBLE


@pytest.mark.parametrize("engine", ["cpsat", "exhaustive"])
def test_capacities_are_inclusive(engine: str) -> None:
    problem = Problem((Decision("d", (Option("o", "g", (0,), ((0, 7),)),)),), (), (VRAM,), (), (Tier("value"),))
    assert rank(problem, {"vram.0": 7}, 1, engine=engine).status is Status.OPTIMAL
    assert rank(problem, {"vram.0": 6}, 1, engine=engine).status is Status.INFEASIBLE


def test_violations_of_a_choice_are_found() -> None:
    items = (Item("a", (0,)), Item("b", (0,), ((0, 3),)))
    decisions = (
        Decision("d", (Option("fine", "g", (0,), ((0, 2),)), Option("refused", "g", (0,), refusals=(0,)))),
        Decision("e", (Option("a", "g", (0,), items=(0,)), Option("ab", "g", (0,), ((0, 1),), items=(0, 1)))),
    )
    problem = Problem(
        decisions,
        items,
        (VRAM,),
        (Conflict((0, 1), "node.conflict", "nobody"),),
        (Tier("value"),),
        (Refusal("rule.no", "x", "policy"),),
    )
    assert problem.violations((0, 0), {"vram.0": 2}) == []
    assert problem.violations((0, 0), {"vram.0": 1}) == ["limit vram.0: 2 > 1"]
    assert problem.violations((1, 0), {"vram.0": 1}) == ["refused: refused"]
    assert problem.violations((0, 1), {"vram.0": 5}) == ["limit vram.0: 6 > 5", "conflict node.conflict"]
    assert problem.violations((0, 1), {"vram.0": 6}) == ["conflict node.conflict"]


def test_a_wrong_choice_of_the_solver_is_a_fault_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from rigfit.engines import cpsat

    problem = Problem((Decision("d", options(3)),), (), (VRAM,), (), (Tier("value"),))
    monkeypatch.setattr(cpsat._Model, "next_best", lambda _: (2,))
    with pytest.raises(AssertionError, match=r"limit vram\.0: 2 > 1"):
        CpSat().best(problem, {"vram.0": 1}, 1)


@pytest.mark.parametrize(("best", "within", "bound"), [(-1000, 100, -900), (1000, 100, 1100), (0, 300, 0), (-5, 0, -5)])
def test_within_is_a_share_of_the_best(best: int, within: int, bound: int) -> None:
    assert allowed(best, within) == bound


def test_the_same_seed_gives_the_same_outcome() -> None:
    problem, capacities = hard(4, 6)
    first: Outcome = rank(problem, capacities, 4)
    assert first.choices == rank(problem, capacities, 4).choices
    assert list(first.choices) == brute_force(problem, capacities, 4)


def test_unknown_engines_are_named() -> None:
    with pytest.raises(KeyError, match="gurobi"):
        get_engine("gurobi")


def test_a_tie_is_decided_by_the_canonical_order_however_large_the_scores() -> None:
    # Real scores of three answers. Packed into one objective they exceed what floating point tells apart, and the
    # solver then took the later of the two equal ones.
    best = (-98500, 0, 2, 100, 10991, 0, 306248, 10991, 17173)
    equal = (-97000, 0, 2, 100, 6680, 0, 306248, 6680, 12862)
    options = (Option("a", "a", equal), Option("b", "b", equal), Option("c", "c", best))
    tiers = tuple(Tier(f"t{number}") for number in range(9))
    problem = Problem((Decision("d", options), Decision("e", (Option("x", "x", (0,) * 9),))), (), (), (), tiers)
    for engine in ("cpsat", "exhaustive"):
        assert rank(problem, {}, 3, engine=engine).choices == ((2, 0), (0, 0), (1, 0))
