"""The open expansion grows as questions are asked: what that must not change, and cases that couple tasks."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import prepare
from rigfit.candidates.open import open_up
from rigfit.explain.opened import Case, build
from rigfit.explain.unsolved import Unsolved, examine, explain_unsolved, prove_all
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.answer import Explanation
from rigfit.units import MIB


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge()


def case_of(known: Knowledge, tasks: list[Any], gpu: str, policies: dict[str, Any] | None = None, **rig: Any) -> Case:
    where = machine(known, gpu, **rig)
    return build(open_up(prepare(request(*tasks, **(policies or {})), where, known)), usable(where, known))


def kinds(found: Unsolved, members: tuple[int, ...]) -> set[str]:
    return {found.case.keys[number].kind for number in members}


def examined(
    known: Knowledge, tasks: list[Any], gpu: str, policies: dict[str, Any] | None = None, **rig: Any
) -> Unsolved:
    where = machine(known, gpu, **rig)
    found = examine(prepare(request(*tasks, **(policies or {})), where, known), usable(where, known))
    assert found is not None
    return found


def assert_grows_alike(known: Knowledge, tasks: list[Any], gpu: str, questions: int, **rig: Any) -> None:
    """Opened bit by bit, a case gives the answers of one that was opened whole, whatever was asked before."""
    whole = case_of(known, tasks, gpu, **rig)
    whole.guarded.complete(n for n in whole.guarded.all if whole.guarded.guards[n].decisions)
    assert not any(unopened.left for unopened in whole.opened.unopened)
    grown = case_of(known, tasks, gpu, **rig)
    chance = random.Random(7)
    guards = sorted(whole.guarded.all)
    answers = set()
    for _ in range(questions):
        gone = chance.sample(guards, chance.randint(0, min(6, len(guards))))
        kept = grown.guarded.all.difference(gone)
        answers.add(grown.guarded.feasible(kept))
        assert grown.guarded.feasible(kept) == whole.guarded.feasible(kept), gone
    for name in ("ram", "disk", *(f"time.{number}" for number in range(len(tasks)))):
        assert grown.guarded.least(name) == whole.guarded.least(name), name
    assert len(answers) == 2


def test_bit_by_bit_is_as_good_as_whole(known: Knowledge) -> None:
    assert_grows_alike(known, [{"task": "music", "features": ["lora"]}], "gtx-1650", 60, ram=4, disk=3)


@pytest.mark.slow
def test_bit_by_bit_is_as_good_as_whole_with_several_tasks(known: Knowledge) -> None:
    tasks = [
        {"task": "image_generation", "models": ["flux1-dev"], "features": ["lora"], "together": "both"},
        {"task": "music", "together": "both"},
    ]
    assert_grows_alike(known, tasks, "rtx-3060-12gb", 150, ram=12, disk=20)
    assert_grows_alike(known, [{"task": "video_generation"}], "gtx-1650", 150, ram=16)


def test_named_models_open_no_others(known: Knowledge) -> None:
    tasks = [{"task": "image_generation", "models": ["flux1-dev"]}]
    case = case_of(known, tasks, "rtx-4090", {"use": "commercial"}, ram=64)
    assert not case.guarded.feasible(case.guarded.all)
    assert {branch.model.id for branch, _, _ in case.opened.tasks[0].branches} <= {"flux1-dev"}


def test_giving_up_every_task_is_no_answer(known: Knowledge) -> None:
    """Neither task can be had with 1 GB of RAM."""
    found = examined(known, ["music", "text_to_speech"], "gtx-1650", ram=1)
    assert all(kinds(found, gone) != {"task"} for gone in found.give_ups)
    where = machine(known, "gtx-1650", ram=1)
    wanted = prepare(request("music", "text_to_speech"), where, known)
    assert explain_unsolved(Explanation(summary=""), wanted, usable(where, known)).give_ups == ()


def test_one_task_of_two_can_be_given_up(known: Knowledge) -> None:
    """Masks can be made with little RAM, music cannot; the give-up has the bundle for what is left."""
    where = machine(known, "gtx-1650", ram=7)
    prepared = prepare(request("masking", "music"), where, known)
    explained = explain_unsolved(Explanation(summary=""), prepared, usable(where, known))
    assert [[hint.hint for hint in give.hints] for give in explained.give_ups] == [["drop_task"]]
    assert [gained.task for gained in explained.give_ups[0].gains] == ["masking"]


def test_what_is_too_large_together_can_be_had_in_turn(known: Knowledge) -> None:
    tasks = [
        {"task": "text_to_speech", "models": ["xtts-v2"], "together": "both"},
        {"task": "music", "models": ["musicgen-medium"], "together": "both"},
    ]
    alone = [
        case_of(known, [task], "none").guarded.least("ram") or 0 for task in ({**t, "together": None} for t in tasks)
    ]
    where = machine(known, "none", ram=16)
    kept = where.ram - usable(where, known).ram
    tight = where.model_copy(update={"ram": max(alone) + kept + 2**20})
    found = examine(prepare(request(*tasks), tight, known), usable(tight, known))
    assert found is not None
    assert {"together", "ram"} <= kinds(found, found.conflict)
    assert {"together"} in [kinds(found, gone) for gone in found.give_ups]


def test_node_packages_that_cannot_coexist(known: Knowledge) -> None:
    """The packages of SUPIR and LDSR ask for other versions of PyTorch Lightning; each task alone can be had."""
    tasks = [{"task": "upscaling", "models": ["supir-v0q"]}, {"task": "upscaling", "models": ["ldsr"]}]
    found = examined(known, tasks, "rtx-4090", {"runtimes": ["comfyui"], "experimental": True}, ram=64, disk=500)
    assert "models" in kinds(found, found.conflict)
    assert not {"vram", "ram", "disk", "architecture"} & kinds(found, found.conflict)
    tasks_in = [key.task for key in (found.case.keys[n] for n in found.conflict) if key.kind == "task"]
    assert tasks_in == [0, 1]


def test_experimental_models(known: Knowledge) -> None:
    found = examined(known, [{"task": "image_generation", "models": ["chroma1-radiance"]}], "rtx-4090", ram=64)
    assert kinds(found, found.conflict) == {"task", "models", "experimental"}
    assert {"experimental"} in [kinds(found, gone) for gone in found.give_ups]


def test_a_missing_card_is_spoken_of_where_one_would_do(known: Knowledge) -> None:
    tasks = [{"task": "lip_sync", "models": ["latentsync-1.5"]}]
    found = examined(known, tasks, "none", ram=64)
    assert "card" in kinds(found, found.conflict)
    where = found.case.opened.machine  # with the card that stands for any
    assert where.gpus
    case = build(open_up(prepare(request(*tasks), where, known)), usable(where, known))
    assert case.guarded.feasible(case.guarded.all)


def test_no_card_helps_where_memory_is_short(known: Knowledge) -> None:
    found = examined(known, ["music"], "none", ram=2)
    assert "card" not in kinds(found, found.conflict)
    guarded = found.case.guarded
    card = found.case.find("card")
    assert card is not None
    for others in itertools.islice(itertools.combinations(sorted(guarded.all - {card}), 1), 3):
        ram = found.case.find("ram")
        assert ram in others or not guarded.feasible(guarded.all - {card, *others})


def test_least_ram_does_not_hang_on_how_little_there_is(known: Knowledge) -> None:
    """With less memory than the system keeps for itself, all of that still has to be there."""
    needs = [
        next(one.needs for one in examined(known, ["music"], "gtx-1650", ram=ram).least if one.resource == "ram")
        for ram in (2, 5)
    ]
    assert needs[0] == needs[1]


def test_least_amounts_of_time_and_unified_memory_are_proved(known: Knowledge) -> None:
    cases = [
        ("apple-m1-8gb", [{"task": "music"}], {}),
        ("none", [{"task": "lip_sync", "models": ["latentsync-1.5"]}], {"ram": 64}),
    ]
    seen = set()
    for gpu, tasks, rig in cases:
        found = examined(known, tasks, gpu, **rig)
        seen |= {one.resource for one in found.least if one.needs is not None}
        proof = prove_all(found)
        assert proof.least_exact
        worse = tuple(
            one.model_copy(update={"needs": one.needs + 2 * MIB}) if one.resource == "memory" else one
            for one in found.least
            if isinstance(one.needs, int)
        )
        if any(one.resource == "memory" for one in worse):
            proof = prove_all(replace(found, least=worse))
            assert not proof.least_exact
    assert {"memory", "time"} <= seen
