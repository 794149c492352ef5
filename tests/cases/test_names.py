"""Names as people and programs write them: models, parts, precisions, programs, placements."""

from __future__ import annotations

import pytest

from rigfit.cases.precisions import meanings, split_name
from rigfit.errors import InputError

MODELS = [
    ("flux1-dev", "flux1-dev"),
    ("flux1", "flux1-dev"),
    ("FLUX.1-dev", "flux1-dev"),
    ("black-forest-labs/FLUX.1-dev", "flux1-dev"),
    ("flux1-dev-fp8", "flux1-dev"),
    ("flux1-dev-Q4_K_S.gguf", "flux1-dev"),
    ("FLUX.1 schnell", "flux1-schnell"),
    ("wan2.1-t2v-14b", "wan21-t2v-14b"),
    ("Wan-AI/Wan2.1-T2V-14B-Diffusers", "wan21-t2v-14b"),
    ("wan2.1-14b", "wan21-t2v-14b"),
    ("wan2.1-i2v-14b", "wan21-i2v-14b-720p"),
    ("wan2.2-a14b", "wan22-t2v-a14b"),
    ("Wan 2.2", "wan22-t2v-a14b"),
    ("wan2.2-5b", "wan22-ti2v-5b"),
    ("sd3-medium", "sd3-medium"),
    ("sd3.5-large", "sd35-large"),
    ("sdxl", "sdxl-base"),
    ("stabilityai/stable-diffusion-xl-base-1.0", "sdxl-base"),
    ("SD 1.5", "sd15"),
    ("runwayml/stable-diffusion-v1-5", "sd15"),
    ("hunyuanvideo", "hunyuanvideo"),
    ("tencent/HunyuanVideo", "hunyuanvideo"),
    ("ltx-video-2b", "ltx-video-2b"),
    ("Lightricks/LTX-Video", "ltx-video-2b"),
    ("cogvideox1.5-5b", "cogvideox1.5-5b"),
    ("cogvideox-5b-tora", "cogvideox-5b"),
    ("mochi-1", "mochi-1"),
    ("framepack-13b", "framepack"),
    ("qwen-image", "qwen-image"),
    ("Qwen/Qwen-Image", "qwen-image"),
    ("qwen-image-edit", "qwen-image-edit-2511"),
    ("hidream-i1-dev", "hidream-i1-dev"),
    ("omnigen-v1", "omnigen"),
    ("minimax-h3-20b", "minimax-h3"),
    ("ace-step-3.5b", "ace-step-v1"),
    ("llama-3.1-8b", "llama-3.1-8b"),
    ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b"),
    ("Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "llama-3.1-8b"),
]


@pytest.mark.parametrize(("name", "model"), MODELS)
def test_a_model_by_any_of_its_names(answer, name: str, model: str) -> None:
    assert answer(name).model == model


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("no-such-model", None),
        ("flux9-ultra", None),
        ("flux-schnel", "flux-schnell"),  # a slip is not a fine-tune of "flux"
        ("mistral-7b-v0.2", "mistral-7b-v0.3"),  # numbers tell versions apart
        ("qwen", None),  # many families begin so
        ("phi-4", None),  # the 14B model is not the mini one
        ("x" * 200, None),
        ("../../etc/passwd", None),
        ("Q8_0", None),
        (".gguf", None),
    ],
)
def test_an_unknown_model_is_refused_with_what_is_near(answer, name: str, near: str | None) -> None:
    with pytest.raises(InputError, match="unknown model") as caught:
        answer(name)
    assert near is None or near in str(caught.value)


def test_what_is_not_exactly_named_is_noted(answer) -> None:
    assert any("family" in text for text in answer("flux1").warnings)
    assert any("not in the catalog" in text for text in answer("cogvideox-5b-tora").warnings)
    assert not answer("flux1-dev").warnings


def test_a_precision_in_the_name_is_for_the_main_network(answer) -> None:
    assert answer("flux1-dev-Q4_K_S.gguf").variants["denoiser"] == "gguf_q4_k_s"
    stated = answer("flux1-dev-Q4_K_S.gguf", variants={"denoiser": "fp8"})
    assert stated.variants["denoiser"] == "fp8_e4m3fn"


