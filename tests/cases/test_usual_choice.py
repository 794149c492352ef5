"""What is taken where a case is silent; the rule stands in rigfit.cases.variants and rigfit.cases.resolve."""

from __future__ import annotations

import pytest


def test_sixteen_bits_unless_something_is_said(answer) -> None:
    found = answer("flux1-dev")
    assert found.variants == {"denoiser": "bf16", "t5xxl": "fp16", "clip_l": "fp16", "vae": "bf16"}
    assert not any(part.stated for part in found.parts)


@pytest.mark.parametrize(("runtime", "encoder"), [("comfyui", "fp8_e4m3fn_scaled"), ("diffusers", "fp16")])
def test_large_encoders_follow_the_main_network_down_to_eight_bits(answer, runtime: str, encoder: str) -> None:
    assert answer("flux1-dev", variants={"denoiser": "fp8"}, runtime=runtime).variants["t5xxl"] == encoder


@pytest.mark.parametrize(
    ("runtime", "variant"),
    [("llama-cpp", "gguf_q4_k_m"), ("ollama", "gguf_q4_k_m"), ("exllamav2", "exl2_4bpw"), ("vllm", "bf16")],
)
def test_language_models_take_what_their_program_is_used_with(answer, runtime: str, variant: str) -> None:
    assert answer("llama-3.1-8b", runtime=runtime).variants["llm"] == variant


@pytest.mark.parametrize(
    ("runtime", "spelling", "variant"),
    [
        ("llama-cpp", "4bit", "gguf_q4_k_m"),
        ("llama-cpp", "8bit", "gguf_q8_0"),
        ("exllamav2", "4 bit", "exl2_4bpw"),
        ("llama-cpp", "fp16", "gguf_f16"),
    ],
)
def test_a_width_means_the_file_that_the_program_loads(answer, runtime: str, spelling: str, variant: str) -> None:
    assert answer("llama-3.1-8b", runtime=runtime, variants={"llm": spelling}).variants["llm"] == variant


def test_apple_takes_mlx_and_core_ml_only_where_they_are_asked_for(answer) -> None:
    mac = {"gpu": "Apple M3 Max", "ram_gb": 64}
    assert answer("llama-3.1-8b", runtime="mlx", machine=mac).variants["llm"] == "mlx_4bit"
    assert answer("flux1-dev-coreml", machine=mac).runtime == "alloy"
    assert answer("flux1-dev", machine=mac).runtime == "comfyui"


def test_a_program_that_exists_for_another_system_moves_the_assumed_system(answer) -> None:
    found = answer("latentsync-1.5", runtime="latentsync-repo", machine={"gpu": "RTX 4090", "ram_gb": 64})
    assert (found.supported, found.verdict) == (True, "resident")
    stated = answer(
        "latentsync-1.5", runtime="latentsync-repo", machine={"gpu": "RTX 4090", "ram_gb": 64, "os": "windows"}
    )
    assert any("windows" in text for text in stated.warnings)


def test_sizes_that_are_not_stated_are_the_tasks_and_named(answer) -> None:
    found = answer("flux1-dev")
    assert (found.size["width"], found.size["height"]) == (1024, 1024)
    assert {"width", "height"} <= {assumption.field for assumption in found.assumptions}
    stated = answer("flux1-dev", width=512, height=768)
    assert (stated.size["width"], stated.size["height"]) == (512, 768)
    assert not {"width", "height"} & {assumption.field for assumption in stated.assumptions}


def test_a_model_that_works_at_less_is_estimated_at_less(answer) -> None:
    found = answer("sd15")
    assert found.size["width"] * found.size["height"] < 1024 * 1024
    assert any("made for" in text for text in answer("sd15", width=2048, height=2048).warnings)


def test_frames_are_counted_as_stated_and_bounded_where_not(answer) -> None:
    assert answer("wan21-t2v-14b").size["frames"] == 81
    found = answer("wan21-t2v-14b", frames=121)
    assert found.size["frames"] == 121
    assert any("81 frames" in text for text in found.warnings)


def test_frames_of_a_picture_are_not_counted(answer) -> None:
    found = answer("sdxl", frames=49)
    assert found.peak_vram == answer("sdxl").peak_vram
    assert any("frames" in text for text in found.warnings)
