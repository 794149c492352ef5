"""What is a class and what a capacity: equal classes are prepared alike, and no rule sees an amount."""

from __future__ import annotations

import numpy as np
import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import prepare
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.knowledge.matching import machine_facts
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Gpu, Machine
from rigfit.units import GIB, MIB
from rigfit.whatif.classes import axes, check_varies, has_amount, machine_class, point, request_key, with_amount
from rigfit.whatif.whole import Whole

ABSURD = {"vram": 2**59, "vram_free": 1, "display": None, "pci": "ffff:ff:00.0"}


def with_absurd_amounts(where: Machine) -> Machine:
    gpus = tuple(gpu.model_copy(update=ABSURD) for gpu in where.gpus)
    changes = {"ram": 1, "ram_available": 0, "disk_free": 2**59, "reserve_vram": 7, "reserve_ram": 9, "gpus": gpus}
    return where.model_copy(update=changes)


@pytest.mark.parametrize("card", ["rtx-4070", "apple-m3-max-64gb", "none"])
def test_amounts_change_neither_the_class_nor_what_is_prepared(card: str, knowledge: Knowledge) -> None:
    wanted = request({"task": "image_generation", "models": ["sdxl"]}, "upscaling")
    here = machine(knowledge, card)
    there = with_absurd_amounts(here)
    assert machine_class(here) == machine_class(there)
    one, other = (Whole.of(prepare(wanted, m, knowledge)) for m in (here, there))
    assert [d.key for d in one.problem.decisions] == [d.key for d in other.problem.decisions]
    for a, b in zip(one.tables.tables, other.tables.tables, strict=True):
        assert all(np.array_equal(getattr(a, f), getattr(b, f)) for f in ("scores", "uses", "shared", "groups"))
    assert one.problem.items == other.problem.items


@pytest.mark.parametrize(
    "changes",
    [{"bandwidth": 1}, {"fp16_flops": 1}, {"architecture": "turing"}, {"compute_capability": "7.5"},
     {"quirks": ("broken-fp16",)}, {"pcie_bandwidth": 5}, {"name": "another"}],
)  # fmt: skip
def test_any_other_fact_of_a_card_is_another_class(changes: dict[str, object], knowledge: Knowledge) -> None:
    here = machine(knowledge, "rtx-4070")
    there = here.model_copy(update={"gpus": (here.gpus[0].model_copy(update=changes),)})
    assert machine_class(here) != machine_class(there)


def test_the_name_of_a_processor_says_nothing_its_cores_do(knowledge: Knowledge) -> None:
    here = machine(knowledge, "none")
    other, fewer = ({"cpu": here.cpu.model_copy(update=u)} for u in ({"name": "another"}, {"cores": 2}))
    assert machine_class(here) == machine_class(here.model_copy(update=other))
    assert machine_class(here) != machine_class(here.model_copy(update=fewer))


@pytest.mark.parametrize("changes", [{"os": "linux"}, {"installed": ("x.safetensors",)}, {"disk_rotational": True}])
def test_any_other_fact_of_a_machine_is_another_class(changes: dict[str, object], knowledge: Knowledge) -> None:
    here = machine(knowledge, "rtx-4070")
    assert machine_class(here) != machine_class(here.model_copy(update=changes))


def test_rules_see_only_what_the_class_holds(knowledge: Knowledge) -> None:
    gpu = machine(knowledge, "rtx-4070").gpus[0]
    seen = machine_facts("linux", gpu)
    assert seen == machine_facts("linux", gpu.model_copy(update=ABSURD))
    assert set(seen) - {"os", "gpu_architecture", "quirk"} <= set(Gpu.model_fields)


def test_every_capacity_has_an_axis(knowledge: Knowledge) -> None:
    pair = machine(knowledge, "rtx-4070", "rtx-4090", ram=64, disk=500)
    assert axes(pair) == ("vram.0", "vram.1", "ram", "disk")
    assert len(point(usable(pair, knowledge))) == 4


def test_another_amount_of_one_resource(knowledge: Knowledge) -> None:
    here = machine(knowledge, "rtx-4070", ram=32, disk=100)
    here = here.model_copy(update={"gpus": (here.gpus[0].model_copy(update={"vram_free": 9 * GIB}),)})
    more = with_amount(here, knowledge, "vram", 24 * GIB)
    assert (more.gpus[0].vram, more.gpus[0].vram_free) == (24 * GIB, 21 * GIB)
    assert with_amount(here, knowledge, "vram", GIB).gpus[0].vram_free == 0
    for resource in ("vram", "ram", "disk"):
        assert has_amount(with_amount(here, knowledge, resource, 77 * MIB), resource) == 77 * MIB


def test_unified_memory_grows_with_the_share_that_the_rules_give(knowledge: Knowledge) -> None:
    here = machine(knowledge, "apple-m3-max-64gb")
    for amount in (8, 36, 64, 128):
        grown = with_amount(here, knowledge, "ram", amount * GIB)
        expected = machine(knowledge, "apple-m3-max-64gb", ram=amount)
        assert usable(grown, knowledge) == usable(expected, knowledge)
    stated = machine(knowledge, "apple-m3-max-64gb", vram=20)
    assert with_amount(stated, knowledge, "ram", 128 * GIB).gpus[0].vram == 20 * GIB
    assert with_amount(stated, knowledge, "ram", 16 * GIB).gpus[0].vram == 16 * GIB


def test_vram_varies_only_where_there_is_some_of_its_own(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="needs a card"):
        check_varies(machine(knowledge, "none"), "vram")
    with pytest.raises(InputError, match="use --vary ram"):
        check_varies(machine(knowledge, "apple-m3-max-64gb"), "vram")
    check_varies(machine(knowledge, "none"), "ram")


def test_a_request_is_known_by_what_decides() -> None:
    one = request("upscaling")
    assert request_key(one) == request_key(one.model_copy(update={"title": "x", "preset": "y", "top": 9}))
    assert request_key(one) != request_key(request("upscaling", prefer="speed"))
