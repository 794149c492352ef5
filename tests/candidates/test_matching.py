"""Rules match by typed fields: all given fields must agree, a list means any of them, sets are not thresholds."""

from __future__ import annotations

import pytest

from rigfit.candidates.features import best_grade, meets
from rigfit.candidates.matching import RuleSet
from rigfit.knowledge.matching import machine_facts
from rigfit.schema.catalog import Graded
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.rules import Rule
from rigfit.units import GIB


def rule(about: str, when: dict, then: dict | None = None, id: str = "a.rule") -> Rule:
    return Rule.model_validate(
        {
            "id": id,
            "title": "A rule",
            "reason": "because",
            "source": "some-source",
            "about": about,
            "when": when,
            "then": then or {"do": "admit"},
            "monotone": True,
        }
    )


def card(capability: str | None = "8.9", architecture: str = "ada", **more) -> tuple[Machine, Gpu]:
    fields = {"vendor": "nvidia", "backend": "cuda", **more}
    gpu = Gpu(name="card", architecture=architecture, compute_capability=capability, vram=8 * GIB, **fields)
    os = "macos" if gpu.backend == "mps" else "linux"
    return Machine(simulated=True, os=os, gpus=(gpu,), ram=32 * GIB, disk_free=10**12), gpu


def admits(when: dict, device: dict, facts: dict, about: str = "variant") -> bool:
    return RuleSet([rule(about, when)], about, device).verdict(facts).admitted_by is not None


def facts_of(machine, gpu):
    return machine_facts(machine.os, gpu)


ADA = facts_of(*card())
FACTS = {"runtime": "comfyui", "precision": "fp8_e4m3fn", "tag": ("fp8", "quantised"), "container": "safetensors"}


@pytest.mark.parametrize(
    ("when", "agrees"),
    [
        ({"runtime": ["comfyui"]}, True),
        ({"runtime": ["forge", "comfyui"]}, True),
        ({"runtime": ["forge"]}, False),
        ({"tag": ["fp8"]}, True),
        ({"tag": ["gguf", "quantised"]}, True),
        ({"tag": ["gguf"]}, False),
        ({"tag": ["fp8"], "runtime": ["forge"]}, False),
        ({"tag": ["fp8"], "runtime": ["comfyui"], "backend": ["cuda"]}, True),
        ({"backend": ["rocm"]}, False),
        ({"gpu_architecture": ["ada", "hopper"]}, True),
        ({"os": ["windows"]}, False),
        ({"placement": ["streamed"]}, False),
    ],
)
def test_all_fields_must_agree_and_a_list_means_any(when: dict, agrees: bool) -> None:
    assert admits(when, ADA, FACTS) is agrees


@pytest.mark.parametrize(
    ("capability", "hit"), [("8.0", True), ("8.6", False), ("8.9", False), ("9.0", True), ("10.0", False)]
)
def test_a_set_of_capabilities_is_not_a_threshold(capability: str, hit: bool) -> None:
    # FlashAttention-3 runs on 9.0 and 8.0, not on 8.6 or 8.9 between them.
    device = facts_of(*card(capability))
    assert admits({"compute_capability": ["8.0", "9.0"]}, device, FACTS) is hit


@pytest.mark.parametrize(
    ("capability", "at_least", "below"),
    [("8.6", False, True), ("8.9", True, True), ("9.0", True, True), ("10.0", True, False), ("12.0", True, False)],
)
def test_thresholds_compare_numbers_and_not_text(capability: str, at_least: bool, below: bool) -> None:
    device = facts_of(*card(capability))
    assert admits({"compute_capability_from": "8.9"}, device, FACTS) is at_least
    assert admits({"compute_capability_below": "10.0"}, device, FACTS) is below


def test_a_card_without_a_capability_meets_no_threshold() -> None:
    device = facts_of(*card(None, "rdna3", vendor="amd", backend="rocm", gfx="gfx1100"))
    assert not admits({"compute_capability_from": "1.0"}, device, FACTS)
    assert not admits({"compute_capability_below": "99.0"}, device, FACTS)
    assert admits({"gfx": ["gfx1100"]}, device, FACTS)


def test_quirks_are_sets() -> None:
    device = facts_of(*card("7.5", "turing", quirks=("broken_fp16",)))
    assert admits({"quirk": ["broken_fp16", "other"]}, device, FACTS)
    assert not admits({"quirk": ["broken_fp16"]}, ADA, FACTS)


def test_work_on_the_processor_is_a_backend_of_its_own() -> None:
    where, _ = card()
    device = facts_of(where, None)
    assert admits({"backend": ["cpu"]}, device, FACTS)
    assert not admits({"backend": ["cuda"]}, device, FACTS)
    assert not admits({"gpu_architecture": ["ada"]}, device, FACTS)


@pytest.mark.parametrize(
    ("wanted", "asked", "hit"),
    [
        ("controlnet", "controlnet:depth", True),
        ("controlnet", "controlnet", True),
        ("controlnet:depth", "controlnet:depth", True),
        ("controlnet:depth", "controlnet:canny", False),
        ("controlnet:depth", "controlnet", False),
        ("control", "controlnet", False),
    ],
)
def test_a_rule_about_a_feature_speaks_of_all_its_kinds(wanted: str, asked: str, hit: bool) -> None:
    assert admits({"feature": [wanted]}, ADA, {**FACTS, "feature": asked}, "feature") is hit


