"""What comes on top of weights: the cache of language models, activations of denoisers, and decoders."""

from __future__ import annotations

from dataclasses import replace

import pytest
from requests_and_machines import machine

from rigfit.cases.resolve import Resolver
from rigfit.estimate import Estimate, Pipeline, ResolvedSize, estimate
from rigfit.estimate.activations import kv_cache
from rigfit.knowledge import load_knowledge
from rigfit.schema.rules import MemoryConstants

KNOWLEDGE = load_knowledge()
CARD = machine(KNOWLEDGE, "rtx-4090", ram=128)
RESOLVER = Resolver(KNOWLEDGE)
GIB = 1 << 30
MIB = 1 << 20


def of(pipeline: Pipeline) -> Estimate:
    return estimate(pipeline, CARD, KNOWLEDGE)


def pipeline(placement="model_offload", share=1000, tiled=False, **case) -> Pipeline:
    return RESOLVER.resolve({"machine": {"gpu": "RTX 4090"}, **case}).pipeline(placement, share, tiled)


def phase(found: Estimate, name: str):
    return next(p.vram for p in found.phases if p.name == name)


def chat(context: int, batch: int = 1) -> ResolvedSize:
    return ResolvedSize(0, 0, batch, 1, 0.0, context, None)


@pytest.mark.parametrize(
    ("architecture", "context", "expected"),
    [
        ("llama-3-8b-lm", 2048, 256 * MIB),  # published table: 256 MiB at 2,048 tokens and 16 bits
        ("llama-3.1-8b-lm", 8192, 1 * GIB),
        ("qwen3-8b-lm", 8192, 2 * 36 * 8 * 128 * 2 * 8192),
    ],
)
def test_the_cache_of_a_language_model_is_counted_exactly(architecture: str, context: int, expected: int) -> None:
    assert kv_cache(KNOWLEDGE.index("architectures")[architecture], chat(context)) == expected


def test_a_quantised_cache_takes_its_bits() -> None:
    llama = KNOWLEDGE.index("architectures")["llama-3.1-8b-lm"]
    assert kv_cache(llama, chat(8192), 8500) == GIB * 8500 // 16000
    assert kv_cache(llama, chat(8192), 4500) == GIB * 4500 // 16000


def test_layers_with_a_window_keep_only_what_is_inside() -> None:
    gemma = KNOWLEDGE.index("architectures")["gemma-3-12b-lm"]
    a_token = 2 * 8 * 256 * 2  # of one layer
    assert kv_cache(gemma, chat(1000)) == 48 * 1000 * a_token
    assert kv_cache(gemma, chat(32_768)) == (8 * 32_768 + 40 * 1024) * a_token


def test_layers_left_in_ram_take_their_part_of_the_cache_along() -> None:
    llama = pipeline(model="llama-3.1-8b", variants="Q4_K_M", context=32_768)
    whole = of(replace(llama, placement="resident", resident_share=1000))
    half = of(replace(llama, placement="streamed", resident_share=500))
    none = of(replace(llama, placement="streamed", resident_share=0))
    weights = sum(part.weights for part in llama.parts)
    assert whole.peak_vram.expected - none.peak_vram.expected == weights + 4 * GIB
    assert half.peak_vram.expected - none.peak_vram.expected == pytest.approx((weights + 4 * GIB) / 2, abs=2)
    assert none.peak_ram.high - half.peak_ram.high == pytest.approx(2 * GIB, abs=2)


