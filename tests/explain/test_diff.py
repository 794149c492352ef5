"""How two answers differ: everything that does, nothing that does not, the same both ways round."""

from __future__ import annotations

from functools import cache

import pytest
from requests_and_machines import machine, request

from rigfit.errors import InputError
from rigfit.explain.diff import difference
from rigfit.knowledge import load_knowledge
from rigfit.knowledge.loader import build
from rigfit.schema.answer import Answer
from rigfit.schema.difference import Difference
from rigfit.solve import solve

KNOWLEDGE = load_knowledge()
IMAGE = {"task": "image_generation", "models": ["sdxl-base", "flux1-dev"]}
UPSCALE = {"task": "upscaling", "models": ["real-esrgan-x4plus"]}


@cache
def made(gpu: str = "RTX 4060", prefer: str = "balanced", two: bool = False, ram: int = 32) -> Answer:
    tasks = [IMAGE, UPSCALE] if two else [IMAGE]
    return solve(request(*tasks, prefer=prefer), machine(KNOWLEDGE, gpu, ram=ram), KNOWLEDGE)


def change(found: Difference, what: str, task: int = 0) -> tuple[object, object, int | None]:
    (one,) = (c for c in found.tasks[task].changes if c.what == what)
    return one.before, one.after, one.by


def test_an_answer_does_not_differ_from_itself() -> None:
    found = difference(made(), made())
    assert found.same
    assert (found.inputs, found.tasks, found.bundle) == ((), (), ())


def test_two_machines() -> None:
    small, large = made(), made("RTX 4090")
    found = difference(small, large)
    assert not found.same
    inputs = {c.what: c for c in found.inputs}
    vram = inputs["gpus[0].vram"]
    assert (vram.part, vram.before, vram.after) == ("machine", small.machine.gpus[0].vram, large.machine.gpus[0].vram)
    assert vram.text == "machine gpus[0].vram: 8.0 GB -> 24.0 GB"
    one, two = small.bundles[0], large.bundles[0]
    assert change(found, "quality") == (
        one.tasks[0].quality,
        two.tasks[0].quality,
        two.tasks[0].quality - one.tasks[0].quality,
    )
    before = next(limit.free for limit in one.tasks[0].limits if limit.resource == "vram")
    after = next(limit.free for limit in two.tasks[0].limits if limit.resource == "vram")
    assert change(found, "VRAM to spare") == (before, after, after - before)
    downloads = next(c for c in found.bundle if c.what == "to download")
    assert downloads.by == two.download_bytes - one.download_bytes
    files = {c.before for c in found.bundle if c.what == "file" and c.after is None}
    assert files == {f.name for f in one.files} - {f.name for f in two.files}


def test_the_other_way_round_is_the_opposite() -> None:
    there, back = difference(made(), made("RTX 4090")), difference(made("RTX 4090"), made())
    forth = {(c.what, c.before, c.after, c.by) for t in there.tasks for c in t.changes}
    assert forth == {
        (c.what, c.after, c.before, -c.by if c.by is not None else None) for t in back.tasks for c in t.changes
    }
    assert {(c.what, c.before) for c in there.bundle} == {(c.what, c.after) for c in back.bundle}


def test_what_differs_in_the_request() -> None:
    found = difference(made(), made(prefer="small"))
    assert [(c.part, c.what, c.before, c.after) for c in found.inputs] == [
        ("request", "policies.prefer", "balanced", "small")
    ]


def test_a_task_that_only_one_side_has() -> None:
    found = difference(made(), made(two=True))
    (added,) = (t for t in found.tasks if t.task == "upscaling")
    assert [(c.what, c.before, c.after) for c in added.changes] == [("model", None, "Real-ESRGAN x4plus")]


def test_two_bundles_of_one_answer() -> None:
    answer = made()
    found = difference(answer, answer, rank=1, other=2)
    assert not found.inputs
    assert change(found, "model") == (answer.bundles[0].tasks[0].model, answer.bundles[1].tasks[0].model, None)
    with pytest.raises(InputError, match="no bundle 40"):
        difference(answer, answer, other=40)


def test_two_versions_of_the_catalog() -> None:
    unet = KNOWLEDGE.index("components")["sdxl-base-unet"]
    renamed = unet.model_copy(update={"title": "another name"})
    components = tuple(renamed if c.id == unet.id else c for c in KNOWLEDGE.catalog.components)
    later = build(KNOWLEDGE.catalog.model_copy(update={"components": components}), KNOWLEDGE.rulebook)
    wanted = request({"task": "image_generation", "models": ["sdxl-base"]})
    where = machine(KNOWLEDGE, "RTX 4060")
    found = difference(solve(wanted, where, KNOWLEDGE), solve(wanted, where, later))
    assert [(c.part, c.what) for c in found.inputs] == [("catalog", "digest"), ("catalog", "components/sdxl-base-unet")]
    # The name stands in sentences only.
    assert {c.what for t in found.tasks for c in t.changes} <= {"warning", "note"}


def test_against_no_bundle_at_all() -> None:
    nothing = solve(request(IMAGE), machine(KNOWLEDGE, "GTX 1650", ram=1), KNOWLEDGE)
    found = difference(made(), nothing)
    assert (found.second.status, found.second.rank, found.second.title) == ("infeasible", None, "no bundle")
    assert [(c.what, c.before, c.after) for c in found.bundle] == [("status", "optimal", "infeasible")]
    assert [c.after for c in found.tasks[0].changes] == [None]
