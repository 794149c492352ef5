"""What became of each variant: held against the same request solved with that variant forced in."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import capacities, compile_request
from rigfit.explain.held import Decided
from rigfit.explain.targets import Target
from rigfit.explain.why_not import judge, judge_all
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.why import Judgement
from rigfit.whatif.asked import decide


def image(*models: str, **more: Any) -> dict[str, Any]:
    return {"task": "image_generation", "models": list(models), **more}


def modes(knowledge: Knowledge, task: str) -> tuple[str, ...]:
    """The mode that a task takes where none is named: forcing a model must not lose it."""
    return tuple(knowledge.index("tasks")[task].modes[:1])


def forced_in(one: Judgement, number: int, wanted: Request, where: Machine, knowledge: Knowledge) -> tuple[int, ...]:
    """Costs of the best bundle in which a task must use a variant; empty where there is none."""
    task = wanted.tasks[number]
    known = modes(knowledge, task.task)
    features = task.features if any(f in known for f in task.features) or task.models else (*known, *task.features)
    fixed = {**task.variants, **({one.role: one.variant} if one.role else {})}
    family = tuple(m.id for m in knowledge.catalog.models if m.family == one.model and m.id != one.model)
    lists = {"models": (one.model,), "exclude": family, "variants": fixed, "features": features}
    changed = task.model_copy(update=lists)
    tasks = [changed if n == number else t for n, t in enumerate(wanted.tasks)]
    asked = wanted.model_copy(update={"tasks": tuple(tasks)})
    have = usable(where, knowledge)
    compiled = compile_request(asked, where, knowledge, have)
    outcome = rank(compiled.problem, capacities(asked, have), 1)
    return compiled.problem.scores(outcome.choices[0]) if outcome.choices else ()


def check(one: Judgement, decided: Decided, number: int, wanted: Request, where: Machine, knowledge: Knowledge) -> None:
    """A judgement says what the forced solve does."""
    if one.reasons and one.reasons[0].rule in ("defaults.excluded", "request.models", "request.variant"):
        assert one.verdict == "refused"
        return
    scores = forced_in(one, number, wanted, where, knowledge)
    if one.verdict in ("refused", "too_large"):
        assert not scores, one.text
        assert one.reasons or one.needs is not None
        return
    assert scores, one.text
    if not decided.outcome.choices:
        return
    best = decided.compiled.problem.scores(decided.outcome.choices[0])
    cost = tuple(mine - first for mine, first in zip(scores, best, strict=True))
    if one.verdict == "chosen" and one.rank == 1:
        assert not any(cost), one.text
    elif not one.others_held:
        assert tuple(regret.cost for regret in one.regrets) == cost, one.text
    else:
        assert scores <= tuple(first + r.cost for first, r in zip(best, one.regrets, strict=True))


CASES: dict[str, tuple[str, Request, dict[str, Any]]] = {
    "8 GB": ("rtx-4060", request(image("sd15", "flux1-dev", features=["lora"])), {"ram": 16}),
    "speed, commercially": (
        "rtx-3060-12gb",
        request(image("sdxl-base", "flux1-dev"), prefer="speed", use="commercial"),
        {"ram": 32},
    ),
    "little disk": ("rtx-4090", request(image("sd15", "sdxl-base"), prefer="small", max_disk="12 GB"), {"ram": 32}),
    "apple": ("apple-m2-max-64gb", request(image("sdxl-base", "flux1-dev"), runtimes=["comfyui"]), {}),
    "locked": ("rtx-4090", request(image("flux1-dev", variants={"vae": "fp32"})), {"ram": 64}),
}


@pytest.mark.parametrize("name", CASES)
def test_every_verdict_is_what_forcing_the_variant_in_gives(name: str, knowledge: Knowledge) -> None:
    gpu, wanted, rig = CASES[name]
    where = machine(knowledge, gpu, **rig)
    decided = decide(wanted, where, knowledge)
    found = [j for j in judge_all(decided) if j.model in wanted.tasks[0].models]
    assert len(Counter(j.model for j in found)) == len(wanted.tasks[0].models)
    for one in found:
        check(one, decided, 0, wanted, where, knowledge)
    assert any(one.verdict == "chosen" for one in found)


def test_tasks_that_share_a_machine_are_judged_beside_each_other(knowledge: Knowledge) -> None:
    wanted = request(
        {"task": "chat", "models": ["qwen3-8b"], "together": "both"},
        image("sdxl-base", "sd15", together="both"),
        runtimes=["comfyui", "llama-cpp"],
    )
    where = machine(knowledge, "rtx-3060-12gb", ram=32)
    decided = decide(wanted, where, knowledge)
    found = [j for j in judge_all(decided) if j.model in ("qwen3-8b", "sdxl-base", "sd15")]
    assert {j.task for j in found} == {"chat", "image_generation"}
    for one in found:
        check(one, decided, [t.task for t in wanted.tasks].index(one.task), wanted, where, knowledge)
    [exact] = judge(decided, Target(knowledge.index("models")["sd15"]))
    assert not exact.others_held
    check(exact, decided, 1, wanted, where, knowledge)


def test_a_refusal_names_its_rule_its_source_and_its_line(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev", features=["lora"]), runtimes=["comfyui"])
    decided = decide(wanted, machine(knowledge, "rtx-3060-12gb", ram=32), knowledge)
    [one] = judge(decided, Target(knowledge.index("models")["flux1-dev"], "denoiser", "nf4"))
    assert one.verdict == "refused"
    first = one.reasons[0]
    assert first.changeable_by == "request"
    assert first.rule.startswith("lora")
    assert first.origin.partition(":")[0].endswith(".yaml")
    assert first.text.split()[0] in one.text


def test_what_is_too_large_says_how_much_is_missing(knowledge: Knowledge) -> None:
    wanted = request(image("flux1-dev"), runtimes=["comfyui"])
    decided = decide(wanted, machine(knowledge, "gtx-1650", ram=8), knowledge)
    [one] = judge(decided, Target(knowledge.index("models")["flux1-dev"], "denoiser", "bf16"))
    assert one.verdict in ("too_large", "refused")
    if one.verdict == "too_large":
        assert one.needs is not None
        assert one.has is not None
        assert one.needs > one.has


def test_what_runs_on_the_processor_is_judged_where_services_may_charge(knowledge: Knowledge) -> None:
    """The processor holds no card: its pipelines are held against the limit on money as well, and cost none."""
    wanted = request("upscaling", cloud="fallback")
    where = machine(knowledge, "rtx-4070", ram=32)
    decided = decide(wanted, where, knowledge)
    model = next(model for model in knowledge.catalog.models if model.id == "ultrasharp-4x")
    (one,) = judge(decided, Target(model))
    assert one.verdict in ("chosen", "beaten")
    check(one, decided, 0, wanted, where, knowledge)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gpu", "task"),
    [
        ("gtx-1660-super", "image_generation"),
        ("rx-7900-xtx", "image_editing"),
        ("rtx-4070", "chat"),
        ("rtx-4070", "video_generation"),
        ("rtx-4070", "masking"),
    ],
)
def test_the_whole_catalog_is_judged_as_forcing_it_in_does(gpu: str, task: str, knowledge: Knowledge) -> None:
    wanted = request(task)
    where = machine(knowledge, gpu, ram=32)
    decided = decide(wanted, where, knowledge)
    found = judge_all(decided)
    models = sorted({one.model for one in found})[::7]
    for one in found:
        if one.model in models:
            check(one, decided, 0, wanted, where, knowledge)
