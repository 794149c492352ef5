"""One step up: that much more makes the answer better, one byte less leaves it as it is."""

from __future__ import annotations

import pytest
from requests_and_machines import machine, request

from rigfit.knowledge import load_knowledge
from rigfit.schema.answer import NextStep
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.solve import solve

KNOWLEDGE = load_knowledge()
IMAGE = {"task": "image_generation", "models": ["sdxl-base", "flux1-dev"]}
CASES = {
    "8 GB": (request(IMAGE, top=1), machine(KNOWLEDGE, "RTX 4060", ram=16)),
    "little disk": (request(IMAGE, top=1, prefer="quality"), machine(KNOWLEDGE, "RTX 4090", ram=64, disk=9)),
    "fast": (request(IMAGE, top=1, prefer="speed"), machine(KNOWLEDGE, "RTX 3060 12GB", ram=16, disk=12)),
}
MORE = {
    f"{prefer}, {gpu}, {ram} GB, {disk} GB": (
        request({"task": "image_generation"}, top=1, prefer=prefer),
        machine(KNOWLEDGE, gpu, ram=ram, disk=disk),
    )
    for prefer in ("balanced", "quality", "speed", "small")
    for gpu, ram, disk in (("RTX 4070", 12, 9), ("RTX 3060 12GB", 16, 12), ("RX 7800 XT", 24, 30))
}


def grown(where: Machine, step: NextStep, extra: int) -> Machine:
    """The machine with so many bytes more of the step's resource."""
    if step.resource == "vram":
        assert step.gpu is not None
        gpus = list(where.gpus)
        gpus[step.gpu] = gpus[step.gpu].model_copy(update={"vram": gpus[step.gpu].vram + extra})
        return where.model_copy(update={"gpus": tuple(gpus)})
    field = {"ram": "ram", "disk": "disk_free"}[step.resource]
    return where.model_copy(update={field: getattr(where, field) + extra})


@pytest.mark.parametrize("name", CASES)
def test_for_one_task_the_amount_is_exact(name: str) -> None:
    wanted, where = CASES[name]
    assert exact_steps(wanted, where)


@pytest.mark.slow
def test_the_amount_is_exact_over_the_whole_catalog() -> None:
    assert sum(exact_steps(wanted, where) for wanted, where in MORE.values()) >= len(MORE)


def exact_steps(wanted: Request, where: Machine) -> int:
    """How many steps an answer names, each of them checked from both sides."""
    answer = solve(wanted, where, KNOWLEDGE)
    for step in answer.explanation.next_steps:
        assert step.least
        assert step.needs - step.has == step.extra > 0
        richer = solve(wanted, grown(where, step, step.extra), KNOWLEDGE)
        task = richer.bundles[0].tasks[0]
        assert (task.model, task.variants, task.runtime, task.placement) == (
            step.model,
            step.variants,
            step.runtime,
            step.placement,
        )
        assert richer.bundles[0].criteria != answer.bundles[0].criteria
        almost = solve(wanted, grown(where, step, step.extra - 1), KNOWLEDGE)
        assert [c.value for c in almost.bundles[0].criteria] == [c.value for c in answer.bundles[0].criteria]
    return len(answer.explanation.next_steps)


def test_the_gain_is_the_first_criterion_that_differs() -> None:
    wanted, where = CASES["8 GB"]
    answer = solve(wanted, where, KNOWLEDGE)
    for step in answer.explanation.next_steps:
        richer = solve(wanted, grown(where, step, step.extra), KNOWLEDGE)
        pairs = zip(answer.bundles[0].criteria, richer.bundles[0].criteria, strict=True)
        name, by = next((a.name, a.value - b.value) for a, b in pairs if a.value != b.value)
        assert (step.criterion, step.better_by) == (name, by)


def test_for_several_tasks_the_amount_suffices() -> None:
    wanted = request(IMAGE, {"task": "upscaling"}, top=1)
    where = machine(KNOWLEDGE, "RTX 4060", ram=16)
    answer = solve(wanted, where, KNOWLEDGE)
    assert answer.explanation.next_steps
    for step in answer.explanation.next_steps:
        assert not step.least
        richer = solve(wanted, grown(where, step, step.extra), KNOWLEDGE)
        then, now = ([c.value for c in a.bundles[0].criteria] for a in (richer, answer))
        assert then < now


def test_there_is_none_where_nothing_is_kept_out() -> None:
    wanted: Request = request({"task": "upscaling", "models": ["real-esrgan-x4plus"]})
    answer = solve(wanted, machine(KNOWLEDGE, "RTX 4090", ram=64), KNOWLEDGE)
    assert answer.explanation.next_steps == ()


def test_memory_that_is_one_and_tasks_that_share_it_are_left_out() -> None:
    apple = solve(request(IMAGE, top=1), machine(KNOWLEDGE, "Apple M2 16GB"), KNOWLEDGE)
    assert all(step.resource == "disk" for step in apple.explanation.next_steps)
    together = request({**IMAGE, "together": "a"}, {"task": "upscaling", "together": "a"}, top=1)
    assert solve(together, machine(KNOWLEDGE, "RTX 4060", ram=32), KNOWLEDGE).explanation.next_steps == ()
