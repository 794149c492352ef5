"""The record tells all that decided an answer."""

from __future__ import annotations

import json
from functools import cache

from requests_and_machines import machine, request

from rigfit.explain.record import entry_digests
from rigfit.knowledge import load_knowledge
from rigfit.schema.answer import Answer
from rigfit.solve import solve

KNOWLEDGE = load_knowledge()
SDXL = {"task": "image_generation", "models": ["sdxl-base", "sdxl-turbo"]}


@cache
def made(gpu: str = "RTX 4070", lora: bool = False, prefer: str = "balanced") -> Answer:
    task = {**SDXL, "features": ["lora"] if lora else []}
    return solve(request(task, prefer=prefer), machine(KNOWLEDGE, gpu, ram=32), KNOWLEDGE)


def test_every_rule_fired_or_did_not() -> None:
    record = made().record
    fired, silent = set(record.rules_fired), set(record.rules_not_fired)
    assert not fired & silent
    assert fired | silent == {rule.id for rule in KNOWLEDGE.rulebook.rules}


def test_rules_fire_where_they_match() -> None:
    with_lora, without = set(made(lora=True).record.rules_fired), set(made().record.rules_fired)
    assert "lora.plain.comfyui" in with_lora
    assert "lora.plain.comfyui" not in without
    for task in (task for bundle in made(lora=True).bundles for task in bundle.tasks):
        stated = {reason.rule for reason in (*task.compute, *task.warnings)}
        assert stated & {rule.id for rule in KNOWLEDGE.rulebook.rules} <= with_lora
    # A card that computes fp8 itself, and one that does not.
    assert "compute.fp8.native" in without
    assert "compute.fp8.native" not in made("RTX 3090").record.rules_fired


def test_the_id_is_of_the_input_alone() -> None:
    again = solve(made().record.request, made().machine, KNOWLEDGE)
    assert again.model_dump_json() == made().model_dump_json()
    assert len({made().record.id, made("RTX 3090").record.id, made(lora=True).record.id}) == 3


def test_the_bound_is_what_the_first_bundle_reaches() -> None:
    for prefer in ("balanced", "quality", "speed", "small"):
        answer = made(prefer=prefer)
        for proved, reached in zip(answer.record.bound, answer.bundles[0].criteria, strict=True):
            assert proved.criterion == reached.name
            if proved.within:
                assert proved.best <= reached.value <= proved.best + abs(proved.best) * proved.within // 1000
            else:
                assert proved.best == reached.value


def test_entries_are_what_the_bundles_are_made_of() -> None:
    answer = made()
    entries = answer.record.entries
    task = answer.bundles[0].tasks[0]
    assert {f"models/{task.model}", f"runtimes/{task.runtime}", *(f"licences/{x}" for x in task.licences)} <= set(
        entries
    )
    assert entries == entry_digests(entries, KNOWLEDGE)
    unet = KNOWLEDGE.index("components")["sdxl-base-unet"]
    assert "components/sdxl-base-unet" in entries
    before = entry_digests(["components/sdxl-base-unet"], KNOWLEDGE)
    assert unet.title in json.dumps(unet.model_dump(mode="json"))
    assert before["components/sdxl-base-unet"] == entries["components/sdxl-base-unet"]


def test_limits_say_what_is_to_spare_and_when() -> None:
    answer = made()
    for bundle in answer.bundles:
        for limit in (*bundle.limits, *(limit for task in bundle.tasks for limit in task.limits)):
            assert limit.free == limit.capacity - limit.used >= 0
            assert (limit.phase is not None) == (limit.resource == "vram")
        for task in bundle.tasks:
            (vram,) = (limit for limit in task.limits if limit.resource == "vram")
            (phase,) = (phase for phase in task.phases if phase.name == vram.phase)
            assert vram.used == phase.vram.high  # the policy counts with the safe end


def test_warnings_speak_of_everything_that_is_used() -> None:
    """Non-commercial weights, emulated precisions, packages in maintenance: whatever the winner takes."""
    wanted = request({"task": "image_generation", "models": ["flux1-dev"]}, top=1)
    (bundle,) = solve(wanted, machine(KNOWLEDGE, "RTX 4090"), KNOWLEDGE).bundles
    assert any("no commercial use" in warning.text for warning in bundle.tasks[0].warnings)
    wanted = request({"task": "image_generation", "models": ["sdxl-base"]}, top=1)
    (bundle,) = solve(wanted, machine(KNOWLEDGE, "GTX 1080 Ti"), KNOWLEDGE).bundles
    emulated = {rule.id for rule in KNOWLEDGE.rulebook.rules if getattr(rule.then, "mode", None) == "emulated"}
    task = bundle.tasks[0]
    assert {r.rule for r in task.compute} & emulated == {r.rule for r in task.warnings} & emulated != set()


def test_packages_that_a_variant_needs_are_spoken_of() -> None:
    wanted = request(
        {"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "nf4"}},
        runtimes=["comfyui"],
        top=1,
    )
    (bundle,) = solve(wanted, machine(KNOWLEDGE, "RTX 4090"), KNOWLEDGE).bundles
    nodes = [KNOWLEDGE.index("nodes")[node] for node in bundle.nodes]
    assert nodes
    said = " ".join(warning.text for warning in bundle.tasks[0].warnings)
    for node in nodes:
        assert (node.title in said) >= (node.maturity in ("maintenance", "experimental"))
        assert node.licence is None or node.licence in bundle.licences
    assert any(node.maturity in ("maintenance", "experimental") for node in nodes)
