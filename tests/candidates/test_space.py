"""The arrays that candidates are made in and the estimate of one pipeline are the same arithmetic."""

from __future__ import annotations

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import compile_request
from rigfit.estimate import estimate
from rigfit.machine.capacity import usable

IMAGE = {"task": "image_generation"}
REQUESTS = {
    "images": request("image_generation"),
    "editing": request("image_editing", experimental=True),
    "optimistic": request("image_generation", confidence="optimistic"),
    "expected": request({**IMAGE, "size": {"width": 1536, "height": 640, "batch": 2}}, confidence="expected"),
    "lora and control": request({**IMAGE, "features": ["lora", "controlnet:depth"], "wishes": ["ip_adapter"]}),
    "identity": request({**IMAGE, "features": ["character_consistency"], "wishes": ["face_detail"]}),
    "llm.int8": request({**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": "int8"}}, runtimes=["diffusers"]),
    "video": request("video_generation", experimental=True),
    "short clip": request({"task": "video_generation", "size": {"width": 512, "height": 320, "frames": 17}}),
    "chat": request("chat"),
    "speech and lips": request("text_to_speech", "lip_sync", "upscaling"),
    "together": request({**IMAGE, "together": "a"}, {"task": "upscaling", "together": "a"}),
}
MACHINES = {
    "rtx-3060-12gb": {},
    "rtx-4070": {"ram": 32},
    "rtx-5090": {"ram": 64},
    "gtx-1660": {},
    "rx-7900-xtx": {"os": "linux", "ram": 32},
    "apple-m2-max-64gb": {},
    "none": {"ram": 32},
}


@pytest.mark.parametrize(
    "gpu",
    [
        gpu if gpu in ("rtx-4070", "apple-m2-max-64gb", "none") else pytest.param(gpu, marks=pytest.mark.slow)
        for gpu in MACHINES
    ],
)
@pytest.mark.parametrize("name", REQUESTS)
def test_every_candidate_has_the_numbers_of_its_estimate(name: str, gpu: str, knowledge) -> None:
    wanted, where = REQUESTS[name], machine(knowledge, gpu, **MACHINES[gpu])
    level = wanted.policies.confidence
    compiled = compile_request(wanted, where, knowledge)
    for candidate in (c for e in compiled.expansions for c in e.candidates):
        found = estimate(candidate.pipeline, where, knowledge)
        on_card = candidate.pipeline.gpu is not None
        said = (candidate.pipeline.model.id, candidate.pipeline.runtime.id, candidate.pipeline.placement)
        assert candidate.vram == found.peak_vram.at(level), said
        assert candidate.ram == found.peak_ram.at(level), said
        assert candidate.milliseconds == (-1 if found.milliseconds is None else found.milliseconds.expected), said
        if on_card:
            assert candidate.held == found.held_vram.at(level), said
            assert 0 <= candidate.held <= candidate.vram, said
        else:
            assert candidate.vram == candidate.held == 0, said


def test_enough_candidates_are_compared(knowledge) -> None:
    wanted, where = REQUESTS["images"], machine(knowledge, "rtx-4070", ram=32)
    candidates = compile_request(wanted, where, knowledge).expansions[0].candidates
    assert len(candidates) > 50
    assert {c.pipeline.placement for c in candidates} >= {"resident", "model_offload", "streamed", "cpu"}
    assert {c.pipeline.tiled for c in candidates} == {True, False}
    assert len({c.pipeline.model.id for c in candidates}) > 5


@pytest.mark.parametrize("gpu", ["rtx-3060-12gb", "apple-m2-max-64gb", "none"])
def test_candidates_within_bounds_really_fit_by_themselves(gpu: str, knowledge) -> None:
    where = machine(knowledge, gpu)
    have = usable(where, knowledge)
    compiled = compile_request(REQUESTS["images"], where, knowledge, have)
    assert compiled.expansions[0].candidates
    for candidate in compiled.expansions[0].candidates:
        gpu_index = candidate.pipeline.gpu
        if gpu_index is not None:
            assert candidate.vram <= have.vram[gpu_index]
        unified = gpu_index is not None and where.gpus[gpu_index].unified
        assert candidate.ram + (candidate.vram if unified else 0) <= have.ram
        assert sum(compiled.items.specs[i].disk for i in candidate.items) <= have.disk


def test_a_duration_is_unknown_or_positive(knowledge) -> None:
    for gpu, fields in MACHINES.items():
        compiled = compile_request(REQUESTS["images"], machine(knowledge, gpu, **fields), knowledge)
        times = [c.milliseconds for e in compiled.expansions for c in e.candidates]
        assert all(t == -1 or t > 0 for t in times), gpu
