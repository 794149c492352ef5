"""Nothing fits here and services charge more than is allowed: the explanation speaks of the money, and holds."""

from __future__ import annotations

from typing import Any

import pytest
from requests_and_machines import machine, request

from rigfit.explain.render.text import unsolved
from rigfit.explain.words import enough_usd
from rigfit.knowledge import load_knowledge
from rigfit.schema.answer import Answer, Explanation
from rigfit.schema.reason import RaiseBudget
from rigfit.solve import solve
from rigfit.units import parse_usd


def answer(*tasks: str, prove: bool = False, **policies: Any) -> Answer:
    knowledge = load_knowledge()
    return solve(request(*tasks, **policies), machine(knowledge, ram=2), knowledge, prove=prove)


def explained(*tasks: str, prove: bool = False, **policies: Any) -> Explanation:
    found = answer(*tasks, prove=prove, **policies)
    assert not found.bundles
    return found.explanation


def test_the_budget_is_part_of_the_conflict_and_the_least_that_would_do_is_named() -> None:
    found = explained("image_generation", cloud="fallback", max_cost="0.5 USD", prove=True)
    assert found.conflict is not None
    assert found.proof is not None
    assert {member.kind for member in found.conflict.members} == {"task", "max_cost", "ram"}
    assert found.proof.conflict_minimal
    assert found.proof.give_ups_sufficient
    hint = found.give_ups[0].hints[0]
    assert isinstance(hint, RaiseBudget)
    assert hint.money is not None
    assert answer("image_generation", cloud="fallback", max_cost=f"{hint.money / 10**6} USD").bundles
    assert "the request allows $0.50 (--max-cost)" in " ".join(unsolved(found).split())


def test_a_task_that_a_service_does_is_not_what_stops_the_others() -> None:
    found = explained("image_generation", "chat", cloud="fallback")
    assert found.conflict is not None
    fields = {member.field for member in found.conflict.members}
    assert "tasks.1" in fields
    assert "tasks.0" not in fields


def test_tasks_that_cost_too_much_together_say_so() -> None:
    found = explained("image_generation", "image_generation", cloud="fallback", max_cost="1 USD")
    assert "the request allows $1 (--max-cost)" in found.closest[0].text


@pytest.mark.parametrize("amount", [1, 88, 2_512, 749_999, 750_001, 99_999_999, 100_000_001])
def test_money_is_never_written_as_less_than_is_needed(amount: int) -> None:
    assert parse_usd(enough_usd(amount).removeprefix("$").replace(",", "")) >= amount