def test_the_second_expert_of_a_pair_waits_in_ram() -> None:
    wan = pipeline(model="wan22-t2v-a14b", variants={"denoiser": "fp8"}, width=832, height=480, frames=81)
    experts = [part.weights for part in wan.of_kind("denoiser")]
    assert len(experts) == 2
    alone = replace(wan, parts=tuple(part for part in wan.parts if part.role != "denoiser_low"))
    both, one = of(wan), of(alone)
    assert phase(both, "denoise").expected == phase(one, "denoise").expected
    more = 1000 + KNOWLEDGE.memory.parked_high.value
    assert both.peak_ram.high - one.peak_ram.high == pytest.approx(experts[1] * more // 1000, abs=2)


def test_scripts_that_load_32_bit_files_hold_them_so() -> None:
    """Wan's own scripts: 69.1 GiB at 720p, of which 53 are the transformer; out of memory on 48 GB even at 480p."""
    wan = {"model": "wan21-t2v-14b", "variants": "bf16", "frames": 81}
    script = pipeline(runtime="reference-scripts", width=1280, height=720, **wan)
    program = pipeline(runtime="comfyui", width=1280, height=720, **wan)
    held = [next(p.weights for p in one.parts if p.role == "denoiser") for one in (script, program)]
    assert held[0] == pytest.approx(2 * held[1], rel=0.01)
    assert phase(of(script), "denoise").expected / GIB == pytest.approx(69.1, rel=0.05)
    small = pipeline(runtime="reference-scripts", width=832, height=480, **wan)
    assert phase(of(small), "denoise").low > 48 * GIB


def test_scripts_have_the_denoiser_on_the_card_while_they_encode() -> None:
    """Wan 1.3B: 5.3 GiB of transformer and 10.6 of T5 at once; the publisher has 8.19 with --t5_cpu."""
    wan = {"model": "wan21-t2v-1.3b", "width": 832, "height": 480, "frames": 81}
    both, program = (of(pipeline(runtime=runtime, **wan)) for runtime in ("reference-scripts", "comfyui"))
    assert phase(both, "text_encode").expected > 16 * GIB
    assert phase(program, "text_encode").expected < phase(both, "text_encode").expected - 5 * GIB
    apart = of(pipeline(runtime="reference-scripts", variants={"t5xxl": "none"}, **wan))
    assert apart.peak_vram.expected / GIB == pytest.approx(8.19, rel=0.06)


def test_products_of_llm_int8_take_room_that_grows_with_the_clip() -> None:
    """HunyuanVideo at 768 x 512 x 121 in diffusers: 3.5 GiB more than 16 bits take beside their weights, tiled."""
    clip = {"model": "hunyuanvideo", "runtime": "diffusers", "width": 768, "height": 512}

    def working(variant: str, frames: int) -> int:
        found = pipeline("resident", tiled=True, variants={"denoiser": variant}, frames=frames, **clip)
        return phase(of(found), "denoise").expected - sum(part.weights for part in found.parts)

    more = working("int8", 121) - working("bf16", 121)
    assert more / GIB == pytest.approx(3.5, rel=0.1)
    assert 0 < working("int8", 25) - working("bf16", 25) < more / 4
    assert working("nf4", 121) == working("bf16", 121)


def test_two_results_at_once_take_twice_what_a_whole_run_takes() -> None:
    one, two = (of(pipeline("resident", model="musicgen-medium", batch=n)) for n in (1, 2))
    fixed = KNOWLEDGE.index("architectures")["musicgen-medium"].fixed_activation.value
    assert two.peak_vram.expected - one.peak_vram.expected == fixed


def test_the_safe_end_of_a_clip_is_further_away_than_that_of_a_still() -> None:
    """Published rates of video decoders are further off than those of image decoders."""
    wan = {"model": "wan21-t2v-14b", "runtime": "comfyui", "width": 1280, "height": 720}
    still, clip = (phase(of(pipeline(frames=n, **wan)), "decode") for n in (1, 81))
    assert clip.high / clip.expected > still.high / still.expected


def test_a_program_that_keeps_a_copy_in_ram_needs_more_of_it() -> None:
    sdxl = {"model": "sdxl-base", "variants": "fp16", "width": 1024, "height": 1024}
    invoke, comfy = (of(pipeline("resident", runtime=runtime, **sdxl)) for runtime in ("invokeai", "comfyui"))
    assert invoke.peak_ram.high > comfy.peak_ram.high


def test_what_streams_passes_through_blocks_of_its_own_size() -> None:
    """Two of FLUX.1's 57 blocks are 0.83 GB at 16 bits, and a quarter of that at 4."""
    size = {"model": "flux1-dev", "width": 1024, "height": 1024, "runtime": "diffusers"}
    for variant in ("bf16", "nf4"):
        flux = pipeline("streamed", 0, variants={"denoiser": variant}, **size)
        weights = next(part.weights for part in flux.parts if part.role == "denoiser")
        denoise = next(p for p in of(flux).phases if p.name == "denoise")
        assert denoise.weights == weights * (2000 // 57) // 1000


def test_each_phase_tells_weights_from_what_works_beside_them() -> None:
    flux = pipeline("resident", model="flux1-dev", variants="bf16", width=1024, height=1024)
    found = of(flux)
    assert {p.weights for p in found.phases} == {sum(part.weights for part in flux.parts)}
    assert all(p.weights < p.vram.expected for p in found.phases)


def test_the_picture_to_edit_counts_beside_the_result() -> None:
    made = pipeline(model="flux1-dev", variants="bf16", width=1024, height=1024)
    edited = pipeline(model="flux1-kontext", variants="bf16", width=1024, height=1024)
    own = [next(part.weights for part in p.parts if part.role == "denoiser") for p in (made, edited)]
    above = [phase(of(p), "denoise").expected - w for p, w in zip((made, edited), own, strict=True)]
    assert above[1] - above[0] == 4096 * 3072 * 2 * KNOWLEDGE.memory.of_runtime("comfyui").copies.value


def test_guidance_in_one_batch_doubles_activations_where_the_program_batches_it() -> None:
    size = {"model": "sd35-large", "variants": "fp16", "width": 1024, "height": 1024}
    batched, apart = (pipeline(runtime=runtime, **size) for runtime in ("diffusers", "comfyui"))
    weights = next(part.weights for part in batched.parts if part.role == "denoiser")
    context = KNOWLEDGE.memory.context.value
    above = [phase(of(p), "denoise").expected - weights - context for p in (batched, apart)]
    assert above[0] == 2 * above[1]


def test_pipelines_that_guide_in_two_passes_do_so_in_every_program() -> None:
    size = {"model": "qwen-image", "variants": "bf16", "width": 1024, "height": 1024}
    diffusers, comfyui = (
        phase(of(pipeline(runtime=runtime, **size)), "denoise") for runtime in ("diffusers", "comfyui")
    )
    assert diffusers == comfyui


def test_scripts_of_authors_hold_more_than_programs() -> None:
    wan = {"model": "wan21-t2v-14b", "variants": "bf16", "width": 1280, "height": 720, "frames": 81}
    script, program = (phase(of(pipeline(runtime=r, **wan)), "denoise") for r in ("reference-scripts", "comfyui"))
    assert script.expected > 2 * (program.expected - 28_600_000_000)


def test_weights_that_cannot_leave_the_card_are_there_while_others_work() -> None:
    hunyuan = pipeline(model="hunyuanvideo", variants={"denoiser": "int8"}, runtime="diffusers", tiled=True)
    movable = pipeline(model="hunyuanvideo", variants={"denoiser": "nf4"}, runtime="diffusers", tiled=True)
    own = next(part.weights for part in hunyuan.parts if part.role == "denoiser")
    more = phase(of(hunyuan), "text_encode").expected - phase(of(movable), "text_encode").expected
    assert more == own


def test_tiles_make_a_video_decodable() -> None:
    clip = {"model": "hunyuanvideo", "variants": "bf16", "width": 1280, "height": 720, "frames": 129}
    whole, tiles = (phase(of(pipeline(tiled=t, **clip)), "decode").expected for t in (False, True))
    assert whole > 40 * GIB
    assert tiles < 6 * GIB


def test_what_measured_runs_of_flux_took_above_their_weights() -> None:
    """4.7 GiB above what was loaded, at every precision (nine runs, 1024 x 1024, everything resident)."""
    for variant in ("bf16", "gguf_q8_0", "gguf_q4_1", "gguf_q2_k"):
        case = {"model": "flux1-dev", "variants": {"denoiser": variant, "t5xxl": "bf16"}, "width": 1024, "height": 1024}
        flux = pipeline("resident", runtime="diffusers", **case)
        found = of(flux)
        above = found.peak_vram.expected - sum(part.weights for part in flux.parts)
        assert above / GIB == pytest.approx(4.7, rel=0.05)
        assert found.phase == "decode"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ({"model": "flux1-dev", "variants": {"denoiser": "gguf_q8_0"}}, "formula"),
        ({"model": "film"}, "interpolated"),
        ({"model": "sdxl-base", "variants": "fp16"}, "published"),
        (
            {"model": "flux1-dev", "variants": {"denoiser": "nf4"}, "runtime": "diffusers"},
            "formula, with a size derived",
        ),
    ],
)
def test_an_estimate_says_what_it_rests_on(case: dict[str, object], expected: str) -> None:
    assert of(pipeline(**case)).basis.startswith(expected)


def test_exactly_one_entry_holds_the_usual_habits() -> None:
    constants = KNOWLEDGE.memory
    assert constants.of_runtime("some-new-program") == constants.of_runtime("comfyui")
    assert constants.of_runtime("diffusers").guidance_batched
    for runtimes in (constants.runtimes[1:], (*constants.runtimes, constants.of_runtime(""))):
        with pytest.raises(ValueError, match="exactly one entry"):
            MemoryConstants.model_validate({**constants.model_dump(), "runtimes": [e.model_dump() for e in runtimes]})
