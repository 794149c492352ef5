from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate, usable
from rigfit.machine.names import by_name, normalise
from rigfit.schema.request import MachineRequest
from rigfit.units import GIB, MIB


def ask(**options: object) -> MachineRequest:
    return MachineRequest.model_validate(options)


@pytest.mark.parametrize(
    "name", ["RTX 4070", "rtx-4070", "NVIDIA GeForce RTX 4070", "geforce rtx4070", "4070", "RTX4070"]
)
def test_a_card_has_many_spellings(knowledge: Knowledge, name: str) -> None:
    machine = simulate(knowledge, ask(gpus=[name]))
    assert [g.spec for g in machine.gpus] == ["rtx-4070"]
    assert machine.simulated
    assert machine.gpus[0].vram == 12 * GIB
    assert machine.gpus[0].bandwidth == 504 * 10**9


def test_a_laptop_is_never_taken_for_a_desktop(knowledge: Knowledge) -> None:
    assert simulate(knowledge, ask(gpus=["RTX 4070 Laptop"])).gpus[0].spec == "rtx-4070-laptop"
    assert [s.id for s in by_name(knowledge, "RTX 4070")] == ["rtx-4070"]


def test_an_ambiguous_name_lists_the_choices(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match=r"rtx-3060-8gb \(8\.0 GB.*rtx-3060-12gb \(12\.0 GB") as error:
        simulate(knowledge, ask(gpus=["RTX 3060"]))
    assert "\n" not in str(error.value)
    assert simulate(knowledge, ask(gpus=["RTX 3060"], vram="8 GB")).gpus[0].spec == "rtx-3060-8gb"
    with pytest.raises(InputError, match="could be any of"):
        simulate(knowledge, ask(gpus=["RTX 3060"], vram="10 GB"))


def test_an_unknown_name_gets_the_nearest(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="unknown gpu 'RTX 4071'; nearest: .*4070"):
        simulate(knowledge, ask(gpus=["RTX 4071"]))
    for name in ("", "  ", "GeForce", "GPU"):
        with pytest.raises(InputError, match="unknown gpu"):
            simulate(knowledge, ask(gpus=[name]))


def test_what_is_not_stated_is_assumed_and_named(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["4070"]))
    assert (machine.os, machine.ram, machine.disk_free) == ("windows", 16 * GIB, 200 * 10**9)
    assert {a.field: a.rule for a in machine.assumptions} == {
        field: f"assumptions.{field}" for field in ("os", "ram", "disk", "cpu_cores", "display")
    }
    stated = simulate(knowledge, ask(gpus=["4070"], ram="32 GB", disk="1 TB", os="linux", display=False))
    assert {a.field for a in stated.assumptions} == {"cpu_cores"}
    assert stated.gpus[0].display is False


def test_two_cards_and_only_the_first_drives_the_screen(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["4070", "rtx-3060-12gb"]))
    assert [g.display for g in machine.gpus] == [True, False]
    assert usable(machine, knowledge).vram == (12 * GIB - 600 * MIB, 12 * GIB - 300 * MIB)
    with pytest.raises(InputError, match="name each memory size"):
        simulate(knowledge, ask(gpus=["4070", "rtx-3060-12gb"], vram="8 GB"))
    with pytest.raises(InputError, match="takes no second card"):
        simulate(knowledge, ask(gpus=["apple-m1-8gb", "4070"]))


def test_a_datacenter_card_drives_no_screen(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["Tesla T4"]))
    assert machine.gpus[0].display is False
    assert "display" not in {a.field for a in machine.assumptions}


def test_stated_memory_overrides_the_card_and_is_named(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["4070"], vram="16 GB"))
    assert machine.gpus[0].vram == 16 * GIB
    assert any(a.field == "vram" and "12.0 GB" in a.reason for a in machine.assumptions)


@pytest.mark.parametrize("name", ["none", "cpu", "NONE"])
def test_no_gpu(knowledge: Knowledge, name: str) -> None:
    machine = simulate(knowledge, ask(gpus=[name]))
    assert machine.gpus == ()
    assert usable(machine, knowledge).vram == ()
    with pytest.raises(InputError, match="cannot stand beside"):
        simulate(knowledge, ask(gpus=[name, "4070"]))


