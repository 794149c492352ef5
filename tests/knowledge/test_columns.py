"""Documents as columns: what comes back is what validation made, down to the fields that were set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from states import state

from rigfit.knowledge import Knowledge, columns
from rigfit.schema.base import BytesFact, Strict
from rigfit.schema.request import Policies, Request, Size, TaskRequest
from rigfit.schema.rules import RulesFile


def there_and_back(*documents: Strict) -> list[Any]:
    return columns.load(json.loads(json.dumps(columns.dump(documents))))


def models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        value = value.__dict__
    if isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from models(part)


def test_all_that_is_shipped(knowledge: Knowledge) -> None:
    whole = knowledge.catalog, knowledge.rulebook
    back = there_and_back(*whole)
    assert tuple(back) == whole
    assert state(tuple(back)) == state(whole)
    for one, other in zip(back, whole, strict=True):
        assert one.model_dump_json(by_alias=True) == other.model_dump_json(by_alias=True)
        assert one.model_dump_json(exclude_unset=True) == other.model_dump_json(exclude_unset=True)
    assert len({type(model) for model in models(tuple(back))}) > 60, "nearly every class of catalog and rules"


SIZES = st.builds(Size, width=st.none() | st.integers(64, 4096), height=st.none() | st.integers(64, 4096))
TASKS = st.builds(
    TaskRequest,
    task=st.sampled_from(["image_generation", "chat"]),
    features=st.lists(st.sampled_from(["lora", "controlnet:depth"]), unique=True).map(tuple),
    size=SIZES,
)
REQUESTS = st.builds(
    Request,
    tasks=st.lists(TASKS, max_size=3).map(tuple),
    policies=st.builds(Policies, experimental=st.booleans(), revenue_usd=st.none() | st.integers(0, 10**9)),
)


@given(st.lists(REQUESTS, max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_documents(requests: list[Request]) -> None:
    assert state(tuple(there_and_back(*requests))) == state(tuple(requests))


def test_what_was_said_is_told_from_what_was_left_out() -> None:
    said, silent = there_and_back(Policies(experimental=False), Policies())
    assert said == silent
    assert said.model_fields_set == {"experimental"}
    assert silent.model_fields_set == set()


def test_numbers_that_are_equal_keep_their_kinds() -> None:
    (back,) = there_and_back(TaskRequest.model_construct(task="chat", features=(1, True, 1.0, 0, False, 0.0)))
    assert [type(value) for value in back.features] == [int, bool, float, int, bool, float]


def test_nothing_of_one_copy_is_shared_with_the_next() -> None:
    one, other = there_and_back(Policies()), there_and_back(Policies())
    one[0].__dict__["experimental"] = True
    one[0].model_fields_set.add("experimental")
    assert state(other[0]) == state(Policies())
    assert state(there_and_back(Policies())[0]) == state(Policies())


def test_what_came_back_validates_when_it_is_asked_to() -> None:
    """Copies, updates and validation work on it as on any other instance."""
    fact = BytesFact.model_validate({"value": "2 GB", "source": "own"})
    (back,) = there_and_back(fact)
    assert BytesFact.model_validate(back.model_dump()) == fact
    assert back.model_copy(update={"note": "x"}).note == "x"
    assert hash(back) == hash(fact)
    with pytest.raises(ValueError, match="frozen"):
        back.value = 1


@pytest.mark.parametrize("odd", [{1, 2}, [1], b"x", frozenset("a"), 1j, object()])
def test_what_no_document_holds_is_refused(odd: object) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        columns.dump([Policies.model_construct(use=odd)])


def test_a_model_that_is_no_document_is_refused() -> None:
    class Other(BaseModel):
        x: int = 1

    with pytest.raises(TypeError, match="Other cannot be stored"):
        columns.dump([RulesFile.model_construct(rules=(Other(),))])
