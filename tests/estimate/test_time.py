"""Seconds and tokens: they obey what physics demands, and published speeds lie within their intervals."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest
from benchmarks.fidelity.times import KINDS, Judged, constants_without, judge_denoising, read, summary
from hypothesis import given, settings
from hypothesis import strategies as st
from requests_and_machines import machine

from rigfit.estimate import time
from rigfit.estimate.job import job_of
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.knowledge import load_knowledge
from rigfit.schema.request import Size

KNOWLEDGE = load_knowledge()
CONSTANTS = KNOWLEDGE.time
TASKS = ("image_generation", "video_generation", "music", "upscaling")
SERVED = [(m, task) for m in KNOWLEDGE.catalog.models for task in TASKS if task in m.serves]
CARDS = ("gtx-1070", "rtx-3060-12gb", "rtx-3090", "rtx-4090", "rtx-5090", "rx-6900-xt", "apple-m2-max-64gb")


def speed_of(gpu: str) -> time.Speeds:
    where = machine(KNOWLEDGE, gpu)
    return time.speeds(where, where.gpus[0] if where.gpus else None, CONSTANTS)


SPEEDS = {gpu: speed_of(gpu) for gpu in (*CARDS, "none")}


def usual(task: str, **fields: object) -> ResolvedSize:
    return resolve_size(Size(**fields), KNOWLEDGE.index("tasks")[task])[0]  # type: ignore[arg-type]


def spent(served: int, size: ResolvedSize, gpu: str = "rtx-4090") -> int | None:
    model, task = SERVED[served]
    parts = [KNOWLEDGE.index("components")[name] for name in model.components.values()]
    job = job_of(model.serves[task], task, parts, size, KNOWLEDGE)
    found = time.milliseconds(job, SPEEDS[gpu], 1000, 0, 0)
    return None if found is None else int(found)


@settings(max_examples=300)
@given(
    served=st.integers(0, len(SERVED) - 1),
    start=st.tuples(*[st.integers(64, 2048)] * 2, *[st.integers(1, 160)] * 2, st.integers(1, 4)),
    more=st.tuples(*[st.integers(0, 512)] * 2, *[st.integers(0, 80)] * 2, st.integers(0, 3)),
)
def test_more_pixels_frames_steps_or_results_never_take_less_time(served, start, more) -> None:
    size = usual(SERVED[served][1])
    names = ("width", "height", "frames", "steps", "batch")
    small = replace(size, **dict(zip(names, start, strict=True)))
    large = replace(size, **{n: a + b for n, a, b in zip(names, start, more, strict=True)})
    before, after = spent(served, small), spent(served, large)
    assert (before is None) == (after is None)
    assert before is None or after >= before > 0


@pytest.mark.parametrize("served", range(0, len(SERVED), 5))
def test_a_card_with_more_throughput_is_never_slower(served: int) -> None:
    """Cards of one architecture; between architectures what is reached decides, not what is printed."""
    size = usual(SERVED[served][1])
    base = machine(KNOWLEDGE, "rtx-4070")
    model, task = SERVED[served]
    parts = [KNOWLEDGE.index("components")[name] for name in model.components.values()]
    job = job_of(model.serves[task], task, parts, size, KNOWLEDGE)
    found = []
    for share in (50, 100, 200, 800, 3000):
        card = base.gpus[0].model_copy(update={"fp16_flops": base.gpus[0].fp16_flops * share // 100})
        found.append(time.milliseconds(job, time.speeds(base, card, CONSTANTS), 1000, 0, 0))
    if found[0] is not None:
        assert [int(t) for t in found] == sorted((int(t) for t in found), reverse=True)


def test_attention_grows_with_the_square_of_the_tokens() -> None:
    """Wan at 720p has 2.3 times the tokens of 480p and takes far more than 2.3 times as long."""
    wan = next(i for i, (m, t) in enumerate(SERVED) if (m.id, t) == ("wan21-t2v-14b", "video_generation"))
    small = spent(wan, usual("video_generation", width=832, height=480, frames=81))
    large = spent(wan, usual("video_generation", width=1280, height=720, frames=81))
    assert small
    assert large
    assert 3.5 < large / small < 5.33


def test_a_unet_attends_within_one_frame_only() -> None:
    svd = next(i for i, (m, _) in enumerate(SERVED) if m.id == "svd")
    size = usual("video_generation", width=1024, height=576)
    fourteen, twice = (spent(svd, replace(size, frames=n)) for n in (14, 28))
    assert fourteen
    assert twice
    assert twice == pytest.approx(2 * fourteen, rel=0.05)


def test_the_cards_of_a_generation_come_in_the_order_of_their_throughput() -> None:
    flux = next(i for i, (m, t) in enumerate(SERVED) if (m.id, t) == ("flux1-dev", "image_generation"))
    size = usual("image_generation")
    times = [spent(flux, size, gpu) for gpu in ("gtx-1070", "rtx-3060-12gb", "rtx-3090", "rtx-4090", "rtx-5090")]
    assert times == sorted((t for t in times if t is not None), reverse=True)
    assert len(set(times)) == 5


def test_a_song_of_twice_the_length_takes_twice_as_long() -> None:
    song = next(i for i, (m, t) in enumerate(SERVED) if (m.id, t) == ("ace-step-v1", "music"))
    one, two = (spent(song, usual("music", seconds=s)) for s in (60, 120))
    assert one
    assert two
    assert 1.5 * one < two <= 2 * one  # what a pass takes however small it is stays the same


def test_a_network_that_writes_token_by_token_is_bound_by_bandwidth() -> None:
    """A minute from MusicGen is 3,000 passes one after the other, although the arithmetic takes a third of a second."""
    model = KNOWLEDGE.index("models")["musicgen-large"]
    parts = [KNOWLEDGE.index("components")[name] for name in model.components.values()]
    job = job_of(model.serves["music"], "music", parts, usual("music", seconds=60), KNOWLEDGE)
    large, small = (time.milliseconds(job, SPEEDS["rtx-4090"], 1000, 0, 0, weights) for weights in (6 * 10**9, 10**9))
    assert 30_000 < small < large < 120_000


def test_what_is_unknown_stays_unknown() -> None:
    card = machine(KNOWLEDGE, "rtx-4070").gpus[0]
    blank = card.model_copy(update={"fp16_flops": None, "fp32_flops": None, "bandwidth": None})
    speed = time.speeds(machine(KNOWLEDGE, "rtx-4070"), blank, CONSTANTS)
    reply = time.Reply(8 * 10**9, 32, 2**30, 300, 512)
    assert time.milliseconds(time.Job(None, 20), speed_of("rtx-4070"), 1000, 0, 0) is None
    assert time.milliseconds(time.Job(None, 0, reply), speed, 1000, 0, 0, 5 * 10**9) is None
    assert time.tokens_per_second(reply, speed, 1000, 5 * 10**9, 0) is None


REPLY = time.Reply(params=8_030_000_000, layers=32, cache=2**30, tokens=300, prompt=512)
Q4 = 4_920_000_000


@settings(max_examples=100)
@given(gpu=st.sampled_from(CARDS[:5]), shares=st.tuples(*[st.integers(0, 1000)] * 2))
def test_the_more_layers_stay_in_ram_the_slower_a_language_model_writes(gpu, shares) -> None:
    less, more = sorted(shares)
    times = [time.per_token(REPLY, SPEEDS[gpu], 1000, Q4, Q4 * share // 1000) for share in (0, less, more, 1000)]
    assert times == sorted(times)


def test_layers_in_ram_are_worked_on_there_and_do_not_cross_the_bus() -> None:
    """Half of an 8B in RAM is bound by the memory of the processor, which is a fraction of the card's."""
    speed = SPEEDS["rtx-3060-12gb"]
    whole, half, none = (time.tokens_per_second(REPLY, speed, 1000, Q4, Q4 * s // 2) for s in (0, 1, 2))
    assert whole
    assert half
    assert none
    assert 45_000 < whole.expected < 75_000
    assert none.expected < half.expected < 2.2 * none.expected < whole.expected


def test_a_smaller_cache_and_fewer_bits_write_faster() -> None:
    speed = SPEEDS["rtx-3090"]
    usual_cache = float(time.per_token(REPLY, speed, 1000, Q4, 0))
    assert float(time.per_token(replace(REPLY, cache=REPLY.cache // 4), speed, 1000, Q4, 0)) < usual_cache
    assert float(time.per_token(REPLY, speed, 1000, 2 * Q4, 0)) > usual_cache


def judged() -> dict[str, list[Judged]]:
    return {kind: [judge(run, KNOWLEDGE, CONSTANTS) for run in read(name)] for kind, (name, judge) in KINDS.items()}


FOUND = judged()


def test_the_official_times_of_wan_lie_within_a_tenth() -> None:
    wan = [one for one in FOUND["seconds of a result"] if one.source == "time-wan-table"]
    assert len(wan) == 7
    assert all(one.covered and one.error < 0.1 for one in wan)


@pytest.mark.parametrize("kind", KINDS)
def test_published_speeds_lie_within_the_intervals_and_beat_the_rule_of_thumb(kind: str) -> None:
    score = summary(FOUND[kind])
    assert score["covered"] >= 0.93
    assert score["median_error"] < 0.6 * score["naive_median_error"]


def test_denoising_times_hold_for_sources_that_took_no_part_in_the_fit() -> None:
    runs = read("denoising_runs.jsonl")
    without = {source: constants_without(source, runs, KNOWLEDGE) for source in {run["source"] for run in runs}}
    errors = [judge_denoising(run, KNOWLEDGE, without[run["source"]]).error for run in runs]
    assert median(errors) < 0.2


def test_precisions_cost_what_was_measured_on_one_card() -> None:
    """FLUX.1 dev on an H100 in diffusers: 12 s in bf16, 15 in Q8_0, 23 in Q4_1, 26 in Q2_K, 12 in NF4."""
    from rigfit.candidates.device import Device

    where = machine(KNOWLEDGE, "nvidia-h100-sxm-80gb")
    device = Device(where, 0, KNOWLEDGE)
    model, runtime = KNOWLEDGE.index("models")["flux1-dev"], KNOWLEDGE.index("runtimes")["diffusers"]
    component = KNOWLEDGE.index("components")[model.components["denoiser"]]
    told = {"bf16": 12, "gguf_q8_0": 15, "gguf_q4_1": 23, "gguf_q2_k": 26, "nf4": 12}
    for variant in component.variants:
        if variant.precision in told:
            found = device.variant(variant, component, model, runtime)
            assert found.time / 1000 == pytest.approx(told[variant.precision] / 12, rel=0.02), variant.key


def test_a_picture_to_edit_is_worked_on_beside_the_result() -> None:
    components, models = KNOWLEDGE.index("components"), KNOWLEDGE.index("models")
    found = []
    for name in ("flux1-dev", "flux1-kontext"):
        model = models[name]
        task, serves = next(iter(model.serves.items()))
        size = resolve_size(Size(width=1024, height=1024, steps=20), KNOWLEDGE.index("tasks")[task])[0]
        parts = [components[c] for c in model.components.values()]
        found.append(job_of(serves, task, parts, size, KNOWLEDGE).work.denoise)
    assert found[1] > 2 * found[0]
