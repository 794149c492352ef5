"""Least amounts of places that are not expanded: no pipeline of theirs takes less, in any placement."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from requests_and_machines import machine, request

from rigfit.candidates.bounds import Room
from rigfit.candidates.compiler import prepare
from rigfit.candidates.open import open_up
from rigfit.explain.guards import UNBOUNDED
from rigfit.knowledge import Knowledge, load_knowledge


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return load_knowledge()


def assert_takes_no_less(known: Knowledge, tasks: list[Any], gpu: str, **rig: Any) -> int:
    """Every pipeline of every place takes at least what one of the place's rows of least amounts says."""
    policies = rig.pop("policies", {})
    where = machine(known, gpu, **rig)
    opened = open_up(prepare(request(*tasks, **policies), where, known))
    for unopened in opened.unopened:
        unopened.fitting(Room(0, UNBOUNDED, UNBOUNDED, (UNBOUNDED,) * len(opened.machine.gpus)))
    places = [
        {(p.place.model.id, p.place.runtime.id, p.place.device.gpu, p.reduced): p.number for p in unopened.all}
        for unopened in opened.unopened
    ]
    names = ["ram", *(f"vram.{n}" for n in range(len(opened.machine.gpus))), *(f"time.{n}" for n in range(len(tasks)))]
    opened.grow(range(len(opened.tasks)), 0, dict.fromkeys(names, UNBOUNDED), {}, whole=True)
    unified = np.array([*(gpu.unified for gpu in opened.machine.gpus), False], dtype=np.bool_)
    for number, task in enumerate(opened.tasks):
        rows, least = task.rows, opened.unopened[number].bounds.least
        ram = rows.ram + np.where(unified[rows.gpu], rows.vram, 0)
        mine = [(b.model.id, b.runtime.id, b.device.gpu) for b, _, _ in task.branches]
        place = np.array(
            [places[number][(*mine[b], bool(r))] for b, r in zip(rows.key[:, 0].tolist(), task.reduced, strict=True)]
        )
        assert len(place)
        for one in np.unique(place).tolist():
            of_place, bound = np.flatnonzero(place == one), np.flatnonzero(least.number == one)
            assert (least.gpu[bound] == rows.gpu[of_place[0]]).all()
            under = least.vram[bound] <= rows.vram[of_place][:, None]
            under &= least.held[bound] <= rows.held[of_place][:, None]
            under &= least.ram[bound] <= ram[of_place][:, None]
            under &= least.waits[bound] <= task.waits[of_place][:, None]
            under &= least.mask[bound] & ~task.mask[of_place][:, None] == 0
            assert under.any(axis=1).all(), mine[int(rows.key[of_place[0], 0])]
    return sum(len(task.mask) for task in opened.tasks)


@pytest.mark.parametrize(
    ("task", "gpu", "rig"),
    [
        ("video_generation", "gtx-1650", {"ram": 16}),
        ({"task": "chat", "size": {"context": 65536}}, "rtx-5090", {"ram": 64}),
        ({"task": "image_generation", "features": ["lora", "controlnet:depth"]}, "none", {"ram": 32}),
    ],
    ids=str,
)
def test_no_pipeline_takes_less(known: Knowledge, task: Any, gpu: str, rig: dict[str, Any]) -> None:
    assert assert_takes_no_less(known, [task], gpu, **rig) > 1000


_MACHINES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gtx-1650", {"ram": 16}),
    ("rtx-4070", {"ram": 32, "policies": {"confidence": "optimistic"}}),
    ("rtx-5090", {"ram": 64, "policies": {"confidence": "expected", "experimental": True}}),
    ("rx-7900-xtx", {"ram": 64, "os": "linux"}),
    ("arc-a770-16gb", {"ram": 32}),
    ("apple-m3-max-64gb", {"os": "macos"}),
    ("none", {"ram": 32}),
)


@pytest.mark.slow
@pytest.mark.parametrize(("gpu", "rig"), _MACHINES, ids=[gpu for gpu, _ in _MACHINES])
def test_no_pipeline_of_any_task_takes_less(known: Knowledge, gpu: str, rig: dict[str, Any]) -> None:
    """Over the whole catalog, at the usual size and the smaller one."""
    for task in known.index("tasks"):
        assert assert_takes_no_less(known, [task], gpu, **rig)


@pytest.mark.slow
def test_no_pipeline_takes_less_at_other_sizes_and_with_features(known: Knowledge) -> None:
    for gpu in ("gtx-1650", "rtx-5090", "apple-m3-max-64gb"):
        rig: dict[str, Any] = {"os": "macos"} if gpu.startswith("apple") else {"ram": 32}
        for task in (
            {"task": "chat", "size": {"context": 1_000_000}},
            {"task": "chat", "size": {"context": 128}},
            {"task": "image_generation", "size": {"width": 4096, "height": 4096, "batch": 4}},
            {"task": "image_generation", "features": ["lora", "controlnet:depth", "inpainting"]},
            {"task": "video_generation", "size": {"width": 256, "height": 256, "frames": 2, "fps": 8, "steps": 1}},
        ):
            assert_takes_no_less(known, [task], gpu, **rig)