def test_rules_about_something_else_say_nothing() -> None:
    assert RuleSet([rule("feature", {"tag": ["fp8"]})], "variant", ADA).verdict(FACTS).admitted_by is None


def test_the_world_is_closed_and_a_refusal_beats_an_admission() -> None:
    assert RuleSet([], "variant", ADA).verdict(FACTS).admitted_by is None
    no = rule("variant", {"tag": ["fp8"]}, {"do": "forbid", "changeable_by": "machine"}, "b.no")
    verdict = RuleSet([rule("variant", {"tag": ["fp8"]}), no], "variant", ADA).verdict(FACTS)
    assert [r.id for r in verdict.forbidden_by] == ["b.no"]


def test_an_admission_without_a_package_is_preferred_and_order_does_not_matter() -> None:
    plain = rule("variant", {"tag": ["fp8"]}, {"do": "admit"}, "z.plain")
    node = rule("variant", {"tag": ["fp8"]}, {"do": "admit", "needs_node": "some-node"}, "a.node")
    for rules in ([plain, node], [node, plain]):
        verdict = RuleSet(rules, "variant", ADA).verdict(FACTS)
        assert verdict.admitted_by is plain
        assert verdict.nodes == ()
    assert RuleSet([node], "variant", ADA).verdict(FACTS).nodes == ("some-node",)


def test_costs_multiply_and_the_best_way_to_compute_counts() -> None:
    rules = [
        rule("variant", {"tag": ["fp8"]}, {"do": "cost", "time": 2000, "value": 900}, "a.cost"),
        rule("variant", {"runtime": ["comfyui"]}, {"do": "cost", "time": 1500, "vram": VRAM}, "b.cost"),
        rule("variant", {"tag": ["fp8"]}, {"do": "compute", "mode": "dequantised", "time": 1100}, "a.compute"),
        rule("variant", {"tag": ["fp8"]}, {"do": "compute", "mode": "native", "time": 500}, "z.compute"),
        rule("variant", {"tag": ["fp8"]}, {"do": "warn"}, "a.warn"),
    ]
    verdict = RuleSet(rules, "variant", ADA).verdict(FACTS)
    assert (verdict.time, verdict.value, verdict.vram) == (1500, 900, GIB)
    assert verdict.compute is not None
    assert verdict.compute.id == "z.compute"
    assert [r.id for r in verdict.warnings] == ["a.warn"]


VRAM = {"value": "1 GB", "source": "some-source"}


def test_answers_are_remembered_by_what_the_rules_test_and_nothing_else() -> None:
    rules = RuleSet([rule("variant", {"precision": ["fp8_e4m3fn"]})], "variant", ADA)
    assert rules.verdict(FACTS).admitted_by is not None
    assert rules.verdict({**FACTS, "precision": "nf4"}).admitted_by is None
    assert rules.verdict({**FACTS, "component": "anything"}).admitted_by is not None
    assert rules.tests("precision", "comfyui")
    assert not rules.tests("placement", "comfyui")


# -- features of models and add-ons ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "offered", "met"),
    [
        ("controlnet", "controlnet:depth", True),
        ("controlnet:depth", "controlnet:depth", True),
        ("controlnet:depth", "controlnet", False),
        ("controlnet:depth", "controlnet:canny", False),
        ("lora", "lora", True),
        ("in", "inpainting", False),
    ],
)
def test_a_base_word_is_met_by_any_of_its_kinds(wanted: str, offered: str, met: bool) -> None:
    assert meets(wanted, offered) is met


def test_the_best_grade_of_all_that_meet_a_feature_counts() -> None:
    features = {
        "controlnet:depth": Graded(grade="fair", source="s"),
        "controlnet:canny": Graded(grade="excellent", source="s"),
    }
    assert best_grade("controlnet", features).grade == "excellent"
    assert best_grade("controlnet:depth", features).grade == "fair"
    assert best_grade("controlnet:pose", features) is None


# -- the shipped rules ----------------------------------------------------------------------------------------------


def test_every_shipped_rule_can_match_something_of_the_catalog(knowledge) -> None:
    """Values of a rule that no entry has are typing mistakes."""
    precisions = knowledge.index("precisions")
    known = {
        "precision": set(precisions),
        "tag": {tag for p in precisions.values() for tag in p.tags},
        "runtime": set(knowledge.index("runtimes")),
        "model": set(knowledge.index("models")),
        "task": set(knowledge.index("tasks")),
        "licence": set(knowledge.index("licences")),
        "quirk": {q for gpu in knowledge.catalog.gpus for q in gpu.quirks},
    }
    # Families, architectures of cards and features may wait for entries to come; these may not.
    odd = [
        (entry.id, name, value)
        for entry in knowledge.rulebook.rules
        for name, values in known.items()
        for value in getattr(entry.when, name)
        if value not in values
    ]
    assert odd == []
