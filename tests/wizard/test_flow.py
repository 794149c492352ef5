"""The wizard's questions: what is asked when, and what answers add up to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rigfit.cli.request_file import request_yaml
from rigfit.errors import CatalogError, InputError
from rigfit.knowledge import load_knowledge
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.machine import simulate
from rigfit.schema.flow import MOST_QUESTIONS, Flow
from rigfit.schema.request import MachineRequest, Policies, Request, TaskRequest
from rigfit.solve import solve
from rigfit.units import GIB
from rigfit.wizard import Outcomes, compose, machine_of, machine_request, questions, visible
from rigfit.wizard.give_up import give_up


def on(knowledge, *gpus, **more):
    return simulate(knowledge, MachineRequest(gpus=gpus or ("none",), **more))


def asked(flow: Flow) -> list[str]:
    return [question.id for question in flow.questions]


def every(flow: Flow):
    return [ask for question in flow.questions for ask in (question, *question.details)]


# What is asked --------------------------------------------------------------------------------------------------


def test_at_most_five_screens_in_order(knowledge):
    flow = questions(knowledge)
    assert 1 <= len(flow) <= MOST_QUESTIONS == 5
    assert [question.position for question in flow] == sorted({question.position for question in flow})


@pytest.mark.parametrize(
    ("gpu", "job", "shown"),
    [
        ("RTX 4070", "image_generation", True),  # 12 GB: below 16 GB
        ("rtx-4080", "image_generation", False),  # 16 GB is not below 16 GB
        ("RTX 4090", "image_generation", False),
        ("RTX 4090", "video_generation", True),  # video: whatever the card
        ("none", "image_generation", True),
    ],
)
def test_cloud_is_asked_where_the_seed_says(knowledge, gpu, job, shown):
    flow = visible(questions(knowledge), {"goal": "own", "jobs": job}, on(knowledge, gpu), knowledge)
    assert ("cloud" in asked(flow)) is shown
    assert flow.request is not None
    assert flow.request.policies.cloud == ("fallback" if shown else "no")


def test_a_card_that_reports_a_little_less_is_as_large_as_it_is_sold(knowledge):
    machine = on(knowledge, "rtx-4080")
    gpu = machine.gpus[0].model_copy(update={"vram": machine.gpus[0].vram - GIB // 4})
    flow = visible(questions(knowledge), {}, machine.model_copy(update={"gpus": (gpu,)}), knowledge)
    assert "cloud" not in asked(flow)


def test_what_is_no_longer_asked_counts_for_nothing(knowledge):
    answers = {"goal": "lightweight", "jobs": ("video_generation",), "features": ("lora",), "card": "RTX 4090"}
    request = compose(questions(knowledge), answers, knowledge)
    assert request.preset == "lightweight"
    assert request.tasks == knowledge.index("presets")["lightweight"].request.tasks
    assert request.machine is None


def test_a_feature_that_no_chosen_job_can_have_counts_for_nothing(knowledge):
    request = compose(questions(knowledge), {"jobs": "chat", "features": "lora"}, knowledge)
    assert request.tasks == (TaskRequest(task="chat"),)


def test_answers_become_a_request(knowledge):
    answers = {
        "machine": "other", "card": "RTX 4090, RTX 3060 12GB", "ram": "64 GB", "os": "linux", "goal": "own",
        "jobs": ("image_generation", "chat"), "features": ("lora", "controlnet:depth"), "preference": "speed",
        "licence": "selling", "experimental": "yes", "cloud": "no",
    }  # fmt: skip
    assert compose(questions(knowledge), answers, knowledge) == Request(
        # in the order of the options, whatever the order of the answers
        tasks=(TaskRequest(task="chat"), TaskRequest(task="image_generation", features=("controlnet:depth", "lora"))),
        policies=Policies(use="commercial", sells_output=True, experimental=True, prefer="speed"),
        machine=MachineRequest(gpus=("RTX 4090", "RTX 3060 12GB"), ram="64 GB", os="linux"),
    )


def test_lora_is_asked_of_a_preset_that_does_not_need_it_yet(knowledge):
    flow = questions(knowledge)
    machine = on(knowledge, "RTX 4070")

    def details(preset: str) -> list[str]:
        shown = visible(flow, {"goal": preset}, machine, knowledge)
        return [ask.id for ask in shown.questions[1].details]

    assert "lora" in details("lightweight")
    assert "lora" not in details("photorealism")
    assert "lora" in compose(flow, {"goal": "lightweight", "lora": "yes"}, knowledge).tasks[0].features


def test_this_machine_corrected(knowledge):
    flow, here = questions(knowledge), on(knowledge, "RTX 4070")
    machine = machine_of(flow, {"machine": "corrected", "ram": "64 GB"}, knowledge, lambda: here)
    assert (machine.ram, machine.gpus) == (64 * GIB, here.gpus)
    assert machine_of(flow, {}, knowledge, lambda: here) == here
    assert machine_request(flow, {}, knowledge) == MachineRequest()


@pytest.mark.parametrize(
    ("answers", "part"),
    [
        ({"gaol": "own"}, "unknown question 'gaol'; nearest: goal"),
        ({"goal": "vidoe"}, "unknown answer to goal 'vidoe'; nearest: video"),
        ({"goal": ("own", "video")}, "goal: one answer is needed, not 2"),
        ({"goal": "own", "jobs": ()}, "jobs: at least one must be chosen"),
        ({"machine": "other", "card": "RTX 4071"}, "unknown gpu 'RTX 4071'; nearest: rtx-4070"),
        ({"machine": "other", "ram": "much"}, "ram: "),
        ({"machine": "other", "ram": "32"}, "ram: "),
    ],
)
def test_an_answer_that_cannot_be(knowledge, answers, part):
    with pytest.raises(InputError) as problem:
        compose(questions(knowledge), answers, knowledge)
    assert part in str(problem.value)


# What an option would give --------------------------------------------------------------------------------------


def test_outcomes_are_what_solving_gives(knowledge):
    flow, machine = questions(knowledge), on(knowledge, "none", ram="16 GB")
    shown = visible(flow, {}, machine, knowledge, outcomes=Outcomes(knowledge), of="goal")
    goal = shown.questions[1]
    assert {option.outcome.runs for option in goal.options if option.outcome} == {True, False}
    for option in goal.options:
        request = compose(flow, {"goal": option.value, "cloud": "no"}, knowledge, machine=machine)
        answer = solve(request, machine, knowledge, explain=False)
        assert option.outcome is not None
        assert (option.outcome.status, option.outcome.runs) == (answer.status, bool(answer.bundles))
        if answer.bundles:
            assert option.outcome.text.startswith(answer.bundles[0].tasks[0].title)
    assert all(option.outcome is None for option in shown.questions[2].options)  # asked for one question only


# Any path -------------------------------------------------------------------------------------------------------


def path(draw, knowledge):
    """Answers as a person gives them: the first open question, any of its options, until none is open."""
    flow = questions(knowledge)
    here = on(knowledge, draw(st.sampled_from(["none", "GTX 1650", "RTX 4090", "apple-m3-max-36gb"])))
    answers: dict[str, str | tuple[str, ...]] = {}
    minds_changed = 0
    while True:
        shown = visible(flow, answers, machine_of(flow, answers, knowledge, lambda: here), knowledge)
        ask = next((one for one in every(shown) if not one.answered), None)
        if ask is None:
            return answers, shown
        values = [option.value for option in ask.options]
        if ask.kind == "one":
            answers[ask.id] = draw(st.sampled_from(values))
        elif ask.kind == "many":
            least = int(ask.at_least_one)
            answers[ask.id] = tuple(draw(st.lists(st.sampled_from(values), min_size=least, max_size=3, unique=True)))
        elif ask.kind == "card":
            answers[ask.id] = (draw(st.sampled_from(["none", "RTX 4070", "rtx-3060-12gb"])),)
        else:
            answers[ask.id] = draw(st.sampled_from(["", "24 GB", "100 GB"]))
        if minds_changed < 3 and draw(st.integers(0, 4)) == 4:  # and sometimes goes back to any of them
            minds_changed += 1
            answers.pop(draw(st.sampled_from(sorted(answers))))


@settings(max_examples=15)
@given(data=st.data())
def test_any_path_composes_a_valid_request(knowledge, tmp_path_factory, data):
    answers, shown = path(data.draw, knowledge)
    flow = questions(knowledge)
    assert len(shown.questions) <= MOST_QUESTIONS
    assert shown.request is not None
    assert shown.request.tasks
    # posting back what was given changes nothing
    again = visible(flow, shown.answers, shown.machine, knowledge)
    assert (again.request, again.answers) == (shown.request, shown.answers)
    assert compose(flow, answers, knowledge, machine=shown.machine) == shown.request
    # it can be written, read and compiled
    file = tmp_path_factory.mktemp("path") / "request.yaml"
    file.write_text(request_yaml(shown.request), encoding="utf-8")
    assert validate(Request, read(file)) == shown.request
    assert Flow.model_validate_json(shown.model_dump_json(by_alias=True)) == shown


@pytest.mark.slow
@settings(max_examples=2)
@given(data=st.data())
def test_any_path_can_be_solved(knowledge, data):
    _, shown = path(data.draw, knowledge)
    assert solve(shown.request, shown.machine, knowledge, explain=False).status in ("optimal", "infeasible")


# Ways out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gpu", "answers"),
    [
        ("GTX 1650", {"jobs": "video_generation", "licence": "commercial", "cloud": "no"}),
        pytest.param("GTX 1650", {"goal": "photorealism", "cloud": "no"}, marks=pytest.mark.slow),
        ("none", {"goal": "video", "cloud": "no"}),
    ],
)
def test_a_way_out_gives_what_it_promises(knowledge, gpu, answers):
    machine = on(knowledge, gpu)
    request = compose(questions(knowledge), answers, knowledge, machine=machine)
    answer = solve(request, machine, knowledge)
    assert answer.status == "infeasible"
    assert answer.explanation.give_ups
    for way in answer.explanation.give_ups:
        bundle = solve(give_up(request, way), machine, knowledge).bundles[0]
        assert [task.model for task in bundle.tasks] == [gain.model for gain in way.gains]
        assert [task.quality for task in bundle.tasks] == [gain.quality for gain in way.gains]


# Questions of one's own -----------------------------------------------------------------------------------------


def layered(tmp_path: Path, text: str):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(text, encoding="utf-8")
    return load_knowledge(tmp_path, use_cache=False)


_CLOUD = """questions:
  - id: cloud
    position: {position}
    title: Services
    question: May services do it?
    options: [{{value: never, label: Never{sets}}}]
    default: {default}
    {more}
    source: seed-000
