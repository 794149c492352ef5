"""The OpenAPI document holds: made-up questions get answers of the documented shape, and never a fault."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from serving import HOST, Inline
from starlette.testclient import TestClient

from rigfit.knowledge import load_knowledge
from rigfit.web.app import create_app, described
from rigfit.web.desk import Desk

DOCUMENT = described()
OPERATIONS = {
    content["operationId"]: (path, method.upper())
    for path, methods in DOCUMENT["paths"].items()
    for method, content in methods.items()
}
EXAMPLES = {
    (name, title): example["value"]
    for name, (path, method) in OPERATIONS.items()
    for content in DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {}).values()
    for title, example in content.get("examples", {}).items()
}
# Words that exist, for most of what is made up: what is not understood is refused before anything is worked out.
_WORDS = {
    ("TaskRequest", "task"): ["upscaling", "no_such_task"],
    ("TaskRequest", "models"): [[], ["real-esrgan-x4plus"], ["no-such-model"]],
    ("MachineRequest", "gpus"): [[], ["none"], ["rtx-4070"], ["rtx-3060-12gb", "rtx-4090"], ["no such card"]],
    ("CaseIn", "model"): ["real-esrgan-x4plus", "flux1-dev", "SDXL", "no such model"],
    ("ModelQuestion", "model"): ["real-esrgan-x4plus", "no such model"],
    ("WhyNotQuestion", "model"): ["real-esrgan-x4plus", "no such model"],
    ("WhatIfQuestion", "gpus"): [[], ["rtx-4090", "GTX 1650"], ["no such card"]],
    ("EmitQuestion", "answer"): [None],
    ("UpgradeQuestion", "to"): [["rtx-4090"], ["no such card"]],
}


@pytest.fixture(scope="module")
def client():
    return TestClient(create_app(Inline(Desk(load_knowledge()))), base_url=HOST, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def documented():
    return schemathesis.openapi.from_dict(DOCUMENT)


@pytest.fixture(scope="module")
def with_words():
    document: Any = copy.deepcopy(DOCUMENT)
    for (shape, field), words in _WORDS.items():
        document["components"]["schemas"][shape]["properties"][field] = {"enum": words}
    for shape in ("TaskRequest", "UpgradeQuestion"):
        document["components"]["schemas"][shape]["required"] = [
            field for name, field in _WORDS if name == shape
        ]  # fmt: skip
    document["components"]["schemas"]["Request"]["properties"]["tasks"] |= {"maxItems": 2}
    return schemathesis.openapi.from_dict(document)


def _takes_long(name: str, title: str = "") -> bool:
    return (
        name in ("upgrade", "whyNot", "why", "cost", "whatIf")
        or title == "together"
        or (name, title) == ("solve", "image")
    )


def check(operation: Any, response: Any) -> int:
    """An answer is documented, and of the shape that is documented for it."""
    declared = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    assert response.status_code < 500, response.text[:500]
    assert str(response.status_code) in declared, response.text[:500]
    media = response.headers["content-type"].partition(";")[0]
    assert media in declared[str(response.status_code)]["content"]
    if media == "application/json":
        operation.validate_response(response)
    return response.status_code


def made_up(client: TestClient, documented: Any, schema: Any, name: str, count: int) -> Counter[int]:
    """Ask an operation so many made-up questions; gives how often each status came."""
    path, method = OPERATIONS[name]
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=schema[path][method].as_strategy())
    def ask(case: Any) -> None:
        sent = case.as_transport_kwargs(base_url=HOST)
        response = client.request(
            **{key: sent[key] for key in ("method", "url", "headers", "params", "json") if key in sent}
        )
        statuses[check(documented[path][method], response)] += 1

    ask()
    return statuses


@pytest.mark.parametrize("name", OPERATIONS)
def test_made_up_questions(client, documented, with_words, name, record_property) -> None:
    kinds = {"any": documented, "words": with_words} if OPERATIONS[name][1] == "POST" else {"any": documented}
    for kind, schema in kinds.items():
        statuses = made_up(client, documented, schema, name, 2 if _takes_long(name) else 5)
        assert statuses
        record_property(kind, dict(statuses))


@pytest.mark.parametrize(("name", "title"), [key for key in EXAMPLES if not _takes_long(*key)])
def test_examples_of_the_document_are_answered(client, documented, name, title) -> None:
    path, method = OPERATIONS[name]
    response = client.request(method, path, json=EXAMPLES[name, title])
    assert check(documented[path][method], response) == 200


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_many_made_up_questions(client, documented, with_words, name) -> None:
    for schema in (documented, with_words):
        made_up(client, documented, schema, name, 5 if _takes_long(name) else 30)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "title"), [key for key in EXAMPLES if _takes_long(*key)])
def test_examples_that_take_long_are_answered(client, documented, name, title) -> None:
    test_examples_of_the_document_are_answered(client, documented, name, title)


def test_every_operation_is_described() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method, content in methods.items():
            assert content["operationId"], (method, path)
            assert content["description"], (method, path)
            assert "error" in str(DOCUMENT["components"]["schemas"]["ErrorBody"])
            assert {"403", "421", "503"} <= set(content["responses"]), (method, path)
    assert DOCUMENT["components"]["schemas"]["TaskRequest"]["properties"]["wishes"]["description"]
