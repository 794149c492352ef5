"""More pixels, frames, batch, context or bits never lower a peak with the same placement, whatever the program."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from requests_and_machines import machine

from rigfit.cases.resolve import Resolver
from rigfit.estimate import Estimate, Pipeline, estimate
from rigfit.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
CARD = machine(KNOWLEDGE, "rtx-4090", ram=64)
RUNTIMES = ("comfyui", "diffusers", "invokeai", "reference-scripts")
MODELS = (
    "flux1-dev", "flux1-kontext", "flux2-klein-4b", "sdxl-base", "sd15", "qwen-image", "qwen-image-edit-2511",
    "chroma1-radiance", "wan21-t2v-14b", "wan22-t2v-a14b", "wan22-ti2v-5b", "hunyuanvideo", "ltx-video-2b", "mochi-1",
    "cogvideox-5b", "framepack",
)  # fmt: skip
CHATS = ("llama-3.1-8b", "gemma-2-9b", "gemma-3-4b", "qwen3-8b")


def _pipelines(models: tuple[str, ...], runtimes: tuple[str, ...]) -> list[Pipeline]:
    resolver = Resolver(KNOWLEDGE)
    cases = [{"model": m, "runtime": r, "machine": {"gpu": "RTX 4090"}} for m in models for r in runtimes]
    return [resolver.resolve(case).pipeline("resident") for case in cases]


drawn = st.sampled_from(_pipelines(MODELS, RUNTIMES))
chats = st.sampled_from(_pipelines(CHATS, ("llama-cpp",)))
placed = st.tuples(
    st.sampled_from(("resident", "model_offload", "streamed", "cpu")), st.sampled_from((0, 250, 750)), st.booleans()
)
layers_kept = st.sampled_from((("resident", 1000), ("streamed", 750), ("streamed", 0), ("cpu", 1000)))


def of(pipeline: Pipeline) -> Estimate:
    return estimate(pipeline, CARD, KNOWLEDGE)


def ends(found: Estimate) -> list[int]:
    intervals = [*(phase.vram for phase in found.phases), found.peak_vram, found.held_vram, found.peak_ram]
    return [amount for i in intervals for amount in (i.low, i.expected, i.high)]


def put(pipeline: Pipeline, where: tuple[str, int, bool]) -> Pipeline:
    placement, share, tiled = where
    return replace(
        pipeline,
        placement=placement,
        resident_share=share if placement == "streamed" else 1000,
        tiled=tiled,
        gpu=None if placement == "cpu" else 0,
    )


@settings(max_examples=150, deadline=None)
@given(
    pipeline=drawn,
    where=placed,
    size=st.tuples(st.integers(64, 2048), st.integers(64, 2048), st.integers(1, 200), st.integers(1, 4)),
    more=st.tuples(st.integers(0, 256), st.integers(0, 256), st.integers(0, 40), st.integers(0, 3)),
)
def test_a_larger_picture_or_a_longer_clip_never_needs_less(pipeline, where, size, more) -> None:
    pipeline = put(pipeline, where)
    names = ("width", "height", "frames", "batch")
    small = replace(pipeline.size, **dict(zip(names, size, strict=True)))
    large = replace(small, **{n: s + m for n, s, m in zip(names, size, more, strict=True)})
    less, greater = of(replace(pipeline, size=small)), of(replace(pipeline, size=large))
    assert all(a <= b for a, b in zip(ends(less), ends(greater), strict=True))


@settings(max_examples=100, deadline=None)
@given(pipeline=drawn, where=placed, which=st.integers(0, 9), bits=st.lists(st.integers(2, 32), min_size=2, max_size=2))
def test_more_bits_never_need_less(pipeline, where, which, bits) -> None:
    pipeline = put(pipeline, where)
    chosen = which % len(pipeline.parts)

    def at(width: int) -> Estimate:
        parts = tuple(
            replace(p, weights=p.weights * width // 16) if i == chosen else p for i, p in enumerate(pipeline.parts)
        )
        return of(replace(pipeline, parts=parts))

    fewer, many = at(min(bits)), at(max(bits))
    assert all(a <= b for a, b in zip(ends(fewer), ends(many), strict=True))


@settings(max_examples=100, deadline=None)
@given(
    pipeline=chats,
    where=layers_kept,
    context=st.integers(1, 200_000),
    more=st.integers(0, 50_000),
    bits=st.lists(st.sampled_from((4500, 8500, 16_000)), min_size=2, max_size=2),
)
def test_more_context_or_a_finer_cache_never_needs_less(pipeline, where, context, more, bits) -> None:
    placement, share = where
    moved = replace(pipeline, placement=placement, resident_share=share, gpu=None if placement == "cpu" else 0)

    def at(tokens: int, cache_bits: int) -> Estimate:
        return of(replace(moved, size=replace(moved.size, context=tokens), cache_bits=cache_bits))

    less, greater = at(context, min(bits)), at(context + more, max(bits))
    assert all(a <= b for a, b in zip(ends(less), ends(greater), strict=True))
