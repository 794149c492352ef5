"""Loading and swapping: what comes from disk, what comes from RAM, and what does not move at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import compile_request
from rigfit.estimate import Estimate, Pipeline, estimate
from rigfit.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
CARD = machine(KNOWLEDGE, "rtx-3060-12gb", ram=64)
WANTED = request({"task": "image_generation", "models": ["sdxl-base"]}, {"task": "chat", "models": ["qwen3-8b"]})


def _pipelines(task: int) -> list[Pipeline]:
    return [c.pipeline for c in compile_request(WANTED, CARD, KNOWLEDGE).expansions[task].candidates]


IMAGE = next(p for p in _pipelines(0) if p.placement == "resident" and p.runtime.id == "comfyui")
CHAT = next(p for p in _pipelines(1) if p.placement == "resident" and p.runtime.id == "llama-cpp")


def of(pipeline: Pipeline, **machine_fields: Any) -> Estimate:
    return estimate(pipeline, CARD.model_copy(update=machine_fields), KNOWLEDGE)


def total(pipeline: Pipeline) -> int:
    return sum(part.weights for part in pipeline.parts)


@pytest.mark.parametrize("pipeline", [IMAGE, CHAT], ids=["image", "chat"])
def test_a_slower_drive_takes_longer_and_an_unknown_one_lies_between(pipeline: Pipeline) -> None:
    times = {kind: of(pipeline, disk_kind=kind).load_milliseconds for kind in ("nvme", "ssd", "hdd", None)}
    assert times["nvme"].expected < times["ssd"].expected < times["hdd"].expected
    assert times["nvme"].expected < times[None].expected < times["ssd"].expected
    assert times[None].low <= times["nvme"].expected
    assert times["ssd"].expected <= times[None].high
    assert of(pipeline, disk_rotational=True).load_milliseconds == times["hdd"]
    for found in times.values():
        assert found.low < found.expected < found.high


def test_a_cold_start_reads_every_weight_and_carries_it_over_the_bus() -> None:
    found, size = of(IMAGE, disk_kind="ssd"), total(IMAGE)
    rate, bus = KNOWLEDGE.time.disk_read["ssd"].value, CARD.gpus[0].pcie_bandwidth or KNOWLEDGE.time.pcie.value
    assert found.load_milliseconds.expected == pytest.approx(size * 1000 / rate + size * 1000 / bus, abs=2)
    assert found.swap_milliseconds.expected == pytest.approx(size * 1000 / bus, abs=1)


def test_what_is_already_where_it_works_does_not_move() -> None:
    mac = machine(KNOWLEDGE, "apple-m2-max-64gb")
    assert estimate(CHAT, mac, KNOWLEDGE).swap_milliseconds.high == 0
    on_cpu = replace(CHAT, gpu=None, placement="cpu")
    assert of(on_cpu).swap_milliseconds.high == 0
    assert of(on_cpu).load_milliseconds.expected > 0
    offloaded = replace(IMAGE, placement="model_offload", resident_share=1000)
    assert of(offloaded).swap_milliseconds.high == 0
    assert of(offloaded).milliseconds.expected > of(IMAGE).milliseconds.expected  # it moves in every result instead


def test_half_a_language_model_on_the_card_swaps_in_half_the_time_and_writes_slower() -> None:
    half = replace(CHAT, placement="streamed", resident_share=500)
    whole, part = of(CHAT), of(half)
    assert part.swap_milliseconds.expected == pytest.approx(whole.swap_milliseconds.expected / 2, abs=1)
    assert part.tokens_per_second
    assert whole.tokens_per_second
    assert part.tokens_per_second.expected < whole.tokens_per_second.expected
    assert part.milliseconds.expected > whole.milliseconds.expected
    assert of(IMAGE).tokens_per_second is None


def test_a_reply_takes_as_long_as_reading_the_prompt_and_writing_the_tokens() -> None:
    found = of(CHAT)
    assert found.tokens_per_second
    assert found.prompt_tokens_per_second
    assert found.milliseconds
    writing = CHAT.size.tokens / found.tokens_per_second.expected * 10**6
    reading = KNOWLEDGE.time.language.prompt_tokens.value / found.prompt_tokens_per_second.expected * 10**6
    assert found.milliseconds.expected == pytest.approx(writing + reading, rel=0.001)
    low, high = found.tokens_per_second.low, found.tokens_per_second.high
    assert low < found.tokens_per_second.expected < high