"""
_AGAIN = "details: [{id: goal, question: Again?, options: [{value: a, label: A}], default: a}]"


def own(**fields: object) -> str:
    return _CLOUD.format(**{"position": 5, "sets": "", "default": "never", "more": "", **fields})


def test_questions_of_ones_own_take_the_place_of_ours_and_change_no_record(tmp_path, knowledge):
    mine = layered(tmp_path, own())
    assert [question.id for question in questions(mine)] == [question.id for question in questions(knowledge)]
    shown = visible(questions(mine), {}, on(mine, "RTX 4090"), mine)
    assert shown.questions[-1].question == "May services do it?"
    assert mine.rules_digest == knowledge.rules_digest


@pytest.mark.slow  # each reads the whole catalog anew
@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (own(default="nevr"), 7, "no option 'nevr'; nearest: never"),
        (own(sets=", sets: {needs: [inpaintin]}"), 6, "no feature 'inpaintin'; nearest: inpainting"),
        (own(sets=", sets: {preset: vidio}"), 6, "no preset 'vidio'; nearest: video"),
        (own(sets=", sets: {policies: {prefer: sped}}"), 6, "no profile 'sped'; nearest: speed"),
        (own(sets=", sets: {task: muzic}"), 6, "no entry 'muzic' among the tasks"),
        (own(more="show_if: [{task: [muzic]}]"), 8, "no entry 'muzic' among the tasks; nearest: music"),
        (own(more="show_if: [{answered: {gaol: [own]}}]"), 8, "no earlier question 'gaol'; nearest: goal"),
        (own(more="show_if: [{answered: {goal: [oun]}}]"), 8, "no answer to goal 'oun'; nearest: own"),
        (own(more="show_if: [{feature_of: lorra}]"), 8, "no feature 'lorra'; nearest: lora"),
        (own(position=6), 3, "position"),
        (own(more=_AGAIN), 8, "two questions are called 'goal'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_question_names_its_line(tmp_path, text, line, part):
    with pytest.raises(CatalogError) as problem:
        layered(tmp_path, text)
    assert f"mine.yaml:{line}" in str(problem.value)
    assert part in str(problem.value)
