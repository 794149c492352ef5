"""The five presets on the tiers they are stated for, on less, and every number of every bundle recomputed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from requests_and_machines import machine

from rigfit.solve import solve
from rigfit.units import GIB

# Preset -> cards of its tier, by seed 001; RAM is what is assumed when nobody says (16 GB).
TIERS = {
    "lightweight": ("rtx-2060-6gb", "rtx-3050-6gb", "rtx-4060"),
    "illustration": ("rtx-4060", "rtx-3070"),
    "photorealism": ("rtx-3060-12gb", "rtx-4070"),
    "video": ("rtx-3060-12gb", "rtx-4070"),
    "character-consistency": ("rtx-4060-ti-16gb", "rtx-4080"),
}
# What lacks the hardware: no bundle may come out.
TOO_SMALL = [
    ("photorealism", "none", 16),
    ("photorealism", "apple-m1-8gb", 8),
    ("video", "none", 16),
    ("video", "none", 64),
    ("video", "gtx-1650", 16),
    ("video", "rtx-2060-6gb", 16),
    ("video", "rtx-4060", 16),
    ("video", "rtx-4070", 8),
    ("character-consistency", "none", 16),
    ("character-consistency", "apple-m1-8gb", 8),
    ("illustration", "none", 4),
    ("illustration", "apple-m1-8gb", 8),
    ("lightweight", "none", 6),
]
# A few dozen machines from nothing to everything: (card, GiB of RAM, GB of disk).
MACHINES = [
    ("none", 4, 100), ("none", 16, 200), ("none", 64, 500),
    ("gtx-1650", 8, 100), ("gtx-1660", 16, 200), ("gtx-1080-ti", 32, 200),
    ("rtx-2060-6gb", 16, 200), ("rtx-3050-6gb", 16, 200), ("rtx-4060", 16, 200), ("rtx-4060", 32, 20),
    ("rtx-3060-12gb", 16, 200), ("rtx-3060-12gb", 64, 500), ("rtx-4070", 16, 200), ("rtx-4070", 32, 12),
    ("rtx-4060-ti-16gb", 32, 200), ("rtx-5060-ti-16gb", 32, 200), ("rtx-3090", 32, 200), ("rtx-4090", 64, 500),
    ("rtx-5090", 64, 500), ("nvidia-h100-pcie-80gb", 256, 2000), ("rx-6600", 16, 200), ("rx-7900-xtx", 32, 200),
    ("arc-a770-16gb", 32, 200), ("apple-m1-8gb", 8, 100), ("apple-m2-16gb", 16, 100), ("apple-m3-max-64gb", 64, 500),
    ("apple-m4-max-128gb", 128, 500),
]  # fmt: skip

# One of each kind by default, two of them with hardly any room on the disk; the slow lane has them all.
FEW = [
    ("none", 4, 100), ("none", 16, 200), ("gtx-1660", 16, 200), ("rtx-3060-12gb", 16, 200), ("rtx-4060", 32, 20),
    ("rtx-4070", 32, 12), ("rtx-4090", 64, 500), ("rx-7900-xtx", 32, 200), ("arc-a770-16gb", 32, 200),
    ("apple-m2-16gb", 16, 100),
]  # fmt: skip


def preset(name: str, knowledge):
    return knowledge.index("presets")[name].request


@pytest.mark.parametrize(("name", "gpu"), [(name, gpu) for name, gpus in TIERS.items() for gpu in gpus])
def test_presets_solve_on_their_tiers(name: str, gpu: str, knowledge) -> None:
    entry = knowledge.index("presets")[name]
    where = machine(knowledge, gpu, ram=16)
    assert where.gpus[0].vram >= entry.tier.value
    answer = solve(entry.request, where, knowledge)
    assert answer.status == "optimal", [c.text for c in answer.explanation.closest]
    main = answer.bundles[0].tasks[0]
    assert main.gpu == 0, "the main task of a preset belongs on the card"
    asked = entry.request.tasks[0]
    assert set(asked.features) <= set(main.features)


def test_the_tiers_are_those_of_the_survey(knowledge) -> None:
    tiers = {p.id: p.tier.value // GIB for p in knowledge.catalog.presets}
    assert tiers == {"lightweight": 6, "illustration": 8, "photorealism": 12, "video": 12, "character-consistency": 16}


@pytest.mark.parametrize(("name", "gpu", "ram"), TOO_SMALL)
def test_presets_do_not_solve_without_the_hardware(name: str, gpu: str, ram: int, knowledge) -> None:
    answer = solve(preset(name, knowledge), machine(knowledge, gpu, ram=ram), knowledge, explain=False)
    assert answer.status == "infeasible", [(t.model, t.placement) for t in answer.bundles[0].tasks]
    assert not answer.bundles
    assert answer.explanation.closest
    assert all(c.text for c in answer.explanation.closest)


@pytest.mark.parametrize(
    "place",
    [pytest.param(m, marks=() if m in FEW else pytest.mark.slow, id="-".join(map(str, m))) for m in MACHINES],
)
def test_every_number_of_every_bundle_holds(place: tuple[str, int, int], knowledge) -> None:
    gpu, ram, disk = place
    unified = gpu.startswith("apple")
    where = machine(knowledge, gpu, disk=disk, **({} if unified else {"ram": ram}))
    for entry in knowledge.catalog.presets:
        answer = json.loads(solve(entry.request, where, knowledge, explain=False).model_dump_json(by_alias=True))
        assert answer["schema"] == "rigfit.answer/1"
        assert (answer["status"] == "optimal") == bool(answer["bundles"])
        for number, bundle in enumerate(answer["bundles"], start=1):
            assert bundle["rank"] == number
            check_bundle(bundle, answer)
        models = [tuple(t["model"] for t in b["tasks"]) for b in answer["bundles"]]
        assert len(models) == len(set(models)), "bundles differ in models"
        tiers = [[c["value"] for c in b["criteria"]] for b in answer["bundles"]]
        assert tiers == sorted(tiers), "ranked by their criteria"


@pytest.mark.parametrize("gpu", ["rtx-4090", "rtx-5090", "nvidia-h100-pcie-80gb"])
def test_points_stay_on_their_scale(gpu: str, knowledge) -> None:
    for entry in knowledge.catalog.presets:
        answer = solve(entry.request, machine(knowledge, gpu, ram=64), knowledge, explain=False)
        over = [(t.model, t.quality) for b in answer.bundles for t in b.tasks if t.quality > 100_00]
        assert not over, "quality is a number from 0 to 100 points"


# -- arithmetic on the answer alone, nothing of rigfit's own --------------------------------------------------------

_VERDICT = {"resident": "resident", "model_offload": "offloaded", "streamed": "streamed", "cpu": "cpu"}


def check_bundle(bundle: dict[str, Any], answer: dict[str, Any]) -> None:
    usable, gpus = answer["usable"], answer["machine"]["gpus"]
    for task in bundle["tasks"]:
        check_task(task, usable, gpus)
    files = bundle["files"]
    keys = [(f["repo"], f["name"]) for f in files]
    assert len(keys) == len(set(keys)), "a file counts once"
    assert all(f["download"] in (0, f["bytes"]) for f in files)
    # Runtimes are installed too; what they take is the rest.
    rest = bundle["disk_bytes"] - sum(f["download"] for f in files)
    assert rest >= 0
    assert rest == 0 or bundle["runtimes"]
    assert bundle["disk_bytes"] <= usable["disk"]
    stored = [limit for limit in bundle["limits"] if limit["resource"] == "disk"]
    assert [limit["used"] for limit in stored] == [bundle["disk_bytes"]]
    for limit in bundle["limits"]:
        assert limit["used"] <= limit["capacity"]
    for criterion in bundle["criteria"]:
        assert sum(part["value"] for part in criterion["parts"]) == criterion["value"]
    assert set(bundle["runtimes"]) == {task["runtime"] for task in bundle["tasks"]}
    assert set(bundle["licences"]) == {licence for task in bundle["tasks"] for licence in task["licences"]}
    assert bundle["why"]


def check_task(task: dict[str, Any], usable: dict[str, int], gpus: list[dict[str, Any]]) -> None:
    for end in ("low", "expected", "high"):
        assert task["peak_vram"][end] == max(phase["vram"][end] for phase in task["phases"])
    for amounts in (task["peak_vram"], task["peak_ram"], *(phase["vram"] for phase in task["phases"])):
        assert 0 <= amounts["low"] <= amounts["expected"] <= amounts["high"]
    assert task["peak_phase"] in {phase["name"] for phase in task["phases"]}
    assert task["verdict"] == _VERDICT[task["placement"]]
    assert (task["placement"] == "cpu") == (task["gpu"] is None)
    assert task["resident_share"] == 1000 or task["placement"] == "streamed"
    # Presets ask for the safe end, and have no groups: each task is alone with the machine.
    ram = task["peak_ram"]["high"]
    if task["gpu"] is None:
        assert task["peak_vram"]["high"] == 0
    else:
        assert task["peak_vram"]["high"] <= usable[f"vram.{task['gpu']}"] <= gpus[task["gpu"]]["vram"]
        if gpus[task["gpu"]]["unified"]:
            ram += task["peak_vram"]["high"]
    assert ram <= usable["ram"]
    limits = {limit["resource"]: limit for limit in task["limits"]}
    assert limits["ram"]["used"] == ram
    assert limits["ram"]["capacity"] == usable["ram"]
    if task["gpu"] is not None:
        assert limits["vram"]["used"] == task["peak_vram"]["high"]
        assert limits["vram"]["capacity"] == usable[f"vram.{task['gpu']}"]
    assert task["quality"] > 0
    if task["milliseconds"] is not None:
        assert 0 < task["milliseconds"]["low"] <= task["milliseconds"]["expected"] <= task["milliseconds"]["high"]