def test_memory_without_a_card_is_refused(knowledge: Knowledge) -> None:
    for gpus in ([], ["none"]):
        with pytest.raises(InputError, match="--vram needs --gpu"):
            simulate(knowledge, ask(gpus=gpus, vram="12 GB"))
    assert "gpus" in {a.field for a in simulate(knowledge, ask(ram="8 GB")).assumptions}


def test_apple(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["Apple M3 Max"]))
    assert (machine.os, machine.ram, machine.gpus[0].vram) == ("macos", 64 * GIB, 48 * GIB)
    assert usable(machine, knowledge).vram == (48 * GIB,)
    small = simulate(knowledge, ask(gpus=["Apple M1"], ram="8 GB"))
    assert small.gpus[0].spec == "apple-m1-8gb"
    assert usable(small, knowledge).vram == (4 * GIB,)  # the system's reserve binds before the share
    with pytest.raises(InputError, match="mps backend exists on macOS only"):
        simulate(knowledge, ask(gpus=["Apple M3 Max"], os="linux"))
    with pytest.raises(InputError, match="no CUDA"):
        simulate(knowledge, ask(gpus=["4070"], os="macos"))


def test_reserves_can_be_overridden(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["4070"], ram="32 GB"))
    machine = machine.model_copy(update={"reserve_vram": 2 * GIB, "reserve_ram": 0})
    assert usable(machine, knowledge).vram == (10 * GIB,)
    assert usable(machine, knowledge).ram == 32 * GIB


def test_memory_in_use_counts_where_it_is_more_than_the_reserve(knowledge: Knowledge) -> None:
    machine = simulate(knowledge, ask(gpus=["4070"]))
    busy = machine.gpus[0].model_copy(update={"vram_free": 4 * GIB})
    found = usable(machine.model_copy(update={"gpus": (busy,)}), knowledge)
    assert found.vram == (4 * GIB,)
    assert "in use by other programs" in found.notes[0]
    idle = machine.gpus[0].model_copy(update={"vram_free": 12 * GIB - 5 * MIB})
    assert usable(machine.model_copy(update={"gpus": (idle,)}), knowledge).vram == (12 * GIB - 600 * MIB,)


def test_simulation_reads_nothing_from_the_host() -> None:
    program = (
        "import sys, rigfit.machine.simulation, rigfit.machine.capacity;"
        "assert not {'psutil', 'pynvml', 'torch', 'subprocess'} & set(sys.modules), 'host modules';"
        "assert not any(m.startswith('rigfit.machine.probes') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@given(name=st.text(max_size=40), vram=st.none() | st.integers(0, 2**40), ram=st.none() | st.integers(0, 2**45))
def test_any_options_give_a_machine_or_one_clear_line(
    knowledge: Knowledge, name: str, vram: int | None, ram: int | None
) -> None:
    try:
        machine = simulate(knowledge, MachineRequest(gpus=(name,), vram=vram, ram=ram))
    except InputError as error:
        assert str(error)
    else:
        assert machine.simulated
        assert all(0 <= v <= g.vram for v, g in zip(usable(machine, knowledge).vram, machine.gpus, strict=True))


def test_normalise_keeps_what_distinguishes() -> None:
    names = ["RTX 4070", "RTX 4070 Ti", "RTX 4070 SUPER", "RTX 4070 Ti SUPER", "RTX 4070 Laptop GPU", "RX 6800 XT"]
    assert len({normalise(n) for n in names}) == len(names)
    assert normalise("Intel(R) Arc(TM) A770 Graphics") == normalise("intel arc a770 graphics")


def test_unified_memory_of_other_makers(knowledge: Knowledge) -> None:
    from rigfit.machine.capacity import share_of_unified

    # No rule for the platform: the most careful one of any; CUDA may take all of it.
    assert share_of_unified(knowledge, "linux", 64 * GIB, "amd") == (48 * GIB, "reserve.macos")
    assert share_of_unified(knowledge, "linux", 64 * GIB, "nvidia") == (64 * GIB, None)
