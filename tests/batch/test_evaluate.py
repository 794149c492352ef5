"""Every row says what a solve of its own says, and machines that are alike are solved once."""

import dataclasses
import random

import pytest
from batches import upscaling
from benchmarks.batch import one_row

from rigfit.batch.canonical import Facts, canonical, placeholder, with_names
from rigfit.batch.chunks import Chunk, evaluate
from rigfit.batch.fleet.entries import Entry
from rigfit.batch.rows import Records
from rigfit.batch.run import _survey
from rigfit.candidates.compiler import prepare
from rigfit.errors import InputError
from rigfit.knowledge import load_knowledge
from rigfit.machine import simulate
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.request import MachineRequest, Policies, Request, TaskRequest
from rigfit.solve import solve
from rigfit.units import GB, GIB
from rigfit.whatif.classes import machine_class


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


def request(*tasks: TaskRequest, **policies) -> Request:
    return Request(tasks=tasks, policies=Policies(**policies))


IMAGES = TaskRequest(task="image_generation", models=("sd15",))
UPSCALING = TaskRequest(task="upscaling", models=("real-esrgan-x4plus",), importance=2)
REQUESTS = {
    "one task": request(IMAGES),
    "two tasks": request(IMAGES, UPSCALING),
    "refused everywhere": request(TaskRequest(task="image_generation", models=("flux1-dev",)), use="commercial"),
    "limited": request(IMAGES, UPSCALING, max_disk="3 GB", confidence="expected"),
    "together": request(
        IMAGES.model_copy(update={"together": "a"}), UPSCALING.model_copy(update={"together": "a"})
    ),
}  # fmt: skip


def check(asked: Request, card: str, disks, knowledge, count: int) -> None:
    """Evaluate a class at many points, and compare some of them, most of those where nothing fits."""
    random_ = random.Random(3)
    kinds = [
        Facts(simulate(knowledge, MachineRequest(gpus=(card,), ram=ram * GIB)), knowledge) for ram in (3, 6, 12, 32)
    ]
    points = {facts.point(disk): (facts, disk) for facts in kinds for disk in disks}
    found = evaluate(Chunk(4, asked, kinds[0].canonical, tuple(points)))
    assert found.number == 4
    places = list(enumerate(points.values()))
    random_.shuffle(places)
    empty = [place for place in places if found.why[place[0]] >= 0]
    prepared = prepare(asked, kinds[0].machine, knowledge)
    for at, (facts, disk) in places[:count] + empty[:count]:
        fresh = one_row(prepared, facts.with_own(None, disk))
        row = dataclasses.asdict(found.answers[found.of[at]])
        why = found.whys[found.why[at]] if found.why[at] >= 0 else None
        row["reason"] = with_names(why.text, facts.card_names) if why else None
        assert row == {key: fresh[key] for key in row}


DISKS = [int(1.2**step * GB // 4) for step in range(30)]


@pytest.mark.parametrize("asked", REQUESTS.values(), ids=REQUESTS)
def test_rows_are_those_of_a_solve_of_their_own(asked, knowledge):
    check(asked, "GTX 1650", DISKS, knowledge, 4)


@pytest.mark.slow
@pytest.mark.parametrize("card", ["rtx-3060-12gb", "rx-6600", "apple-m2-16gb", "none"])
def test_rows_of_the_presets_are_those_of_a_solve_of_their_own(card, knowledge):
    for preset in knowledge.catalog.presets:
        check(preset.request, card, DISKS, knowledge, 25)


def test_what_only_names_things_makes_no_class(knowledge):
    one = simulate(knowledge, MachineRequest(gpus=("RTX 4070",), ram=32 * GIB))
    gpu = one.gpus[0].model_copy(update={"name": "mine", "driver": "570", "display": False, "vram": 11 * GIB})
    other = one.model_copy(update={"gpus": (gpu,), "name": "desk", "os_version": "11", "disk_free": 7, "notes": ("x",)})
    assert machine_class(canonical(one)) == machine_class(canonical(other))
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    "changes", [{"bandwidth": 1}, {"architecture": "turing"}, {"compute_capability": "7.5"}, {"pcie_bandwidth": 9},
                {"fp16_flops": 1}, {"quirks": ("fp16-broken",)}]
)  # fmt: skip
def test_what_decides_makes_a_class(changes, knowledge):
    one = simulate(knowledge, MachineRequest(gpus=("RTX 4070",)))
    other = one.model_copy(update={"gpus": (one.gpus[0].model_copy(update=changes),)})
    assert machine_class(canonical(one)) != machine_class(canonical(other))


def test_every_field_of_a_machine_is_named_or_decides():
    """A field that is added to machines must be looked at here: does it decide, or only name?"""
    assert set(Machine.model_fields) - {"schema_version"} == {
        "simulated", "name", "os", "os_version", "cpu", "gpus", "ram", "disk_free", "ram_available", "disk_rotational",
        "disk_kind", "environment", "reserve_vram", "reserve_ram", "installed", "assumptions", "unread", "notes",
    }  # fmt: skip
    assert set(Gpu.model_fields) == {
        "name", "spec", "vendor", "backend", "architecture", "compute_capability", "gfx", "vram", "vram_free",
        "unified", "display", "bandwidth", "fp16_flops", "fp32_flops", "fp8_flops", "pcie_bandwidth", "driver", "pci",
        "slice_of", "quirks",
    }  # fmt: skip


def test_cards_of_one_name_share_a_placeholder(knowledge):
    machine = simulate(knowledge, MachineRequest(gpus=("RTX 3090", "RTX 4090", "RTX 3090")))
    facts = Facts(machine, knowledge)
    assert [gpu.name for gpu in facts.canonical.gpus] == [placeholder(0), placeholder(1), placeholder(0)]
    assert with_names(f"on {placeholder(1)}", facts.card_names) == "on GeForce RTX 4090 24 GB"


def test_machines_that_leave_models_the_same_are_one_point(knowledge):
    machine = simulate(knowledge, MachineRequest(gpus=("RTX 4070",), ram=32 * GIB))
    used = machine.model_copy(update={"gpus": (machine.gpus[0].model_copy(update={"vram_free": 2 * GIB}),)})
    entries = [Entry(name, 1, Facts(one, knowledge), GB) for name, one in (("a", machine), ("b", machine), ("c", used))]
    segment = _survey([*entries, Entry("d", 1, None, error="no")])
    assert segment.places == [(0, 0), (0, 0), (0, 1), None]
    assert len(segment.kinds) == 1


def test_record_ids_are_those_of_solve(knowledge):
    machine = simulate(knowledge, MachineRequest(gpus=("RTX 4070",), disk=77 * GB)).model_copy(update={"name": 'é "x"'})
    asked = upscaling("real-esrgan-x4plus")
    answer = solve(asked.request, machine, knowledge)
    entry = Entry("shown", 1, Facts(machine, knowledge), machine.disk_free, machine.name)
    assert Records((asked,), knowledge).of(entry) == [answer.record.id]


def test_another_knowledge_is_refused(knowledge):
    facts = Facts(simulate(knowledge, MachineRequest(gpus=("none",))), knowledge)
    with pytest.raises(InputError, match="are not those of this run"):
        evaluate(Chunk(0, REQUESTS["one task"], facts.canonical, (facts.point(GB),), digest="old/older"))