@pytest.mark.parametrize(
    ("name", "bare", "precision"),
    [
        ("flux1-dev", "flux1-dev", None),
        ("flux1-dev-Q4_K_S.gguf", "flux1-dev", "Q4_K_S"),
        ("wan2.1_t2v_14B_fp8_e4m3fn.safetensors", "wan2.1_t2v_14B", "fp8_e4m3fn"),
        ("svdq-int4_r32-flux.1-dev.safetensors", "flux.1-dev", "svdq-int4"),
        ("sdxl_base_fp16", "sdxl_base", "fp16"),
    ],
)
def test_a_name_and_its_precision(name: str, bare: str, precision: str | None) -> None:
    assert split_name(name) == (bare, precision)


PRECISIONS = [
    ("fp8", "fp8_e4m3fn"),
    ("fp8_e4m3fn", "fp8_e4m3fn"),
    ("fp8 scaled", "fp8_e4m3fn_scaled"),
    ("FP8_E5M2", "fp8_e5m2"),
    ("torchao fp8wo", "fp8_e4m3fn"),
    ("fp8 layerwise casting", "fp8_e4m3fn"),
    ("Q8_0", "gguf_q8_0"),
    ("gguf_q8_0", "gguf_q8_0"),
    ("q4_k_m", "gguf_q4_k_m"),
    ("gguf Q4_K_S", "gguf_q4_k_s"),
    ("Q6", "gguf_q6_k"),
    ("Q4_1", "gguf_q4_1"),
    ("gguf", "gguf_q4_k_m"),
    ("bf16", "bf16"),
    ("bfloat16", "bf16"),
    ("fp16", "fp16"),
    ("half", "fp16"),
    ("fp32", "fp32"),
    ("nf4", "nf4"),
    ("bnb-nf4", "nf4"),
    ("bnb 4-bit", "nf4"),
    ("4bit", "nf4"),
    ("torchao int4wo", "nf4"),
    ("int8", "int8"),
    ("bnb-int8", "int8"),
    ("8-bit", "int8"),
    ("quanto int8", "int8"),
    ("int8 convrot", "int8_convrot"),
    ("svdq-int4", "svdq_int4"),
    ("nunchaku", "svdq_int4"),
    ("svdq-fp4", "svdq_nvfp4"),
    ("nvfp4", "nvfp4"),
    ("exl2 4.1 bpw", "exl2_4bpw"),
    ("6.0bpw", "exl2_6bpw"),
    ("AWQ", "awq_int4"),
]


@pytest.mark.parametrize(("spelling", "precision"), PRECISIONS)
def test_a_precision_by_any_of_its_spellings(knowledge, spelling: str, precision: str) -> None:
    assert meanings(spelling, knowledge)[0] == precision


def test_every_precision_and_alias_of_the_catalog_is_understood(knowledge) -> None:
    for precision in knowledge.catalog.precisions:
        for name in (precision.id, *precision.aliases):
            assert meanings(name, knowledge)[0] == precision.id, name


@pytest.mark.parametrize("spelling", ["", "purple", "x" * 150, "12"])
def test_what_means_no_precision(knowledge, spelling: str) -> None:
    assert meanings(spelling, knowledge) == ()


@pytest.mark.parametrize(
    ("model", "part", "roles"),
    [
        ("flux1-dev", "denoiser", {"denoiser"}),
        ("flux1-dev", "transformer", {"denoiser"}),
        ("flux1-dev", "unet", {"denoiser"}),
        ("flux1-dev", "flux1-dev-transformer", {"denoiser"}),
        ("flux1-dev", "t5", {"t5xxl"}),
        ("flux1-dev", "T5XXL", {"t5xxl"}),
        ("flux1-dev", "text_encoder_2", {"t5xxl"}),
        ("flux1-dev", "te", {"t5xxl"}),  # CLIP has no such file and stays
        ("sd3-medium", "text_encoder_3", {"t5xxl"}),
        ("flux1-dev", "clip_l", {"clip_l"}),
        ("wan22-t2v-a14b", "transformer", {"denoiser_high", "denoiser_low"}),
        ("wan22-t2v-a14b", "transformer_2", {"denoiser_low"}),
        ("wan22-t2v-a14b", "high_noise", {"denoiser_high"}),
        ("wan22-t2v-a14b", "t5", {"umt5xxl"}),
        ("llama-3.1-8b", "denoiser", {"llm"}),
        ("llama-3.1-8b", "llm", {"llm"}),
    ],
)
def test_a_part_by_any_of_its_names(answer, model: str, part: str, roles: set[str]) -> None:
    found = answer(model, variants={part: "Q8_0"})
    assert {p.role for p in found.parts if p.stated} == roles
    assert {found.variants[role] for role in roles} == {"gguf_q8_0"}


