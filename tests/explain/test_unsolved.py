"""Requests that nothing serves, on the real catalog: what the explanation says, and that it is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import capacities, prepare
from rigfit.candidates.open import open_up
from rigfit.explain.opened import build
from rigfit.explain.relax import without
from rigfit.explain.render import markdown
from rigfit.explain.render.text import unsolved
from rigfit.explain.unsolved import Unsolved, examine, explain_unsolved
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.answer import Explanation
from rigfit.solve import solve
from rigfit.units import MIB


@dataclass(frozen=True)
class Given:
    """A request that cannot be met, and what its conflict must speak of."""

    gpu: str
    task: dict[str, Any]
    kinds: set[str]
    policies: dict[str, Any] = field(default_factory=dict)
    rig: dict[str, Any] = field(default_factory=dict)


def image(*models: str, **more: Any) -> dict[str, Any]:
    return {"task": "image_generation", "models": list(models), **more}


GIVEN = {
    "vram": Given("gtx-1650", {"task": "video_generation"}, {"size", "time", "vram"}, rig={"ram": 16}),
    "model too large": Given(
        "gtx-1650", image("qwen-image"), {"models", "size", "time"}, {"runtimes": ["diffusers"]}, {"ram": 16}
    ),
    "licence": Given("rtx-4090", image("flux1-dev"), {"models", "licence"}, {"use": "commercial"}, {"ram": 64}),
    "lora with nf4": Given(
        "rtx-3060-12gb",
        image("flux1-dev", features=["lora"], variants={"denoiser": "nf4"}),
        {"feature", "variants", "runtimes"},
        {"runtimes": ["comfyui"]},
        {"ram": 32},
    ),
    "k-quants on mps": Given(
        "apple-m2-max-64gb",
        image("flux1-dev", variants={"denoiser": "gguf_q4_k_s"}),
        {"variants", "platform"},
        {"runtimes": ["comfyui"]},
    ),
    "fp8 on mps": Given(
        "apple-m2-max-64gb",
        image("flux1-dev", variants={"denoiser": "fp8_e4m3fn"}),
        {"variants"},
        {"runtimes": ["comfyui"]},
    ),
    "disk": Given("rtx-4090", image("flux1-dev"), {"models", "disk"}, rig={"ram": 64, "disk": 4}),
    "download": Given(
        "rtx-4090", image("flux1-dev"), {"models", "max_download"}, {"max_download": "3 GB"}, {"ram": 64}
    ),
    "large video": Given(
        "rtx-4090", {"task": "video_generation", "models": ["wan22-t2v-a14b"]}, {"models"}, rig={"ram": 6}
    ),
    "ram": Given("rtx-4090", {"task": "three_d"}, {"ram"}, rig={"ram": 6}),
    "no feature": Given(
        "rtx-4090", image("pixart-sigma", features=["controlnet:depth", "lora"]), {"models", "feature"}, rig={"ram": 64}
    ),
    "time": Given("gtx-1650", {"task": "video_generation"}, {"time"}, {"max_time": "60 s"}, {"ram": 16}),
}


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge()


def examined(given: Given, known: Knowledge) -> Unsolved | None:
    rig = machine(known, given.gpu, **given.rig)
    return examine(prepare(request(given.task, **given.policies), rig, known), usable(rig, known))


def assert_explained(given: Given, known: Knowledge) -> None:
    """The conflict speaks of what it should; each give-up has a real bundle and asks for nothing in vain."""
    rig = machine(known, given.gpu, **given.rig)
    wanted = request(given.task, **given.policies)
    have, prepared = usable(rig, known), prepare(wanted, rig, known)
    found = examine(prepared, have)
    assert found is not None
    kinds = {found.case.keys[number].kind for number in found.conflict}
    assert given.kinds <= kinds, kinds
    explained = explain_unsolved(Explanation(summary=""), prepared, have, prove=True)
    assert explained.proof is not None
    assert all(holds is not False for holds in explained.proof.model_dump().values()), explained.proof
    assert len(explained.give_ups) == len(found.give_ups)  # what the guards say, solving again says too
    for gone in found.give_ups:
        for one in gone if len(gone) > 1 else ():
            rest = without(found.case, [other for other in gone if other != one])
            compiled = prepare(rest, rig, known).compile(have)
            assert not rank(compiled.problem, capacities(rest, have), 1).choices
    assert_reads_well(explained)


def assert_reads_well(explained: Explanation) -> None:
    text = unsolved(explained)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "None" not in text
    assert "None" not in markdown.unsolved(explained)
    assert explained.conflict is not None
    for member in explained.conflict.members:
        for reason in member.evidence:
            assert reason.rule
            assert reason.origin


@pytest.mark.parametrize("name", ["lora with nf4"])
def test_what_cannot_be_had_is_explained_and_proved(name: str, known: Knowledge) -> None:
    assert_explained(GIVEN[name], known)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(GIVEN))
def test_every_kind_of_refusal_is_explained_and_proved(name: str, known: Knowledge) -> None:
    assert_explained(GIVEN[name], known)


def test_least_amounts_hold_when_solved_anew(known: Knowledge) -> None:
    """A machine with the least amount has a bundle; with one MiB less it has none."""
    given = Given("rtx-4090", {"task": "three_d"}, {"ram"}, rig={"ram": 6})
    found = examined(given, known)
    assert found is not None
    least = next(one for one in found.least if one.resource == "ram")
    assert isinstance(least.needs, int)
    wanted = request(given.task, top=1)
    for amount, status in ((least.needs, "optimal"), (least.needs - MIB, "infeasible")):
        rig = machine(known, given.gpu).model_copy(update={"ram": amount})
        assert solve(wanted, rig, known).status == status


def test_the_same_request_is_explained_in_the_same_words(known: Knowledge) -> None:
    given = Given("rtx-4090", {"task": "three_d"}, {"ram"}, rig={"ram": 6})
    rig = machine(known, given.gpu, **given.rig)
    first, second = (solve(request(given.task), rig, known).explanation for _ in range(2))
    assert first == second
    assert unsolved(first) == unsolved(second)
    assert_reads_well(first)


def agrees(wanted: dict[str, Any], gpu: str, rig: dict[str, Any], known: Knowledge, **policies: Any) -> bool:
    """The open expansion finds a request feasible exactly where solving it does; the answer is returned."""
    where, asked = machine(known, gpu, **rig), request(wanted, **policies)
    have, prepared = usable(where, known), prepare(asked, where, known)
    case = build(open_up(prepared), have)
    solved = rank(prepared.compile(have).problem, capacities(asked, have), 1).choices
    assert case.guarded.feasible(case.guarded.all) == bool(solved), (wanted, gpu, rig)
    return bool(solved)


_ASKED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (image("flux1-dev"), {}),
    (image("sdxl", features=["controlnet:depth"]), {"use": "commercial"}),
    ({"task": "image_editing", "features": ["instruction_editing"]}, {"runtimes": ["comfyui"]}),
    ({"task": "video_generation"}, {}),
    ({"task": "video_generation", "features": ["first_last_frame"]}, {"use": "commercial"}),
    ({"task": "chat"}, {"max_disk": "5 GB"}),
    ({"task": "music"}, {}),
    ({"task": "text_to_speech", "features": ["voice_clone"]}, {"use": "commercial"}),
]


def test_the_open_expansion_agrees_with_the_closed_one(known: Knowledge) -> None:
    assert agrees({"task": "music"}, "rtx-3060-12gb", {"ram": 16}, known)
    assert not agrees({"task": "music"}, "gtx-1650", {"ram": 5}, known)


@pytest.mark.slow
@pytest.mark.parametrize("gpu", ["gtx-1650", "rtx-3060-12gb", "rtx-4090", "rx-7900-xtx", "apple-m2-max-64gb", "none"])
def test_the_open_expansion_agrees_with_the_closed_one_everywhere(gpu: str, known: Knowledge) -> None:
    answers = [
        agrees(wanted, gpu, {} if gpu.startswith("apple") else {"ram": ram, "disk": disk}, known, **policies)
        for wanted, policies in _ASKED
        for ram, disk in ((8, 30), (32, 200))
    ]
    assert any(answers)
