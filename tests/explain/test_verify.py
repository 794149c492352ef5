"""A saved answer holds exactly as it was made: whatever is changed in it is noticed, and named for what it is."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_and_machines import machine, request

from rigfit.engines import exhaustive
from rigfit.errors import InputError
from rigfit.explain.record import record_id
from rigfit.explain.verify import verify
from rigfit.knowledge import load_knowledge
from rigfit.knowledge.loader import build
from rigfit.schema.answer import Answer
from rigfit.schema.verification import Verification
from rigfit.solve import solve

KNOWLEDGE = load_knowledge()
SDXL = {"task": "image_generation", "models": ["sdxl-base", "sdxl-turbo"], "features": ["lora"]}
UPSCALE = {"task": "upscaling", "models": ["real-esrgan-x4plus"]}
REQUESTS = {
    "one task": request(SDXL, top=2),
    "two tasks": request(SDXL, UPSCALE),
    "together": request({**SDXL, "together": "a"}, {**UPSCALE, "together": "a"}),
    "fast": request(SDXL, prefer="speed"),
    "small": request(SDXL, UPSCALE, prefer="small"),
    "second engine": request(SDXL, engine="exhaustive"),
}
# What no check can know without repeating the search: how the engine went about it.
UNCHECKED = ("record.statistics",)
Path_ = tuple[str | int, ...]


@cache
def made(name: str) -> str:
    answer = solve(REQUESTS[name], machine(KNOWLEDGE, "RTX 4070", ram=32), KNOWLEDGE)
    assert answer.status == "optimal"
    return answer.model_dump_json(by_alias=True)


def fresh(name: str = "one task") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(made(name))
    return document


def kinds(found: Verification) -> set[str]:
    return {finding.kind for finding in found.findings}


def verdicts(found: Verification) -> dict[str, str]:
    return {check.name: check.verdict for check in found.checks}


def with_own_id(document: dict[str, Any]) -> dict[str, Any]:
    """The answer of somebody who knows how the id is made."""
    answer = Answer.model_validate(document)
    record = answer.record
    document["record"]["id"] = record_id(record.request, answer.machine, record.catalog, record.rules, record.rigfit)
    return document


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from leaves(part, (*path, number))
    else:
        yield path, value


def checked(path: Path_) -> bool:
    return not ".".join(str(step) for step in path).startswith(UNCHECKED)


def other(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return "x" if value is None else value + "x"


def replaced(document: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


# What holds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REQUESTS)
def test_an_answer_as_it_was_made_holds(name: str) -> None:
    found = verify(fresh(name), KNOWLEDGE, exhaustive=True)
    assert not found.findings
    assert (found.holds, found.decided) == (True, True)
    assert set(verdicts(found).values()) == {"holds"}


def test_for_one_task_optimality_takes_no_engine() -> None:
    assert verdicts(verify(fresh("one task"), KNOWLEDGE))["optimality"] == "holds"
    assert verdicts(verify(fresh("fast"), KNOWLEDGE))["optimality"] == "holds"
    assert verdicts(verify(fresh("two tasks"), KNOWLEDGE))["optimality"] == "skipped"


@pytest.mark.parametrize("exhaustively", [False, True])
def test_an_answer_without_bundles_holds_too(exhaustively: bool) -> None:
    large = {"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "bf16"}}
    answer = solve(request(large, UPSCALE), machine(KNOWLEDGE, "RTX 4060", ram=8), KNOWLEDGE)
    assert answer.status == "infeasible"
    found = verify(answer, KNOWLEDGE, exhaustive=exhaustively)
    assert found.holds
    assert verdicts(found)["optimality"] == "holds"


def test_no_solver_takes_part(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text(made("two tasks"), encoding="utf-8")
    code = (
        "import json, sys\n"
        "from rigfit.explain.verify import verify\n"
        "from rigfit.knowledge import load_knowledge\n"
        f"found = verify(json.load(open({str(file)!r}, encoding='utf-8')), load_knowledge(), exhaustive=True)\n"
        "assert found.holds and found.decided, found\n"
        "print(sorted(m for m in sys.modules if m.partition('.')[0] == 'ortools'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# What was changed -------------------------------------------------------------------------------------------------


@settings(max_examples=16)
@given(st.data())
def test_whatever_is_changed_is_noticed(data: st.DataObject) -> None:
    document = fresh()
    paths = [(path, value) for path, value in leaves(document) if checked(path)]
    inside = data.draw(st.sampled_from(("bundles", "explanation", "record", "usable", "status")))
    path, value = data.draw(st.sampled_from([pair for pair in paths if pair[0][0] == inside]))
    found = verify(replaced(document, path, other(value)), KNOWLEDGE)
    assert not found.holds, path


@pytest.mark.slow
@pytest.mark.parametrize("name", REQUESTS)
def test_every_place_is_checked(name: str) -> None:
    document = fresh(name)
    seen: dict[str, int] = {}
    missed = []
    for path, value in leaves(document):
        kind = ".".join("*" if isinstance(step, int) else step for step in path)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > 2 or not checked(path):
            continue
        try:
            if verify(replaced(document, path, other(value)), KNOWLEDGE).holds:
                missed.append(path)
        except InputError:
            assert path == ("schema",)
    assert not missed


@pytest.mark.parametrize(
    "path",
    [
        ("bundles", 0, "tasks", 0, "warnings"),
        ("bundles", 0, "files"),
        ("bundles", 0, "criteria"),
        ("bundles", 0, "licences"),
        ("bundles", 0, "tasks", 0, "phases"),
        ("bundles", 0, "tasks", 0, "limits"),
        ("record", "rules_fired"),
        ("record", "bound"),
        ("bundles",),
    ],
)
def test_what_is_left_out_is_noticed(path: Path_) -> None:
    document = fresh()
    node: Any = document
    for step in path:
        node = node[step]
    shorter = node[1:] if node else ["x"]
    assert not verify(replaced(document, path, shorter), KNOWLEDGE).holds


def test_a_changed_figure_is_named_with_both_values() -> None:
    document = fresh()
    true = document["bundles"][0]["tasks"][0]["quality"]
    document["bundles"][0]["tasks"][0]["quality"] = true + 500
    (finding,) = verify(document, KNOWLEDGE).findings
    assert (finding.kind, finding.path) == ("tampered", "bundles[0].tasks[0].quality")
    assert (finding.stated, finding.recomputed) == (str(true + 500), str(true))
    assert f"says {true + 500}; recomputed it is {true}" in finding.text


def test_figures_changed_in_step_agree_with_each_other_but_not_with_the_pipeline() -> None:
    document = fresh()
    criterion = document["bundles"][0]["criteria"][0]
    criterion["value"] -= 100
    criterion["parts"][0]["value"] -= 100
    document["record"]["bound"][0]["best"] -= 100
    found = verify(document, KNOWLEDGE)
    assert verdicts(found)["arithmetic"] == "holds"
    assert verdicts(found)["figures"] == "fails"


def test_a_changed_input_shows_in_the_id() -> None:
    document = fresh()
    document["machine"]["gpus"][0]["vram"] *= 2
    found = verify(document, KNOWLEDGE)
    assert found.findings[0].path == "record.id"
    # Whoever knows how the id is made has still not made the answer for that machine.
    found = verify(with_own_id(document), KNOWLEDGE)
    assert verdicts(found)["record"] == "holds"
    assert "usable.vram.0" in {finding.path for finding in found.findings}


def test_a_better_bundle_left_out_is_noticed() -> None:
    document = fresh()
    del document["bundles"][0]
    document["bundles"][0]["rank"] = 1
    found = verify(document, KNOWLEDGE)
    assert verdicts(found)["optimality"] == "fails"
    assert "beaten" in kinds(found)


def test_bundles_in_the_wrong_order_are_noticed() -> None:
    document = fresh()
    document["bundles"].reverse()
    for rank, bundle in enumerate(document["bundles"], start=1):
        bundle["rank"] = rank
    found = verify(document, KNOWLEDGE)
    assert verdicts(found)["order"] == "fails"


def test_a_pipeline_that_a_rule_refuses_is_named_with_the_rule() -> None:
    answer = solve(
        request({"task": "image_generation", "models": ["flux1-dev"]}, top=1), machine(KNOWLEDGE, "RTX 4090"), KNOWLEDGE
    )
    document = json.loads(answer.model_dump_json(by_alias=True))
    document["record"]["request"]["policies"]["use"] = "commercial"
    found = verify(with_own_id(document), KNOWLEDGE)
    refused = [finding for finding in found.findings if finding.kind == "refused"]
    assert refused
    assert refused[0].rule in {rule.id for rule in KNOWLEDGE.rulebook.rules if rule.about == "licence"}


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("model", "no-such-model", "unknown"),
        ("pipeline", "sdxl-base/comfyui/gpu0/split/denoiser=no/-/resident", "unknown"),
    ],
)
def test_names_that_do_not_exist_are_unknown(field: str, value: str, kind: str) -> None:
    document = fresh()
    task = document["bundles"][0]["tasks"][0]
    task[field] = value
    task["pipeline"] = value
    if field == "pipeline":
        task["variants"]["denoiser"] = "no"
    assert kind in kinds(verify(document, KNOWLEDGE))


def test_a_request_that_asks_for_nothing_known_is_no_fault_of_ours() -> None:
    document = fresh()
    document["record"]["request"]["tasks"][0]["task"] = "mind_reading"
    found = verify(with_own_id(document), KNOWLEDGE)
    assert "unknown" in kinds(found)
    assert any("mind_reading" in finding.text for finding in found.findings)


# What is old, too large, or no answer ------------------------------------------------------------------------------


def test_an_answer_of_another_catalog_is_stale_and_still_added_up() -> None:
    component = KNOWLEDGE.index("components")["sdxl-base-unet"]
    changed = component.model_copy(update={"title": "another name"})
    others = tuple(changed if c.id == component.id else c for c in KNOWLEDGE.catalog.components)
    knowledge = build(KNOWLEDGE.catalog.model_copy(update={"components": others}), KNOWLEDGE.rulebook)
    found = verify(fresh(), knowledge)
    assert kinds(found) == {"stale"}
    assert "components/sdxl-base-unet" in found.findings[0].text
    assert verdicts(found)["arithmetic"] == "holds"
    assert verdicts(found)["figures"] == "skipped"
    document = fresh()
    document["bundles"][0]["criteria"][0]["value"] -= 1
    assert kinds(verify(document, knowledge)) == {"stale", "tampered"}


def test_what_is_too_large_to_prove_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exhaustive, "MAX_COMBINATIONS", 0)
    found = verify(fresh("two tasks"), KNOWLEDGE, exhaustive=True)
    assert (found.holds, found.decided) == (True, False)
    assert "too many" in next(check.text for check in found.checks if check.name == "optimality")


def test_the_wrong_shape_is_malformed() -> None:
    document = fresh()
    del document["bundles"][0]["tasks"][0]["quality"]
    found = verify(document, KNOWLEDGE)
    assert kinds(found) == {"malformed"}
    assert found.findings[0].path == "bundles[0].tasks[0].quality"


@pytest.mark.parametrize("document", [None, [], {}, {"schema": "rigfit.request/1"}, {"schema": "rigfit.answer/2"}])
def test_what_is_no_answer_is_refused(document: Any) -> None:
    with pytest.raises(InputError):
        verify(document, KNOWLEDGE)
