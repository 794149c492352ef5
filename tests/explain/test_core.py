"""Conflicts, give-ups and least amounts on random problems, against brute force and CPMpy."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace

import pytest
from guarded import infeasible_problems, truly_feasible

from rigfit.explain.conflict import conflict, is_minimal
from rigfit.explain.give_ups import give_ups
from rigfit.explain.guards import Guarded

FEW = list(infeasible_problems(100))


def assert_minimal(guarded: Guarded, found: tuple[int, ...]) -> None:
    assert not truly_feasible(guarded, found)
    for one in found:
        assert truly_feasible(guarded, [other for other in found if other != one])


def in_order(guarded: Guarded) -> list[int]:
    return sorted(guarded.all)


def test_conflicts_are_in_conflict_and_minimal() -> None:
    for guarded in FEW:
        found = conflict(guarded, in_order(guarded))
        assert found is not None
        assert_minimal(guarded, found)


def test_what_holds_has_no_conflict() -> None:
    for guarded in FEW[:20]:
        found = conflict(guarded, in_order(guarded))
        assert found
        assert conflict(guarded, found[:-1]) is None


def test_first_guards_are_spoken_of_by_preference() -> None:
    """A guard is in the conflict only where those before it cannot explain it: the last one is needed."""
    for guarded in FEW:
        order = in_order(guarded)
        found = conflict(guarded, order)
        assert found is not None
        position = order.index(found[-1])
        assert truly_feasible(guarded, order[:position])


def test_every_subset_is_answered_as_brute_force_does() -> None:
    for guarded in FEW[:12]:
        for size in range(len(guarded.all) + 1):
            for kept in itertools.islice(itertools.combinations(sorted(guarded.all), size), 6):
                assert guarded.feasible(kept) == truly_feasible(guarded, kept)


def assert_cheapest_minimal_sets(guarded: Guarded) -> set[int]:
    """Returns the guards that are given up."""
    droppable = [number for number in guarded.all if guarded.guards[number].changeable_by != "machine"]
    sets = [
        frozenset(gone)
        for size in range(len(droppable) + 1)
        for gone in itertools.combinations(sorted(droppable), size)
        if guarded.active(guarded.all.difference(gone)) and truly_feasible(guarded, *guarded.without(gone))
    ]
    minimal = [one for one in sets if not any(other < one for other in sets)]
    costs = sorted(sum(guarded.guards[number].cost for number in one) for one in minimal)
    found = give_ups(guarded, droppable, most=3)
    assert all(frozenset(one) in minimal for one in found)
    assert [sum(guarded.guards[number].cost for number in one) for one in found] == costs[:3]
    return {number for one in found for number in one}


def test_give_ups_are_the_cheapest_minimal_sets() -> None:
    for guarded in FEW[:40]:
        assert_cheapest_minimal_sets(guarded)


def test_what_is_given_up_within_bounds_has_to_do_within_them() -> None:
    given_up = 0
    for number, guarded in enumerate(FEW[:40]):
        guards = [
            replace(guard, changeable_by="policy", most=max(guarded.capacities.values()) * (1 + number % 3))
            if guard.capacities
            else guard
            for guard in guarded.guards
        ]
        bounded = Guarded(guarded.problem, guarded.capacities, guards)
        found = assert_cheapest_minimal_sets(bounded)
        given_up += any(bounded.guards[one].most is not None for one in found)
    assert given_up > 10


def test_least_amounts_are_exact() -> None:
    some = 0
    for guarded in FEW:
        for name in sorted({limit.capacity for limit in guarded.problem.limits}):
            least = guarded.least(name)
            if least is None:
                assert not truly_feasible(guarded, guarded.all, {name: 10**6})
                continue
            some += 1
            assert truly_feasible(guarded, guarded.all, {name: least})
            assert not truly_feasible(guarded, guarded.all, {name: least - 1})
    assert some > 15


def test_the_proof_notices_what_is_no_minimal_conflict() -> None:
    for guarded in FEW[:15]:
        found = conflict(guarded, in_order(guarded))
        assert found is not None
        assert is_minimal(guarded, found)
        more = [number for number in sorted(guarded.all) if number not in found]
        assert not is_minimal(guarded, found[1:])
        if more:
            assert not is_minimal(guarded, (*found, more[0]))


def _agrees(guarded: Guarded) -> bool:
    """CPMpy finds the conflict unsatisfiable, and satisfiable with any one guard dropped."""
    import cpmpy as cp
    from cpmpy.solvers.ortools import CPM_ortools

    found = conflict(guarded, in_order(guarded))
    assert found is not None
    problem, guards = guarded.problem, guarded.guards
    holds = {number: cp.boolvar(name=f"g{number}") for number in sorted(guarded.all)}

    def let_go(pick: str, thing: object) -> list[object]:
        return [~holds[n] for n, guard in enumerate(guards) if thing in getattr(guard, pick)]

    model = cp.Model()
    chosen = [[cp.boolvar() for _ in decision.options] for decision in problem.decisions]
    owned = {r for guard in guards for r in guard.refusals}
    for number, (decision, row) in enumerate(zip(problem.decisions, chosen, strict=True)):
        model += cp.sum(row) <= 1
        model += cp.any([cp.sum(row) == 1, *let_go("decisions", number)])
        for option, variable in zip(decision.options, row, strict=True):
            for refusal in option.refusals:
                gone = let_go("refusals", refusal) if refusal in owned else []
                model += variable.implies(cp.any(gone) if gone else False)
    used = []
    for item in range(len(problem.items)):
        users = [
            v
            for decision, row in zip(problem.decisions, chosen, strict=True)
            for option, v in zip(decision.options, row, strict=True)
            if item in option.items
        ]
        used.append(cp.boolvar())
        model += used[-1] == (cp.any(users) if users else False)
    for clash in problem.conflicts:
        model += ~cp.all(used[item] for item in clash.items)
    for number, limit in enumerate(problem.limits):
        terms = [
            amount * v
            for decision, row in zip(problem.decisions, chosen, strict=True)
            for option, v in zip(decision.options, row, strict=True)
            for at, amount in option.uses
            if at == number
        ]
        terms += [amount * used[i] for i, item in enumerate(problem.items) for at, amount in item.uses if at == number]
        gone = [*let_go("limits", number), *let_go("capacities", limit.capacity)]
        if terms:
            model += cp.any([cp.sum(terms) <= guarded.capacities[limit.capacity], *gone])

    def solves(kept: tuple[int, ...]) -> bool:
        solver = CPM_ortools(cp.Model(model.constraints + [v if n in kept else ~v for n, v in holds.items()]))
        return bool(solver.solve(num_workers=1, cp_model_presolve=False))

    return not solves(found) and all(solves(tuple(o for o in found if o != one)) for one in found)


@pytest.fixture
def _without_highspy(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPMpy tries all its solvers; highspy must not share a process with ortools."""
    monkeypatch.setitem(sys.modules, "highspy", None)
    pytest.importorskip("cpmpy")


@pytest.mark.usefixtures("_without_highspy")
def test_cpmpy_agrees_that_conflicts_are_minimal() -> None:
    assert all(_agrees(guarded) for guarded in FEW[:30])


@pytest.mark.slow
@pytest.mark.usefixtures("_without_highspy")
def test_cpmpy_agrees_on_a_thousand_problems() -> None:
    count = 0
    for guarded in infeasible_problems(1000, start=10_000):
        count += 1
        assert _agrees(guarded)
    assert count == 1000
