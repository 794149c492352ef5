"""What the shipped catalog's packages ask of Python, and what follows from it for answers."""

from __future__ import annotations

import re
from collections import Counter

from invoke import invoke

from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.nodes import clashes, plan, refused
from rigfit.schema.request import MachineRequest, Policies, Request, TaskRequest
from rigfit.solve import solve


def test_every_requirement_says_where_it_comes_from(knowledge: Knowledge) -> None:
    for entry in knowledge.catalog.requirements:
        assert entry.source is not None or (entry.file and entry.commit), entry.id
        assert entry.read is not None, entry.id


def test_all_three_kinds_are_derived(knowledge: Knowledge) -> None:
    found = clashes(knowledge)
    assert knowledge.catalog.node_conflicts == ()
    assert all(clash.derived for clash in found)
    kinds = Counter(clash.kind for clash in found)
    assert kinds["file_ownership"] >= 20
    assert kinds["version"] >= 4
    assert kinds["build_tag"] >= 1
    for clash in found:
        assert all(re.match(r"https://github\.com/.+/blob/[0-9a-f]{40}/|[a-z0-9-]+$", ask.source) for ask in clash.asks)


def test_what_people_reported_is_found(knowledge: Knowledge) -> None:
    """Issues of the packages themselves: each pair, or package and runtime, is among what is derived."""
    members = {clash.members for clash in clashes(knowledge)}
    assert ("comfyui-controlnet-aux", "comfyui-layerstyle") in members
    assert ("comfyui-controlnet-aux", "comfyui-image-filters") in members
    assert ("comfyui-image-filters", "comfyui-impact-pack") in members
    assert ("comfyui-layerstyle", "comfyui-was-node-suite") in members
    assert {"comfyui-mvadapter", "comfyui-vlm-nodes", "comfyui-diffusers"} <= set(refused(knowledge))


def test_a_package_that_cannot_enter_its_runtime_gives_way_to_another_runtime(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, MachineRequest(gpus=("rtx-4070",)))
    wanted = TaskRequest(task="three_d", models=("triposr",))
    free = solve(Request(tasks=(wanted,)), machine, knowledge)
    assert free.bundles[0].tasks[0].runtime == "triposr-repo"
    bound = solve(Request(tasks=(wanted,), policies=Policies(runtimes=("comfyui",))), machine, knowledge)
    assert bound.status == "infeasible"
    said = invoke("why-not", "triposr", "--task", "three_d", "--gpu", "RTX 4070", "--runtime", "comfyui").out
    words = " ".join(said.split())
    assert "asks for transformers==4.35.0, ComfyUI for transformers>=4.50.3" in words
    assert "nodes.version" in words


def test_another_model_is_chosen_where_packages_conflict(knowledge: Knowledge) -> None:
    """SUPIR and LDSR cannot stand together in ComfyUI; one of each and a third model can."""
    machine = simulate(knowledge, MachineRequest(gpus=("rtx-4090",), ram="64 GB"))
    comfyui = Policies(runtimes=("comfyui",))
    both = (TaskRequest(task="upscaling", models=("supir",)), TaskRequest(task="upscaling", models=("ldsr",)))
    none = solve(Request(tasks=both, policies=comfyui), machine, knowledge)
    assert none.status == "infeasible"
    clash = none.explanation.packages
    assert clash is not None
    assert (clash.kind, clash.distribution) == ("version", "pytorch-lightning")
    assert [ask.requirement for ask in clash.asks] == ["pytorch-lightning==1.7.7", "pytorch-lightning>=2.2.1"]
    third = (both[0], TaskRequest(task="upscaling", models=("ldsr", "seedvr2-7b", "seedvr2-3b")))
    answer = solve(Request(tasks=third, policies=comfyui), machine, knowledge)
    assert answer.status == "optimal"
    assert "ldsr" not in [task.model for bundle in answer.bundles for task in bundle.tasks]


def test_what_a_bundle_needs_can_be_installed(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, MachineRequest(gpus=("rtx-4090",), ram="64 GB"))
    request = knowledge.index("presets")["character-consistency"].request
    for bundle in solve(request, machine, knowledge, explain=False).bundles:
        for runtime in bundle.runtimes:
            nodes = [n for n in bundle.nodes if knowledge.index("nodes")[n].runtime == runtime]
            assert nodes
            assert plan(nodes, runtime, knowledge).conflicts == ()


def test_a_stored_derivation_is_the_fresh_one(knowledge: Knowledge) -> None:
    from rigfit.nodes.conflicts import derive

    assert [c.model_dump() for c in clashes(knowledge)] == [c.model_dump() for c in derive(knowledge.catalog)]
