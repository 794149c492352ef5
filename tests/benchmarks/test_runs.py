"""Measured runs as cases: every one is described in words that resolve, or says why it is not."""

from __future__ import annotations

from collections import Counter

import pytest
from benchmarks.fidelity.runs import Run, load_runs, run_of

from rigfit.cases import Resolver
from rigfit.knowledge import load_knowledge

RUNS = {run.id: run for run in load_runs()}


def test_every_run_is_described_or_says_why_not() -> None:
    assert len(RUNS) == 100
    assert all((run.case is None) != (run.unmapped is None) for run in RUNS.values())
    assert Counter(run.unmapped is None for run in RUNS.values())[True] >= 85


def test_every_description_resolves() -> None:
    resolver = Resolver(load_knowledge())
    for run in RUNS.values():
        if run.case is not None:
            resolved = resolver.resolve(run.case)
            assert resolved.choice.parts, run.id


def test_no_description_knows_the_outcome() -> None:
    """The case is the same whatever was measured."""
    row = {
        "id": "x", "model": "flux1-dev", "variant": "bf16", "gpu": "RTX 4090", "vram_gb": 24, "source": "x/y",
        "kind": "user_report", "setting": {"width": 1024, "height": 1024, "offload": "none", "flags": None},
    }  # fmt: skip
    found = [run_of({**row, "outcome": outcome}) for outcome in ({"result": "oom"}, {"result": "ran", "peak_gb": 9})]
    assert found[0].case == found[1].case


@pytest.mark.parametrize(
    ("run", "variants", "placement", "runtime"),
    [
        ("hc-001", {"main": "bf16"}, "resident", "diffusers"),
        ("hc-002", {"denoiser": "bnb-nf4", "t5xxl": "bnb-nf4"}, "resident", "diffusers"),
        ("hc-007", {"denoiser": "quanto int4", "t5xxl": "quanto int4"}, "resident", "diffusers"),
        ("hc-011", {"denoiser": "gguf Q8_0", "t5xxl": "bf16"}, "resident", "diffusers"),
        ("hc-027", {"denoiser": "fp16", "t5xxl": "none"}, "model_offload", "diffusers"),
        ("hc-028", {"denoiser": "fp16", "t5xxl": "8-bit"}, "resident", "diffusers"),
        ("hc-056", {"main": "bf16", "t5": "none"}, "model_offload", "official"),
        ("hc-131", {"main": "bf16", "t5": "none"}, "model_offload", "official"),
        ("hc-194", {"main": "Q8_0"}, "model_offload", "comfyui"),
        ("hc-057", {"main": "bf16"}, "model_offload", "official"),
        ("hc-104", {"main": "Q4_K_M"}, "streamed", "invokeai"),
        ("hc-142", {"main": "fp8"}, "streamed", "comfyui"),
        ("hc-147", {"main": "fp8"}, None, "comfyui"),
        ("hc-159", None, "sequential", "comfyui"),
        ("hc-181", {"main": "bf16"}, "model_offload", "official"),
        ("hc-200", {"denoiser": "fp8"}, "model_offload", "comfyui"),
        ("hc-215", {"denoiser": "gguf Q8_0", "t5xxl": "bnb int8"}, "model_offload", "invokeai"),
        ("hc-238", {"main": "bf16"}, "sequential", "official"),
    ],
)
def test_what_the_free_text_means(run: str, variants: object, placement: str | None, runtime: str) -> None:
    case = RUNS[run].case
    assert case is not None
    assert (case.get("variants"), case.get("placement"), case["runtime"]) == (variants, placement, runtime)


def test_tiling_is_what_the_flags_say() -> None:
    cases: list[Run] = [RUNS[name] for name in ("hc-029", "hc-032", "hc-142")]
    assert [run.case.get("tiled") if run.case else None for run in cases] == [False, True, None]
