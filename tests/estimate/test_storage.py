"""How long weights take from a drive, and when the answer speaks of it."""

from __future__ import annotations

import pytest
from requests_and_machines import machine, request

from rigfit.estimate.storage import drive_advice, load_times
from rigfit.schema.machine import Machine
from rigfit.solve import solve
from rigfit.units import GB, GIB


def test_faster_drives_take_less(knowledge) -> None:
    times = load_times(20 * GB, knowledge)
    assert 0 < times["nvme"] < times["ssd"] < times["hdd"]
    assert load_times(0, knowledge) == {"nvme": 0, "ssd": 0, "hdd": 0}
    for kind, rate in knowledge.time.disk_read.items():
        assert times[kind] == 20 * GB * 1000 // rate.value


def test_advice_where_the_drive_would_be_felt(knowledge) -> None:
    assert drive_advice(1 * GB, "hdd", knowledge) is None
    assert drive_advice(1 * GB, None, knowledge) is None
    assert drive_advice(20 * GB, "nvme", knowledge) is None
    assert "this machine's disk spins" in str(drive_advice(20 * GB, "hdd", knowledge))
    assert "keep them on an SSD" in str(drive_advice(20 * GB, None, knowledge))
    huge = str(drive_advice(100 * GB, "ssd", knowledge))
    assert "from a SATA SSD" in huge
    assert "spins" not in huge
    # From the very millisecond on that is no longer bearable.
    edge = knowledge.storage.bearable_load * knowledge.time.disk_read["hdd"].value // 1000
    assert drive_advice(edge, "hdd", knowledge) is None
    assert drive_advice(edge + GB, "hdd", knowledge) is not None


@pytest.mark.parametrize(
    ("kind", "rotational", "drive"),
    [("nvme", False, "nvme"), (None, True, "hdd"), (None, False, "ssd"), (None, None, None), ("ssd", None, "ssd")],
)
def test_what_is_known_of_a_drive(kind, rotational, drive) -> None:
    where = Machine(simulated=True, os="linux", ram=GIB, disk_free=0, disk_kind=kind, disk_rotational=rotational)
    assert where.drive == drive


def test_an_answer_carries_the_advice_once(knowledge) -> None:
    wanted = request({"task": "image_generation", "models": ["flux1"]})
    said = {}
    for kind in ("nvme", "hdd", None):
        where = machine(knowledge, "rtx-4090", ram=64).model_copy(update={"disk_kind": kind})
        answer = solve(wanted, where, knowledge)
        storage = answer.bundles[0].storage
        assert storage.drive == kind
        assert storage.load_milliseconds == load_times(storage.load, knowledge)
        said[kind] = [note for note in answer.explanation.notes if note.startswith("Loading the ")]
        assert said[kind] == [storage.advice] * bool(storage.advice)
    assert [len(said[kind]) for kind in ("nvme", "hdd", None)] == [0, 1, 1]
