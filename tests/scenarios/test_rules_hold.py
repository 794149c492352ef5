"""What must never come out, whatever the machine: stated here once more, apart from rules/ and catalog/."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from requests_and_machines import machine, request

from rigfit.knowledge import load_knowledge
from rigfit.knowledge.loader import build
from rigfit.schema.answer import Answer, TaskAnswer
from rigfit.solve import solve
from rigfit.units import GIB

KNOWLEDGE = load_knowledge()
IMAGE = {"task": "image_generation"}
MACHINES = [
    ("none", 32), ("gtx-1660", 16), ("gtx-1080-ti", 32), ("rtx-2060-6gb", 16), ("rtx-2080-ti", 32),
    ("rtx-3060-12gb", 16), ("rtx-3060-12gb", 64), ("rtx-3090", 32), ("rtx-4060", 16), ("rtx-4070", 16),
    ("rtx-4070", 64), ("rtx-4090", 64), ("rtx-5090", 64), ("rtx-5060-ti-16gb", 16), ("nvidia-a100-80gb", 128),
    ("nvidia-h100-pcie-80gb", 128), ("rx-6600", 16), ("rx-7900-xtx", 32), ("rx-9070-xt", 32), ("arc-a770-16gb", 32),
    ("apple-m2-16gb", None), ("apple-m4-max-64gb", None),
]  # fmt: skip
APPLE = ("apple-m1-16gb", "apple-m2-pro-32gb", "apple-m3-max-64gb", "apple-m4-max-128gb", "apple-m2-ultra-192gb")
TASKS = ("image_generation", "image_editing", "video_generation", "text_to_speech", "lip_sync", "upscaling")
# One of each kind by default; the slow lane has them all.
_FEW = {
    ("none", 32), ("gtx-1660", 16), ("rtx-2080-ti", 32), ("rtx-3060-12gb", 16), ("rtx-4070", 64), ("rtx-5090", 64),
    ("rx-7900-xtx", 32), ("arc-a770-16gb", 32), ("apple-m2-16gb", None),
}  # fmt: skip
places = pytest.mark.parametrize(
    "place",
    [pytest.param(m, marks=() if m in _FEW else pytest.mark.slow, id=f"{m[0]}-{m[1]}") for m in MACHINES],
)


def at(place: tuple[str, int | None]):
    gpu, ram = place
    return machine(KNOWLEDGE, gpu, disk=1000, **({} if ram is None else {"ram": ram}))


def tasks(answer: Answer) -> Iterator[TaskAnswer]:
    for bundle in answer.bundles:
        yield from bundle.tasks


def denoisers(task: TaskAnswer) -> dict[str, str]:
    components, model = KNOWLEDGE.index("components"), KNOWLEDGE.index("models")[task.model]
    return {r: v for r, v in task.variants.items() if components[model.components[r]].kind == "denoiser"}


# -- LoRA -----------------------------------------------------------------------------------------------------------

QUANTS = ("gguf_", "nf4", "fp4_bnb", "int8", "svdq_", "fp8_")


def takes_lora(runtime: str, variant: str, family: str) -> bool:
    """Facts about programs, from their own documentation; not read from rules/."""
    if not variant.startswith(QUANTS):
        return variant in ("fp16", "bf16", "fp32")
    if runtime == "comfyui":
        if variant.startswith("svdq_"):
            return family == "flux1"
        # ComfyUI's own templates put LoRAs on int8 ConvRot weights; the NF4 node takes none.
        return variant.startswith(("gguf_", "fp8_", "int8_convrot"))
    if runtime == "forge":
        return variant.startswith(("gguf_", "fp8_", "nf4"))
    if runtime == "invokeai":
        return variant.startswith(("gguf_", "fp8_", "nf4"))
    if runtime == "diffusers":
        return variant.startswith(("gguf_", "fp8_", "nf4", "fp4_bnb", "int8")) or (
            variant.startswith("svdq_") and family == "flux1"
        )
    return False


@places
@pytest.mark.parametrize("prefer", ["balanced", "small"])
def test_lora_never_yields_what_cannot_load_one(place, prefer) -> None:
    wanted = request({**IMAGE, "features": ["lora"]}, top=6, prefer=prefer)
    for task in tasks(solve(wanted, at(place), KNOWLEDGE, explain=False)):
        model = KNOWLEDGE.index("models")[task.model]
        assert model.lora
        assert "lora" in task.features
        for variant in denoisers(task).values():
            assert takes_lora(task.runtime, variant, model.family), (task.model, task.runtime, variant)


@pytest.mark.parametrize(
    ("runtime", "variant"), [("comfyui", "nf4"), ("a1111", "gguf_q8_0"), ("fooocus", "nf4"), ("a1111", "nf4")]
)
def test_lora_on_weights_that_take_none_has_no_answer(runtime, variant) -> None:
    task = {**IMAGE, "features": ["lora"], "models": ["flux1"], "variants": {"denoiser": variant}}
    answer = solve(request(task, runtimes=[runtime]), at(("rtx-4090", 64)), KNOWLEDGE, explain=False)
    assert answer.status == "infeasible"


@pytest.mark.parametrize("runtime", ["forge", "diffusers", "invokeai"])
def test_nf4_takes_loras_elsewhere(runtime) -> None:
    task = {**IMAGE, "features": ["lora"], "models": ["flux1-dev"], "variants": {"denoiser": "nf4"}}
    answer = solve(request(task, runtimes=[runtime]), at(("rtx-4090", 64)), KNOWLEDGE, explain=False)
    assert answer.status == "optimal"


# -- licences -------------------------------------------------------------------------------------------------------


def licences_of(task: TaskAnswer) -> set[str]:
    components = KNOWLEDGE.index("components")
    model = KNOWLEDGE.index("models")[task.model]
    names = [*model.components.values()]
    names += [c for a in task.addons for c in KNOWLEDGE.index("addons")[a].components.values()]
    return {components[name].licence for name in names}


@places
def test_commercial_work_never_gets_weights_that_forbid_it(place) -> None:
    where = at(place)
    licences = KNOWLEDGE.index("licences")
    requests = [
        request(
            {**IMAGE, "wishes": ["controlnet:depth", "ip_adapter", "character_consistency"]}, use="commercial", top=6
        ),
        request("image_editing", use="commercial", top=6),
        request({**IMAGE, "features": ["character_consistency"]}, use="commercial", top=6),
        request("text_to_speech", "lip_sync", "upscaling", use="commercial"),
    ]
    for wanted in requests:
        for task in tasks(solve(wanted, where, KNOWLEDGE, explain=False)):
            assert task.model not in ("flux1-dev", "flux1-fill", "flux1-kontext")
            assert {licences[name].commercial for name in licences_of(task)} <= {"yes", "conditional"}, task.model
            assert licences_of(task) <= set(task.licences)


def test_flux_dev_is_what_personal_use_gets_where_commercial_use_does_not() -> None:
    where = at(("rtx-4090", 64))
    wanted = {**IMAGE, "models": ["flux1-dev"]}
    assert solve(request(wanted), where, KNOWLEDGE, explain=False).status == "optimal"
    answer = solve(request(wanted, use="commercial"), where, KNOWLEDGE, explain=False)
    assert answer.status == "infeasible"
    refused = {entry.model: entry.reason for entry in answer.explanation.left_out}
    assert refused["flux1-dev"].rule == "licence.non-commercial"
    assert refused["flux1-dev"].changeable_by == "policy"


@pytest.mark.parametrize(("revenue", "status"), [(500_000, "optimal"), (5_000_000, "infeasible")])
def test_a_revenue_cap_is_a_cap(revenue, status) -> None:
    wanted = request({**IMAGE, "models": ["sd35"]}, use="commercial", revenue_usd=revenue)
    assert solve(wanted, at(("rtx-4090", 64)), KNOWLEDGE, explain=False).status == status


# -- Apple ----------------------------------------------------------------------------------------------------------

PYTORCH = {"comfyui", "forge", "a1111", "fooocus", "invokeai", "diffusers", "f5-tts-cli", "latentsync-repo"}


@pytest.mark.parametrize("gpu", [pytest.param(gpu, marks=pytest.mark.slow if "m2" in gpu else ()) for gpu in APPLE])
def test_apple_never_gets_fp8_or_k_quants_through_pytorch(gpu) -> None:
    where = at((gpu, None))
    requests = [preset.request for preset in KNOWLEDGE.catalog.presets]
    requests += [request(task, top=6, experimental=True) for task in TASKS]
    requests += [
        request({**IMAGE, "models": [family]}, prefer="small", top=6) for family in ("flux1", "qwen-image", "sd35")
    ]
    for wanted in requests:
        for task in tasks(solve(wanted, where, KNOWLEDGE, explain=False)):
            if task.gpu is None or task.runtime not in PYTORCH:
                continue
            for role, variant in task.variants.items():
                assert not variant.startswith(("fp8", "nf4", "svdq", "int8", "nvfp4", "mxfp")), (
                    task.model,
                    role,
                    variant,
                )
                assert "_k" not in variant, (task.model, role, variant)
            assert task.placement == "resident"


@pytest.mark.parametrize("variant", ["fp8_e4m3fn", "gguf_q4_k_s", "gguf_q6_k"])
def test_apple_with_fp8_or_k_quants_locked_stays_off_the_gpu(variant) -> None:
    task = {**IMAGE, "models": ["flux1"], "variants": {"denoiser": variant}}
    answer = solve(request(task, max_time="100 h"), at(("apple-m4-max-128gb", None)), KNOWLEDGE, explain=False)
    assert all(t.gpu is None for t in tasks(answer))


# -- precision against architecture ---------------------------------------------------------------------------------


def fp8(gpu: str, runtime: str = "comfyui") -> TaskAnswer:
    task = {**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": "fp8_e4m3fn"}}
    answer = solve(request(task, runtimes=[runtime]), machine(KNOWLEDGE, gpu, ram=64), KNOWLEDGE, explain=False)
    assert answer.status == "optimal"
    return answer.bundles[0].tasks[0]


def test_fp8_is_storage_on_an_rtx_3060_and_compute_on_an_rtx_4070() -> None:
    ampere, ada = fp8("rtx-3060-12gb"), fp8("rtx-4070")
    assert ampere.variants["denoiser"] == ada.variants["denoiser"] == "fp8_e4m3fn"
    assert (machine(KNOWLEDGE, "rtx-3060-12gb").gpus[0].vram, machine(KNOWLEDGE, "rtx-4070").gpus[0].vram) == (
        12 * GIB,
        12 * GIB,
    )

    def advice(task: TaskAnswer) -> set[str]:
        return {r.rule for r in (*task.compute, *task.warnings) if "fp8" in r.rule or "fp8" in r.text.lower()}

    assert advice(ampere) - advice(ada), "the RTX 3060 is told that fp8 is only storage there"
    assert advice(ampere) != advice(ada)


SVDQ = {**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": "svdq_int4"}}


@pytest.mark.parametrize(
    ("gpu", "status"),
    [
        ("rtx-2080-ti", "optimal"), ("rtx-3060-12gb", "optimal"), ("rtx-4070", "optimal"),
        ("nvidia-a100-80gb", "optimal"),
        ("nvidia-h100-pcie-80gb", "infeasible"), ("rtx-5090", "infeasible"), ("rtx-5060-ti-16gb", "infeasible"),
        ("gtx-1080-ti", "infeasible"), ("rx-7900-xtx", "infeasible"), ("apple-m4-max-128gb", "infeasible"),
        ("arc-a770-16gb", "infeasible"), ("none", "infeasible"),
    ],
)  # fmt: skip
def test_svdquant_int4_runs_from_turing_to_ada_and_not_beyond(gpu, status) -> None:
    where = machine(KNOWLEDGE, gpu, **({} if gpu.startswith("apple") else {"ram": 64}))
    assert solve(request(SVDQ), where, KNOWLEDGE, explain=False).status == status


@pytest.mark.parametrize("gpu", ["rtx-3060-12gb", "rtx-4090", "nvidia-h100-pcie-80gb", "rtx-5090"])
def test_svdquant_nvfp4_is_for_consumer_blackwell(gpu) -> None:
    task = {**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": "svdq_nvfp4"}}
    answer = solve(request(task), at((gpu, 64)), KNOWLEDGE, explain=False)
    assert (answer.status == "optimal") == (gpu == "rtx-5090")


def test_a_gtx_1660_is_warned_of_broken_fp16() -> None:
    task = {**IMAGE, "models": ["sd15", "sdxl"]}
    answer = solve(request(task, runtimes=["comfyui"]), at(("gtx-1660", 16)), KNOWLEDGE, explain=False)
    first = answer.bundles[0].tasks[0]
    assert first.gpu == 0
    assert any("fp16" in w.rule and "broken" in w.rule for w in first.warnings), [w.rule for w in first.warnings]
    healthy = solve(request(task, runtimes=["comfyui"]), at(("rtx-2060-6gb", 16)), KNOWLEDGE, explain=False)
    assert not any("broken" in w.rule for t in tasks(healthy) for w in t.warnings)


# -- several tasks --------------------------------------------------------------------------------------------------


def test_a_group_holds_its_weights_at_the_same_time() -> None:
    where = at(("rtx-4090", 64))
    pair = ({**IMAGE, "models": ["flux1-dev"]}, {"task": "lip_sync", "models": ["latentsync-1.5"]})
    in_turn = solve(request(*pair, top=1), where, KNOWLEDGE, explain=False)
    together = solve(request(*({**task, "together": "a"} for task in pair), top=1), where, KNOWLEDGE, explain=False)
    assert in_turn.status == together.status == "optimal"
    bundle, capacity = together.bundles[0], together.usable["vram.0"]
    for task in bundle.tasks:
        (vram,) = [limit for limit in task.limits if limit.limit.startswith("vram.0.a")]
        # What the other one holds (its context at least) is there beside this one's peak.
        assert task.peak_vram.high < vram.used <= capacity
    (ram,) = {limit.used for task in bundle.tasks for limit in task.limits if limit.resource == "ram"}
    assert ram == sum(task.peak_ram.high for task in bundle.tasks)
    # Taking turns never costs more than being there together, and here it costs less.
    first, second = (a.bundles[0].criteria for a in (in_turn, together))
    assert [c.value for c in first] < [c.value for c in second]


def test_a_group_that_does_not_fit_together_is_refused_though_each_fits_alone() -> None:
    small = at(("rtx-4070", 64))
    base = {"task": "lip_sync", "models": ["latentsync-1.5"]}
    pair = [{**base, "together": "a"}, {"task": "text_to_speech", "models": ["f5-tts"], "together": "a"}]
    pair.append({"task": "upscaling", "models": ["real-esrgan-x4plus"], "together": "a"})
    alone = [solve(request({**task, "together": None}), small, KNOWLEDGE, explain=False).status for task in pair]
    assert alone == ["optimal"] * 3
    answer = solve(request(*pair, top=1), small, KNOWLEDGE, explain=False)
    on_card = [t for t in tasks(answer) if t.gpu == 0]
    assert len(on_card) < 3 or answer.status == "infeasible", "their weights cannot all be on 12 GB"


def test_two_tasks_share_their_files_on_disk() -> None:
    where = at(("rtx-4090", 64))
    same = {"variants": {"t5xxl": "gguf_q8_0"}}
    make = {**IMAGE, "models": ["flux1-dev"], **same}
    edit = {"task": "image_editing", "models": ["flux1-kontext"], **same}
    both = solve(request(make, edit, top=1), where, KNOWLEDGE, explain=False).bundles[0]
    names = [file.name for file in both.files]
    assert len(names) == len(set(names))
    encoders = [n for n in names if "t5" in n.lower()]
    assert len(encoders) == 1, "one T5 serves both"
    apart = [
        solve(request(task, top=1), where, KNOWLEDGE, explain=False).bundles[0].disk_bytes for task in (make, edit)
    ]
    t5 = next(file.bytes for file in both.files if file.name == encoders[0])
    assert both.disk_bytes <= sum(apart) - t5


# -- wishes and costs of features -----------------------------------------------------------------------------------


def first(task: dict, gpu: str, **policies) -> TaskAnswer:
    answer = solve(request(task, top=1, **policies), machine(KNOWLEDGE, gpu, ram=64), KNOWLEDGE, explain=False)
    assert answer.status == "optimal"
    return answer.bundles[0].tasks[0]


def test_a_wish_for_lora_is_not_met_by_weights_that_take_none() -> None:
    task = {**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": "nf4"}, "wishes": ["lora"]}
    found = first(task, "rtx-4090", runtimes=["comfyui"])
    assert found.variants["denoiser"] == "nf4"
    assert "lora" not in found.features
    gguf = first({**task, "variants": {"denoiser": "gguf_q8_0"}}, "rtx-4090", runtimes=["comfyui"])
    assert "lora" in gguf.features


def test_a_wish_is_not_met_where_a_rule_forbids_the_feature() -> None:
    # PuLID for FLUX needs bf16, which Turing does not have.
    task = {**IMAGE, "models": ["flux1-dev"], "wishes": ["character_consistency:pulid"]}
    assert first(task, "rtx-2080-ti", runtimes=["comfyui"]).addons == ()
    assert first(task, "rtx-3090", runtimes=["comfyui"]).addons == ("pulid-flux1",)


@pytest.mark.parametrize(
    ("feature", "variant", "runtime"),
    [("character_consistency:pulid", "svdq_int4", "comfyui"), ("lora", "gguf_q8_0", "invokeai")],
)
def test_what_a_rule_says_a_feature_costs_is_paid(feature: str, variant: str, runtime: str) -> None:
    # addon.svdq.pulid-speed and lora.sidecar.invokeai: measured slowdowns.
    task = {**IMAGE, "models": ["flux1-dev"], "variants": {"denoiser": variant}}
    plain = first(task, "rtx-4090", runtimes=[runtime])
    slower = first({**task, "features": [feature]}, "rtx-4090", runtimes=[runtime])
    assert plain.milliseconds is not None
    assert slower.milliseconds is not None
    assert slower.milliseconds.expected > plain.milliseconds.expected


# -- what an answer says it assumed and used ------------------------------------------------------------------------


def test_only_sizes_that_nobody_stated_are_called_assumed() -> None:
    stated = {**IMAGE, "models": ["sdxl"], "size": {"width": 512, "height": 512}}
    answer = solve(request(stated, {**IMAGE, "models": ["sd15"]}), at(("rtx-4090", 64)), KNOWLEDGE, explain=False)
    sizes = [a.value for a in answer.assumptions if a.field == "image_generation.size"]
    assert sizes == ["1024 x 1024"]


@pytest.mark.parametrize("group", ["a", "1.x"])
def test_each_task_is_shown_its_own_limits_whatever_the_group_is_called(group: str) -> None:
    pair = ({**IMAGE, "models": ["sdxl"], "together": group}, {"task": "upscaling", "together": group})
    bundle = solve(request(*pair, top=1), at(("rtx-4090", 64)), KNOWLEDGE, explain=False).bundles[0]
    for number, task in enumerate(bundle.tasks):
        assert [limit.limit for limit in task.limits] == [f"ram.{group}", f"vram.0.{group}.{number}"]


def test_a_task_that_the_catalog_does_not_serve_is_said_to_be_so() -> None:
    models = tuple(model for model in KNOWLEDGE.catalog.models if "three_d" not in model.serves)
    flat = build(KNOWLEDGE.catalog.model_copy(update={"models": models}), KNOWLEDGE.rulebook)
    answer = solve(request("three_d"), at(("rtx-4090", 64)), flat)
    assert answer.status == "infeasible"
    (closest,) = answer.explanation.closest
    assert "request's own lists" not in closest.text, "the request has no lists"


def test_an_instinct_card_is_used_when_nobody_names_a_system() -> None:
    """Windows is the usual guess for an unstated system, but not for cards that run under Linux only."""
    answer = solve(request(IMAGE), machine(KNOWLEDGE, "mi300x", ram=256), KNOWLEDGE, explain=False)
    assert answer.bundles[0].tasks[0].gpu == 0
