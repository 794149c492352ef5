"""What hardware does, by the statements in rules/hardware-features.yaml."""

from __future__ import annotations

import pytest

from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.knowledge.matching import capability
from rigfit.machine import hardware_features, simulate
from rigfit.machine.features import matches, precision_order
from rigfit.schema.request import MachineRequest
from rigfit.schema.rules import When


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return load_knowledge()


def support(knowledge: Knowledge, gpu: str) -> dict[str, str]:
    (found,) = hardware_features(simulate(knowledge, MachineRequest(gpus=(gpu,))), knowledge).values()
    return {verdict.feature: verdict.support for verdict in found}


@pytest.mark.parametrize(
    ("gpu", "expected"),
    [
        ("rtx-3060-12gb", {"fp8": "emulated", "bf16": "native", "svdq_int4": "native", "flash_attention_2": "native"}),
        ("rtx-4070", {"fp8": "native", "nvfp4": "no", "svdq_int4": "native", "flash_attention_3": "unknown"}),
        ("rtx-2080-ti", {"fp16": "native", "bf16": "emulated", "tf32": "no", "flash_attention_2": "no"}),
        ("gtx-1650", {"fp16": "emulated", "bf16": "emulated"}),
        ("gtx-1080", {"fp16": "emulated", "svdq_int4": "no"}),
        ("nvidia-h100-sxm-80gb", {"fp8": "native", "mxfp4": "emulated", "nvfp4": "emulated", "svdq_int4": "no",
                                  "flash_attention_3": "native"}),
        ("nvidia-a100-80gb", {"flash_attention_3": "native", "fp8": "emulated"}),
        ("nvidia-b200-180gb", {"mxfp8": "native", "nvfp4": "native", "flash_attention_3": "no"}),
        ("rtx-5090", {"nvfp4": "native", "mxfp8": "no", "svdq_int4": "no", "svdq_nvfp4": "native",
                      "flash_attention_2": "native", "flash_attention_3": "no"}),
        ("rx-7900-xtx", {"fp8": "emulated", "bf16": "native", "nf4": "unknown"}),
        ("rx-6600", {"bf16": "emulated"}),
        ("rx-9070-xt", {"fp8": "native"}),
        ("apple-m3-max-64gb", {"fp8": "no", "gguf_k_quant": "no", "gguf_legacy": "emulated", "nf4": "no"}),
        ("arc-b580", {"fp16": "native", "svdq_int4": "no"}),
        ("none", {"gguf_k_quant": "emulated", "flash_attention_2": "no"}),
    ],
)  # fmt: skip
def test_support(real: Knowledge, gpu: str, expected: dict[str, str]) -> None:
    found = support(real, gpu)
    assert {feature: found[feature] for feature in expected} == expected


def test_every_card_gets_a_verdict_on_everything(real: Knowledge) -> None:
    features = {feature.id for feature in real.rulebook.hardware_features}
    for spec in real.catalog.gpus:
        assert set(support(real, spec.id)) == features


def test_every_class_of_cards_has_an_order(real: Knowledge) -> None:
    for spec in real.catalog.gpus:
        machine = simulate(real, MachineRequest(gpus=(spec.id,)))
        order = precision_order(machine.os, machine.gpus[0], real)
        assert order is not None, spec.id
        # A 4-bit or 5-bit format that is only unpacked is in every order: memory may leave nothing else.
        assert any(p.startswith("gguf_q4") for p in order.order)
    assert precision_order("linux", None, real) is not None


def test_verdicts_say_why_and_where_from(real: Knowledge) -> None:
    machine = simulate(real, MachineRequest(gpus=("rtx-3060-12gb",)))
    (found,) = hardware_features(machine, real).values()
    fp8 = next(v for v in found if v.feature == "fp8")
    assert fp8.reason
    assert fp8.source_title
    assert fp8.origin.startswith("rules/hardware-features.yaml:")
    assert "any CUDA card" in (fp8.storage or "")
    assert fp8.fallback
    assert not next(v for v in found if v.feature == "gguf_k_quant").fallback


def test_matching(knowledge: Knowledge) -> None:
    gpu = simulate(knowledge, MachineRequest(gpus=("rtx-4070",))).gpus[0]
    assert matches(When(), "linux", None)
    assert matches(When(compute_capability_from="8.9"), "linux", gpu)
    assert not matches(When(compute_capability_below="8.9"), "linux", gpu)
    assert matches(When(compute_capability_below="10.0"), "linux", gpu)
    assert not matches(When(compute_capability_from="10.0"), "linux", gpu)
    assert not matches(When(compute_capability_from="5.0"), "linux", None)
    assert not matches(When(compute_capability_below="9.0"), "linux", None)
    assert matches(When(backend=("cpu",)), "linux", None)
    assert not matches(When(os=("macos",)), "linux", gpu)
    assert not matches(When(quirk=("broken_fp16",)), "linux", gpu)
    assert capability("10.0") > capability("8.9")
