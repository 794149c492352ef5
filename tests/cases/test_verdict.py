"""Placements tried in order, verdicts, and what of a machine bounds them."""

from __future__ import annotations

import json
from typing import Any

import pytest

GIB = 2**30


def card(vram: float, ram: float | None = 64, **more: Any) -> dict[str, Any]:
    return {"vram_gb": vram, "ram_gb": ram, "os": "linux", **more}


def test_smaller_cards_go_down_the_order_of_placements(answer) -> None:
    order = ["resident", "offloaded", "streamed", "impossible"]
    found = [answer("flux1-dev", machine=card(vram, 128)).verdict for vram in (80, 40, 27, 24, 16, 8, 4, 1)]
    assert found == sorted(found, key=order.index)
    assert set(found) == set(order)


def test_streaming_keeps_the_largest_share_that_fits(answer) -> None:
    shares = [answer("flux1-dev", machine=card(vram, 128)).resident_share for vram in (22, 16, 12, 8)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[-1]


def test_a_tiled_decode_is_tried_before_a_worse_placement(answer, evaluator) -> None:
    plain = answer("flux1-dev", placement="resident", variants="Q8_0", tiled=False, machine=card(80))
    tiles = answer("flux1-dev", placement="resident", variants="Q8_0", tiled=True, machine=card(80))
    assert tiles.peak_vram.high < plain.peak_vram.high
    between = (tiles.peak_vram.high + plain.peak_vram.high) / 2 / GIB + 0.5  # the reserve of the platform
    found = answer("flux1-dev", variants="Q8_0", machine=card(between, display=True))
    assert (found.verdict, found.tiled) == ("resident", True)


def test_a_stated_placement_alone_is_judged_and_the_best_that_fits_is_named(answer) -> None:
    found = answer("flux1-dev", placement="resident", machine=card(24))
    assert (found.verdict, found.fits, found.placement) == ("impossible", False, "resident")
    assert found.instead is not None
    assert found.instead.placement != "resident"
    assert "would fit" in found.reason
    free = answer("flux1-dev", machine=card(24))
    assert (found.instead.placement, found.instead.peak_vram) == (free.placement, free.peak_vram)
    fine = answer("flux1-dev", placement="streamed", machine=card(24))
    assert (fine.verdict, fine.fits, fine.instead) == ("streamed", True, None)


def test_diffusers_does_not_tile_unless_it_is_told_to(answer) -> None:
    on_demand = answer("flux1-dev", placement="resident", runtime="diffusers", machine=card(24), variants="nf4")
    assert not on_demand.tiled
    assert answer("flux1-dev", placement="resident", runtime="diffusers", machine=card(24), tiled=True).tiled


def test_confidence_decides_which_end_must_fit(answer, knowledge) -> None:
    safe = answer("flux1-dev", placement="resident", variants="fp8", tiled=False, machine=card(80))
    assert safe.peak_vram.low < safe.peak_vram.high
    between = card((safe.peak_vram.low + safe.peak_vram.high) / 2 / GIB + 0.4, display=True)
    fields = {"placement": "resident", "variants": "fp8", "tiled": False, "machine": between}
    assert answer("flux1-dev", **fields, confidence="safe").verdict == "impossible"
    assert answer("flux1-dev", **fields, confidence="optimistic").verdict == "resident"


def test_ram_that_is_stated_bounds_and_ram_that_is_not_is_said(answer) -> None:
    little = answer("flux1-dev", placement="streamed", machine=card(24, 16))
    assert little.verdict == "impossible"
    assert "RAM" in little.reason
    silent = answer("flux1-dev", placement="streamed", machine=card(24, None))
    assert silent.verdict == "streamed"
    assert any("RAM was not stated" in text for text in silent.warnings)


@pytest.mark.parametrize(
    ("machine", "device"),
    [
        ({"gpu": "RTX 4090"}, "GeForce RTX 4090 24 GB"),
        ({"gpu": "NVIDIA GeForce RTX 4090", "vram_gb": 24}, "GeForce RTX 4090 24 GB"),
        ({"gpu": "A100 80GB"}, "NVIDIA A100 80 GB"),
        ({"gpu": "A100", "vram_gb": 40}, "NVIDIA A100 40 GB"),
        ({"gpu": "RTX 3080", "vram_gb": 12}, "GeForce RTX 3080 12 GB"),
        ({"gpu": "16GB card"}, "a card of 16.0 GB"),
        ({"gpu": None, "vram_gb": 12}, "a card of 12.0 GB"),
        ({"vram_gb": 12}, "a card of 12.0 GB"),
        ({"gpu": "RTX 9999 Mega", "vram_gb": 12}, "RTX 9999 Mega"),
        ({"gpu": ["RTX 3060 12GB", "RTX 3090"]}, "GeForce RTX 3090 24 GB"),
        ({"gpu": "2x RTX 3090"}, "GeForce RTX 3090 24 GB"),
    ],
)
def test_a_card_by_any_of_its_names(answer, machine: dict[str, Any], device: str) -> None:
    assert answer("sdxl", machine={"ram_gb": 64, **machine}).device == device


def test_the_memory_that_is_stated_counts(answer) -> None:
    found = answer("sdxl", machine={"gpu": "RTX 4090", "vram_gb": 16, "ram_gb": 64})
    assert 15 * GIB < found.usable_vram < 16 * GIB


def test_a_card_of_unknown_memory_bounds_nothing(answer) -> None:
    found = answer("flux1-dev", placement="resident", machine={})
    assert found.verdict == "resident"
    assert "not known" in found.reason
    assert found.peak_vram.expected > 20 * GIB


def test_two_cards_do_not_add_up(answer) -> None:
    found = answer("flux1-dev", machine={"gpu": "2x RTX 3090", "ram_gb": 128})
    assert found.verdict != "resident"
    assert any("add up" in text for text in found.warnings)


def test_the_processor_alone(answer) -> None:
    found = answer("llama-3.1-8b", machine={"gpu": "none", "ram_gb": 32})
    assert (found.verdict, found.placement, found.gpu) == ("offloaded", "cpu", None)
    assert found.peak_vram.high == 0
    assert answer("llama-3.1-8b", machine={"gpu": "none", "ram_gb": 4}).verdict == "impossible"


def test_one_memory_for_both(answer) -> None:
    mac = {"gpu": "Apple M3 Max", "ram_gb": 64}
    found = answer("flux1-dev", variants="Q8_0", machine=mac)
    assert (found.verdict, found.placement) == ("resident", "resident")
    assert answer("flux1-dev", placement="streamed", variants="Q8_0", machine=mac).verdict == "impossible"
    small = {"gpu": "Apple M1", "ram_gb": 8}
    assert answer("flux1-dev", variants="Q8_0", machine=small).verdict == "impossible"


def test_language_models_leave_layers_in_ram_and_end_on_the_processor(answer) -> None:
    placements = [
        answer("llama-3.1-8b", machine={"gpu": None, "vram_gb": vram, "ram_gb": 32}).placement
        for vram in (12, 5, 1.5, 0.5)
    ]
    assert placements[0] == "resident"
    assert placements[1] == "streamed"
    assert placements[-1] == "cpu"


def test_a_longer_context_and_a_smaller_cache(answer) -> None:
    short, long = (answer("llama-3.1-8b", context=tokens) for tokens in (4096, 32768))
    assert long.peak_vram.expected > short.peak_vram.expected + 3 * GIB
    assert answer("llama-3.1-8b", context=32768, kv_cache="q8_0").peak_vram.expected < long.peak_vram.expected - GIB


def test_what_the_hardware_cannot_do_is_impossible_whatever_its_memory(answer) -> None:
    old = answer("flux1-dev", variants="svdq-int4", runtime="comfyui", machine={"gpu": "Tesla P40", "ram_gb": 64})
    assert (old.verdict, old.supported) == ("impossible", False)
    pc = answer("flux1-dev-coreml", machine={"gpu": "RTX 4090", "ram_gb": 64})
    assert pc.verdict == "impossible"


def test_what_a_program_is_not_known_to_load_is_a_warning(answer) -> None:
    found = answer("flux1-dev", variants={"t5xxl": "fp8"}, runtime="diffusers", machine=card(80))
    assert (found.verdict, found.supported) == ("resident", False)
    assert any("not known to load" in text for text in found.warnings)


def test_what_takes_hours_is_said(answer) -> None:
    found = answer("flux1-dev", machine={"gpu": "none", "ram_gb": 128})
    assert any("pointless" in text for text in found.warnings)


def test_the_answer_is_the_estimators(answer, knowledge, evaluator) -> None:
    """The numbers are those of rigfit.estimate for the pipeline that is named."""
    from rigfit.estimate import estimate

    case = {"model": "flux1-dev", "variants": {"denoiser": "fp8"}, "placement": "model_offload", "machine": card(24)}
    resolved = evaluator.resolver.resolve(case)
    expected = estimate(resolved.pipeline("model_offload"), resolved.machine, knowledge)
    found = evaluator.answer(case)
    assert found.peak_vram.high == expected.peak_vram.high
    assert found.peak_ram.low == expected.peak_ram.low
    assert [phase.name for phase in found.phases] == [phase.name for phase in expected.phases]
    assert json.loads(found.model_dump_json())["peak_vram"] == {
        "low": expected.peak_vram.low, "expected": expected.peak_vram.expected, "high": expected.peak_vram.high
    }  # fmt: skip
