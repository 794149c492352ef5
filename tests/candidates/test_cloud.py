"""Services as options of the same decision: last resort or first choice, with a price, under a limit of money."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_and_machines import machine, request

from rigfit.candidates.compiler import capacities, compile_request, prepare
from rigfit.engines import Status
from rigfit.explain.verify import verify
from rigfit.knowledge import load_knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.answer import Answer
from rigfit.schema.request import Policies, Request
from rigfit.solve import solve
from rigfit.units import USD
from rigfit.whatif.session import Session

KNOWLEDGE = load_knowledge()
IMAGE = {"task": "image_generation", "models": ["flux1-schnell", "sdxl-base", "sd15", "flux2-klein-4b"]}
VIDEO = {"task": "video_generation", "models": ["wan22-i2v-a14b", "ltx2-19b"], "features": ["image_to_video"]}
SMALL = machine(KNOWLEDGE, "gtx-1050", ram=8, disk=100)
MIDDLE = machine(KNOWLEDGE, "rtx-3060-12gb", ram=32, disk=200)
LARGE = machine(KNOWLEDGE, "rtx-4090", ram=64, disk=500)


def options(wanted: Request, where: Any) -> list[str]:
    """The pipelines that fit by themselves, without explaining anything."""
    compiled = compile_request(wanted, where, KNOWLEDGE, usable(where, KNOWLEDGE))
    return [option.key for option in compiled.problem.decisions[0].options]


def answered(wanted: Request, where: Any) -> Answer:
    answer = solve(wanted, where, KNOWLEDGE)
    report = verify(json.loads(answer.model_dump_json(by_alias=True)), KNOWLEDGE)
    assert report.holds, report.findings
    return answer


def places(answer: Answer) -> list[str]:
    return [task.placement for task in answer.bundles[0].tasks]


# Policy --------------------------------------------------------------------------------------------------------------


def test_without_the_policy_no_service_is_used_and_nothing_speaks_of_one() -> None:
    assert options(request(VIDEO), SMALL) == []
    written = answered(request(IMAGE), MIDDLE).model_dump_json(by_alias=True)
    content = json.loads(written)
    assert "money" not in content["bundles"][0]
    assert "cloud" not in content["bundles"][0]["tasks"][0]
    assert not {"cloud_over", "monthly_volume", "max_cost"} & set(content["record"]["request"]["policies"])
    assert "money" not in {criterion["name"] for criterion in content["bundles"][0]["criteria"]}


def test_the_last_resort_is_not_used_where_something_here_fits() -> None:
    answer = answered(request(IMAGE, cloud="fallback"), MIDDLE)
    assert "cloud" not in places(answer)
    plain = answered(request(IMAGE), MIDDLE)
    assert answer.bundles[0].tasks == plain.bundles[0].tasks


def test_the_last_resort_is_used_where_nothing_here_fits() -> None:
    answer = answered(request(VIDEO, cloud="fallback", monthly_volume=100), SMALL)
    task = answer.bundles[0].tasks[0]
    assert (task.placement, task.verdict, task.variants) == ("cloud", "cloud", {})
    assert task.cloud is not None
    assert task.cloud.per_month.high == 100 * task.cloud.price.high
    assert answer.bundles[0].money == task.cloud.per_month
    assert answer.bundles[0].runtimes == ()
    assert answer.bundles[0].download_bytes == 0
    assert "nothing that fits here does it" in answer.bundles[0].why[0]


def test_a_task_that_fits_stays_while_another_goes_to_a_service() -> None:
    answer = answered(request(IMAGE, VIDEO, cloud="fallback"), machine(KNOWLEDGE, "rtx-3050-6gb", ram=16, disk=60))
    assert places(answer)[0] != "cloud"
    assert places(answer)[1] == "cloud"


def test_what_takes_too_long_here_goes_to_a_service() -> None:
    slow = answered(request(IMAGE, cloud="fallback", cloud_over="1 s"), MIDDLE)
    assert places(slow) == ["cloud"]
    patient = answered(request(IMAGE, cloud="fallback", cloud_over="9 min"), MIDDLE)
    assert "cloud" not in places(patient)


def test_what_takes_too_long_here_is_still_better_than_nothing() -> None:
    wanted = {"task": "image_generation", "models": ["z-image-turbo"]}  # no service is recorded with it
    assert "cloud" not in places(answered(request(wanted, cloud="fallback", cloud_over="100 ms"), MIDDLE))


def test_a_preferred_service_wins_by_value_and_only_by_value() -> None:
    better = answered(request(IMAGE, cloud="preferred"), SMALL)
    assert places(better) == ["cloud"]
    # The same model here, at full value: money and the cascade speak for it.
    same = answered(request({**IMAGE, "models": ["flux1-schnell"]}, cloud="preferred"), LARGE)
    assert places(same) != ["cloud"]


def test_a_model_here_and_the_same_one_at_a_service_are_two_answers() -> None:
    answer = answered(request({**IMAGE, "models": ["flux1-schnell"]}, cloud="preferred"), LARGE)
    assert [task.placement == "cloud" for bundle in answer.bundles for task in bundle.tasks] == [False, True]


# Money ---------------------------------------------------------------------------------------------------------------


def test_money_is_a_limit_like_any_other() -> None:
    dear = answered(request(VIDEO, cloud="fallback", monthly_volume=300), SMALL)
    cost = dear.bundles[0].money
    assert cost is not None
    bound = (cost.high - 1) / USD
    cheaper = answered(request(VIDEO, cloud="fallback", monthly_volume=300, max_cost=bound), SMALL)
    assert all(bundle.money is not None and bundle.money.high < cost.high for bundle in cheaper.bundles)
    assert cheaper.bundles[0].limits[-1].resource == "money"
    assert cheaper.bundles[0].limits[-1].free >= 0
    assert options(request(VIDEO, cloud="fallback", max_cost=0), SMALL) == []


def test_money_adds_up_over_tasks() -> None:
    wanted = request(IMAGE, VIDEO, cloud="fallback", monthly_volume=10)
    answer = answered(wanted, machine(KNOWLEDGE, "none", ram=4, disk=50))
    parts = [task.cloud.per_month.high for task in answer.bundles[0].tasks if task.cloud is not None]
    assert len(parts) == 2
    assert answer.bundles[0].money is not None
    assert answer.bundles[0].money.high == sum(parts)


def test_an_unstated_volume_is_an_assumption() -> None:
    answer = answered(request(VIDEO, cloud="fallback"), SMALL)
    assert "monthly_volume" in {assumption.field for assumption in answer.assumptions}


# What a service does ------------------------------------------------------------------------------------------------


def test_a_service_must_do_what_is_needed() -> None:
    wanted = {**IMAGE, "features": ["controlnet:depth"]}
    assert options(request(wanted, cloud="preferred"), SMALL) == []


def test_a_lora_of_ones_own_goes_only_where_ones_own_workflow_runs() -> None:
    wanted = {"task": "image_generation", "models": ["flux1-dev", "sdxl-base"], "features": ["lora"]}
    services = KNOWLEDGE.index("cloud")
    used = {key.split("/")[1] for key in options(request(wanted, cloud="fallback"), SMALL)}
    assert used
    assert {services[name].kind for name in used} == {"comfyui_platform"}


def test_licences_hold_for_services_too() -> None:
    wanted = {"task": "image_generation", "models": ["flux1-dev"]}
    assert options(request(wanted, cloud="fallback"), SMALL)
    assert options(request(wanted, cloud="fallback", use="commercial"), SMALL) == []


# Promises -----------------------------------------------------------------------------------------------------------

POLICIES = {
    "fallback": {"cloud": "fallback"},
    "in time": {"cloud": "fallback", "cloud_over": "20 s"},
    "preferred": {"cloud": "preferred", "max_cost": 20},
    "cheap": {"cloud": "fallback", "max_cost": 5, "prefer": "quality"},
}


@settings(max_examples=5)
@given(
    name=st.sampled_from(sorted(POLICIES)),
    gpu=st.sampled_from(("gtx-1050", "gtx-1660", "rtx-3060-12gb", "rtx-4090")),
    ram=st.sampled_from((8, 16, 32)),
    more=st.sampled_from((8, 64)),
)
def test_more_hardware_never_makes_the_answer_worse(name: str, gpu: str, ram: int, more: int) -> None:
    wanted = request(IMAGE, **POLICIES[name])
    found = []
    for amount in (ram, ram + more):
        where = machine(KNOWLEDGE, gpu, ram=amount, disk=100)
        have = usable(where, KNOWLEDGE)
        compiled = compile_request(wanted, where, KNOWLEDGE, have)
        outcome = rank(compiled.problem, capacities(wanted, have), 1)
        found.append(compiled.problem.scores(outcome.choices[0]) if outcome.choices else None)
    small, large = found
    assert small is None or (large is not None and large <= small)


@pytest.mark.parametrize(
    "name", ["fallback", *(pytest.param(name, marks=pytest.mark.slow) for name in ("in time", "preferred", "cheap"))]
)
def test_engines_agree_and_a_session_gives_the_same_bundles(name: str) -> None:
    image, video = {**IMAGE, "models": ["sd15", "flux1-schnell"]}, {**VIDEO, "models": ["ltx2-19b"]}
    wanted = request(image, video, top=2, **POLICIES[name])
    where = machine(KNOWLEDGE, "rtx-3050-6gb", ram=16, disk=60)
    have = usable(where, KNOWLEDGE)
    compiled = prepare(wanted, where, KNOWLEDGE).compile(have)
    bounds = capacities(wanted, have)
    mine, other = (rank(compiled.problem, bounds, 2, engine=engine) for engine in ("cpsat", "exhaustive"))
    assert (mine.status, mine.choices) == (other.status, other.choices)
    status, bundles = Session(KNOWLEDGE).bundles(wanted, where)
    answer = solve(wanted, where, KNOWLEDGE)
    assert (status is Status.OPTIMAL) == bool(bundles)
    assert [bundle.tasks for bundle in bundles] == [bundle.tasks for bundle in answer.bundles]


@given(
    over=st.none() | st.integers(1, 10**9).map(lambda ms: f"{ms} ms"),
    volume=st.none() | st.integers(1, 10**6),
    cost=st.none() | st.integers(0, 10**12).map(lambda micro: f"{micro / 10**6:.6f} USD"),
)
def test_policies_read_back(over: str | None, volume: int | None, cost: str | None) -> None:
    stated = {"cloud": "fallback", "cloud_over": over, "monthly_volume": volume, "max_cost": cost}
    policies = Policies.model_validate(stated)
    assert Policies.model_validate(json.loads(policies.model_dump_json())) == policies