def test_a_part_that_the_model_does_not_have(answer) -> None:
    with pytest.raises(InputError, match=r"SDXL 1\.0 base has no part 't5xxl'"):
        answer("sdxl", variants={"t5xxl": "fp8"})


def test_a_part_can_be_left_out(answer) -> None:
    whole, less = answer("sd3-medium"), answer("sd3-medium", variants={"t5xxl": "none"})
    assert set(whole.variants) - set(less.variants) == {"t5xxl"}
    assert whole.disk - less.disk == next(p.bytes for p in whole.parts if p.role == "t5xxl")


def test_a_precision_without_a_file_is_derived_and_said_so(answer) -> None:
    found = next(p for p in answer("sd3-medium", variants={"denoiser": "nf4"}).parts if p.role == "denoiser")
    assert (found.variant, found.basis) == ("nf4", "derived")
    assert found.bytes == 2_085_000_000 * 4500 // 8000


def test_one_word_alone_is_for_the_main_network(answer) -> None:
    assert answer("flux1-dev", variants="Q6_K").variants["denoiser"] == "gguf_q6_k"


def test_an_unknown_precision_names_the_nearest(answer) -> None:
    with pytest.raises(InputError, match="unknown variant 'purple'.*nearest: "):
        answer("flux1-dev", variants={"denoiser": "purple"})


@pytest.mark.parametrize(
    ("model", "name", "runtime"),
    [
        ("flux1-dev", "ComfyUI", "comfyui"),
        ("flux1-dev", "comfy", "comfyui"),
        ("flux1-dev", "Diffusers", "diffusers"),
        ("flux1-dev", "invoke", "invokeai"),
        ("sdxl", "automatic1111", "a1111"),
        ("sdxl", "webui", "a1111"),
        ("llama-3.1-8b", "llama.cpp", "llama-cpp"),
        ("llama-3.1-8b", "LM Studio", "lm-studio"),
        ("framepack", "official", "framepack-repo"),
        ("musicgen-medium", "official", "audiocraft"),
        ("flux1-dev", None, "comfyui"),
        ("llama-3.1-8b", None, "llama-cpp"),
        ("omnigen", None, "diffusers"),
    ],
)
def test_a_program_by_any_of_its_names(answer, model: str, name: str | None, runtime: str) -> None:
    assert answer(model, runtime=name).runtime == runtime


def test_an_unknown_program_names_the_nearest(answer) -> None:
    with pytest.raises(InputError, match="unknown runtime 'comfyiu'; nearest: comfyui"):
        answer("flux1-dev", runtime="comfyiu")


@pytest.mark.parametrize(
    ("name", "placement", "share"),
    [
        ("resident", "resident", 1.0),
        ("none", "resident", 1.0),
        ("highvram", "resident", 1.0),
        ("model_offload", "model_offload", 1.0),
        ("cpu offload", "model_offload", 1.0),
        ("enable_model_cpu_offload", "model_offload", 1.0),
        ("offload", "model_offload", 1.0),
        ("sequential", "streamed", 0.0),
        ("sequential_offload", "streamed", 0.0),
        ("group_offload", "streamed", 0.0),
        ("novram", "streamed", 0.0),
        ("block_swap", "streamed", None),
        ("blockswap 24", "streamed", None),
        ("lowvram", "streamed", None),
        ("dynamic swap", "streamed", None),
        ("partial", "streamed", None),
        ("cpu", "cpu", 1.0),
    ],
)
def test_a_placement_by_any_of_its_names(answer, name: str, placement: str, share: float | None) -> None:
    found = answer("sdxl", placement=name)
    assert found.placement == placement
    assert share is None or found.resident_share == share


@pytest.mark.parametrize("name", ["auto", "default", "normal", None])
def test_words_for_as_the_program_sees_fit(answer, name: str | None) -> None:
    assert answer("sdxl", placement=name).placement == "resident"
    small = {"gpu": "GTX 1050 Ti", "ram_gb": 32}
    assert answer("sdxl", placement=name, machine=small).placement != "resident"


def test_an_unknown_placement_names_the_known(answer) -> None:
    with pytest.raises(InputError, match="unknown placement 'sideways'.*model_offload"):
        answer("sdxl", placement="sideways")
