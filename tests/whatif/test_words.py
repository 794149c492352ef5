"""What is different, in words."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from rigfit.cli.render.whatif import print_chart
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Bounds
from rigfit.schema.whatif import Outcome, Step, TaskOutcome, Varied
from rigfit.units import GIB, MIB
from rigfit.whatif.words import changes, models_change, only_levers_move


def task(**more: Any) -> TaskOutcome:
    some = Bounds(low=1, expected=2, high=3)
    usual = {
        "task": "image_generation", "model": "flux1-dev", "title": "FLUX.1 dev",
        "variants": {"denoiser": "gguf_q4_k_s"},
        "runtime": "comfyui", "packaging": "split", "placement": "resident", "resident_share": 1000,
        "tiled_decode": False, "gpu": 0, "features": (), "addons": (), "quality": 8000,
        "milliseconds": Bounds(low=10_000, expected=20_000, high=30_000), "peak_vram": some, "peak_ram": some,
    }  # fmt: skip
    return TaskOutcome.model_validate({**usual, **more})


def outcome(*tasks: TaskOutcome, status: str = "optimal") -> Outcome:
    quality = sum(t.quality for t in tasks) // len(tasks) if tasks else None
    return Outcome.model_validate(
        {"status": status, "tasks": tasks, "quality": quality, "milliseconds": None, "download_bytes": 0, "needs": {}}
    )


def test_nothing_different_is_nothing_to_say(knowledge: Knowledge) -> None:
    assert changes(outcome(task()), outcome(task()), knowledge) == ()


def test_one_change_at_a_time(knowledge: Knowledge) -> None:
    before = outcome(task())
    for more, said in (
        ({"variants": {"denoiser": "gguf_q8_0"}, "quality": 8150}, "denoiser Q4_K_S → Q8_0, +1.5 points"),
        ({"placement": "streamed", "resident_share": 750}, "resident → streamed, 75 % on the card"),
        ({"placement": "model_offload"}, "resident → parts take turns on the card"),
        ({"tiled_decode": True}, "tiled decode"),
        ({"gpu": 1}, "on card 2"),
        ({"features": ("lora",)}, "with lora"),
        ({"milliseconds": Bounds(low=1, expected=5_000, high=9_000)}, "20 s → 5.0 s"),
        ({"quality": 7000}, "-10.0 points"),
    ):
        assert changes(before, outcome(task(**more)), knowledge) == (said,)
        assert not models_change(before, outcome(task(**more)))


def test_a_cache_in_other_bits_is_named(knowledge: Knowledge) -> None:
    before, after = (outcome(task(variants={"llm": "gguf_q6_k"}, cache=cache)) for cache in ("f16", "q8_0"))
    assert changes(before, after, knowledge) == ("cache f16 → q8_0",)


@pytest.mark.parametrize(
    ("more", "levers"),
    [
        ({"tiled_decode": True}, True),
        ({"cache": "q8_0"}, True),
        ({"variants": {"denoiser": "gguf_q4_k_s", "t5xxl": "fp16"}}, True),
        ({"variants": {"denoiser": "gguf_q8_0"}}, False),
        ({"placement": "model_offload"}, False),
        ({"features": ("lora",)}, False),
        ({"model": "flux1-schnell"}, False),
    ],
)
def test_levers_leave_the_main_network_as_it_is(more: dict[str, object], levers: bool) -> None:
    assert only_levers_move(outcome(task()), outcome(task(**more))) is levers
    assert not only_levers_move(None, outcome(task(**more)))


def test_another_model_says_its_precision(knowledge: Knowledge) -> None:
    after = outcome(task(model="flux1-schnell", title="FLUX.1 schnell", addons=("anything",)))
    assert changes(outcome(task()), after, knowledge) == ("FLUX.1 dev → FLUX.1 schnell, Q4_K_S",)
    assert models_change(outcome(task()), after)


def test_several_tasks_are_named(knowledge: Knowledge) -> None:
    second = task(task="upscaling", title="ESRGAN", variants={"upscaler": "fp16"})
    before, after = outcome(task(), second), outcome(task(), second.model_copy(update={"placement": "cpu"}))
    assert changes(before, after, knowledge) == ("upscaling: resident → on the processor",)


def test_from_nothing_and_to_nothing(knowledge: Knowledge) -> None:
    nothing, open_ = outcome(status="infeasible"), outcome(status="undecided")
    assert changes(nothing, outcome(task()), knowledge) == ("image generation: FLUX.1 dev, resident",)
    assert changes(outcome(task()), nothing, knowledge) == ("no bundle fits",)
    assert changes(outcome(task()), open_, knowledge) == ("not decided",)
    assert models_change(None, nothing)


def test_the_chart_is_a_stair_within_the_terminal() -> None:
    outcomes = (outcome(status="infeasible"), outcome(task(quality=5000)), outcome(task(quality=9000)))
    edges = (4 * GIB, 8 * GIB, 16 * GIB, 24 * GIB)
    steps = tuple(
        Step(low=low, high=high - MIB, outcome=number, changes=(), models_change=True)
        for number, (low, high) in enumerate(pairwise(edges))
    )
    text = io.StringIO()
    out = Console(file=text, width=70, force_terminal=True, color_system=None, highlight=False)
    print_chart(out, steps, outcomes, Varied(resource="vram", low=edges[0], high=edges[-1] - MIB, has=edges[1]))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 70
    top, bottom = lines[0], lines[5]
    assert top.rstrip().endswith("█")
    # Nothing fits at first, then a low step, then a high one.
    assert top.index("█") > min(bottom.index(mark) for mark in "▁▂▃▄▅▆▇█" if mark in bottom) > 8
    assert "4 GB" in lines[6]
    assert "points over VRAM" in lines[6]
