"""The estimate obeys what physics demands of it, whatever the pipeline: monotone, ordered, a maximum over phases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_and_machines import machine, request

from rigfit.candidates.compiler import compile_request
from rigfit.estimate import Estimate, Pipeline, estimate
from rigfit.knowledge import load_knowledge
from rigfit.schema.machine import Machine

KNOWLEDGE = load_knowledge()
CARD = machine(KNOWLEDGE, "rtx-4070", ram=64)
TASKS = ("image_generation", "image_editing", "video_generation", "text_to_speech", "lip_sync", "upscaling")


def _sample() -> list[Pipeline]:
    """Pipelines of every model, on the card and on the processor, in every placement there is."""
    found: dict[tuple[object, ...], Pipeline] = {}
    for task in TASKS:
        wanted = request({"task": task}, experimental=True, max_time="1000 h")
        for candidate in compile_request(wanted, CARD, KNOWLEDGE).expansions[0].candidates:
            p = candidate.pipeline
            found.setdefault((p.model.id, p.placement, p.tiled, p.gpu), p)
    return [found[key] for key in sorted(found, key=str)]


PIPELINES = _sample()
pipelines = st.sampled_from(PIPELINES)
on_card = st.sampled_from([p for p in PIPELINES if p.gpu is not None])


def of(pipeline: Pipeline, where: Machine = CARD) -> Estimate:
    return estimate(pipeline, where, KNOWLEDGE)


def ends(found: Estimate) -> list[tuple[int, int, int]]:
    """Every interval of memory, the phases one by one."""
    intervals = [*(phase.vram for phase in found.phases), found.peak_vram, found.held_vram, found.peak_ram]
    return [(i.low, i.expected, i.high) for i in intervals]


def no_less(more: Estimate, less: Estimate) -> None:
    assert [p.name for p in more.phases] == [p.name for p in less.phases]
    for large, small in zip(ends(more), ends(less), strict=True):
        assert all(a >= b for a, b in zip(large, small, strict=True))


def test_the_sample_covers_the_catalog() -> None:
    served = {m.id for m in KNOWLEDGE.catalog.models if set(m.serves) & set(TASKS)}
    assert {p.model.id for p in PIPELINES} >= {
        "flux1-dev",
        "sdxl-base",
        "wan22-t2v-a14b",
        "f5-tts",
        "real-esrgan-x4plus",
    }
    assert len({p.model.id for p in PIPELINES}) >= len(served) // 2
    assert {p.placement for p in PIPELINES} == {"resident", "model_offload", "streamed", "cpu"}


@settings(max_examples=200)
@given(
    pipeline=pipelines,
    width=st.integers(64, 4096),
    height=st.integers(64, 4096),
    more=st.tuples(*[st.integers(0, 512)] * 2),
    batch=st.integers(1, 8),
    frames=st.integers(1, 120),
    many=st.tuples(st.integers(0, 4), st.integers(0, 60)),
)
def test_a_larger_result_never_needs_less(pipeline, width, height, more, batch, frames, many) -> None:
    size = replace(pipeline.size, width=width, height=height, batch=batch, frames=frames)
    larger = replace(
        size, width=width + more[0], height=height + more[1], batch=batch + many[0], frames=frames + many[1]
    )
    small, large = of(replace(pipeline, size=size)), of(replace(pipeline, size=larger))
    no_less(large, small)
    if small.milliseconds is not None:
        assert large.milliseconds is not None
        assert large.milliseconds.expected >= small.milliseconds.expected


@settings(max_examples=200)
@given(pipeline=pipelines, which=st.integers(0, 20), extra=st.integers(0, 20 * 10**9))
def test_heavier_weights_never_need_less(pipeline, which, extra) -> None:
    part = pipeline.parts[which % len(pipeline.parts)]
    heavier = tuple(replace(p, weights=p.weights + extra) if p is part else p for p in pipeline.parts)
    no_less(of(replace(pipeline, parts=heavier)), of(pipeline))


@settings(max_examples=200)
@given(pipeline=on_card, share=st.sampled_from(KNOWLEDGE.memory.resident_shares))
def test_streamed_needs_at_most_offloaded_needs_at_most_resident(pipeline, share) -> None:
    streamed = of(replace(pipeline, placement="streamed", resident_share=share))
    offloaded = of(replace(pipeline, placement="model_offload", resident_share=1000))
    resident = of(replace(pipeline, placement="resident", resident_share=1000))
    for end in ("low", "expected", "high"):
        amounts = [getattr(e.peak_vram, end) for e in (streamed, offloaded, resident)]
        assert amounts == sorted(amounts)
        held = [getattr(e.held_vram, end) for e in (streamed, offloaded, resident)]
        assert held == sorted(held)
        # What is not on the card must be somewhere.
        assert getattr(resident.peak_ram, end) <= getattr(offloaded.peak_ram, end)


@settings(max_examples=60)
@given(pipeline=on_card)
def test_the_less_stays_on_the_card_the_less_it_needs_and_the_longer_it_takes(pipeline) -> None:
    steps = [of(replace(pipeline, placement="streamed", resident_share=s)) for s in KNOWLEDGE.memory.resident_shares]
    vram = [e.peak_vram.high for e in steps]
    assert vram == sorted(vram, reverse=True)
    times = [e.milliseconds.expected for e in steps if e.milliseconds is not None]
    assert times == sorted(times)


@settings(max_examples=200)
@given(pipeline=pipelines)
def test_the_peak_is_the_largest_phase_and_intervals_are_ordered(pipeline) -> None:
    found = of(pipeline)
    assert found.phases
    for end in ("low", "expected", "high"):
        assert getattr(found.peak_vram, end) == max(getattr(phase.vram, end) for phase in found.phases)
    assert found.phase in {phase.name for phase in found.phases}
    for low, expected, high in ends(found):
        assert 0 <= low <= expected <= high
    if found.milliseconds is not None:
        assert 0 < found.milliseconds.low <= found.milliseconds.expected <= found.milliseconds.high
    if pipeline.gpu is None:
        assert found.peak_vram.high == 0


@settings(max_examples=60)
@given(pipeline=on_card)
def test_tiles_never_need_more(pipeline) -> None:
    tiled, whole = of(replace(pipeline, tiled=True)), of(replace(pipeline, tiled=False))
    assert all(a <= b for t, w in zip(ends(tiled), ends(whole), strict=True) for a, b in zip(t, w, strict=True))


def test_a_peak_is_no_sum_over_phases() -> None:
    for pipeline in PIPELINES:
        if pipeline.placement == "model_offload":
            found = of(pipeline)
            if len(found.phases) > 1:
                assert found.peak_vram.expected < sum(phase.vram.expected for phase in found.phases)


def _flux_dev() -> list[Pipeline]:
    wanted = request({"task": "image_generation", "models": ["flux1-dev"]})
    model = KNOWLEDGE.index("models")["flux1-dev"]
    candidates = compile_request(wanted, CARD, KNOWLEDGE).expansions[0].candidates
    pipeline = next(c.pipeline for c in candidates if c.pipeline.runtime.id == "comfyui" and c.pipeline.gpu == 0)
    component = KNOWLEDGE.index("components")[model.components["denoiser"]]
    from rigfit.estimate.pipeline import weigh

    found = []
    for variant in component.variants:
        weights, derived = weigh(component, variant, KNOWLEDGE)
        parts = tuple(
            replace(p, variant=variant, weights=weights, derived=derived) if p.role == "denoiser" else p
            for p in pipeline.parts
        )
        found.append(
            replace(pipeline, parts=parts, placement="model_offload", resident_share=1000, tiled=False, vram_extra=0)
        )
    return found


def test_activations_and_decoding_of_flux_do_not_depend_on_the_precision_of_the_weights() -> None:
    flux = _flux_dev()
    assert len(flux) >= 10
    above: set[tuple[int, ...]] = set()
    decode: set[tuple[int, int, int]] = set()
    weights: set[int] = set()
    for pipeline in flux:
        phases = {phase.name: phase.vram for phase in of(pipeline).phases}
        own = next(p.weights for p in pipeline.parts if p.role == "denoiser")
        weights.add(own)
        denoise, last = phases["denoise"], phases["decode"]
        # The safe end counts weights with a little more than their size; nothing else in it knows the precision.
        share = 1000 + KNOWLEDGE.memory.weights_high.value
        above.add((denoise.low - own, denoise.expected - own, denoise.high - own * share // 1000))
        decode.add((last.low, last.expected, last.high))
    assert len(weights) >= 8
    assert len(above) == len(decode) == 1


@pytest.mark.parametrize("gpu", ["gtx-1660", "rtx-4070", "rtx-5090", "rx-7900-xtx", "none"])
def test_capacities_play_no_part(gpu: str) -> None:
    small, large = machine(KNOWLEDGE, gpu, ram=8, disk=10), machine(KNOWLEDGE, gpu, ram=256, disk=4000)
    index = None if gpu == "none" else 0
    for pipeline in PIPELINES:
        moved = replace(pipeline, gpu=index, placement="cpu" if index is None else "resident", resident_share=1000)
        assert of(moved, small) == of(moved, large)
