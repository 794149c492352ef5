"""Replayed machines: the name of each fixture holds the expected answer."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from machine_replay import FOLDER, ReplayHost, answer, load

from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine import detect, hardware_features, load_machine, plan_torch_backends, save_machine, usable
from rigfit.schema.machine import Machine
from rigfit.units import GIB, MIB

FIXTURES = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return load_knowledge()


def replayed(knowledge: Knowledge, path: Path) -> Machine:
    told = load(path)
    asks_torch = "python torch" in told.get("commands", {})
    return detect(knowledge, host=ReplayHost(told), timeout_s=4, torch=asks_torch)


def find(part: str) -> Path:
    (path,) = [p for p in FIXTURES if part in p.stem]
    return path


def test_there_are_enough_and_each_says_where_it_comes_from() -> None:
    assert len(FIXTURES) >= 25
    for path in FIXTURES:
        told = load(path)
        assert told["origin"] in ("captured", "composed")
        assert told["about"]
        assert told["after"]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: p.stem)
def test_replay(real: Knowledge, tmp_path: Path, path: Path) -> None:
    machine = replayed(real, path)
    assert answer(machine) == path.stem
    assert not machine.simulated
    found = usable(machine, real)
    assert all(0 <= amount <= gpu.vram for amount, gpu in zip(found.vram, machine.gpus, strict=True))
    assert 0 <= found.ram <= machine.ram
    # Everything else works on it too, and the machine file says the same.
    assert hardware_features(machine, real)
    assert plan_torch_backends(machine).as_python()
    save_machine(machine, tmp_path / "machine.yaml")
    assert load_machine(tmp_path / "machine.yaml") == machine


def test_the_driver_wins_over_the_catalog_and_the_catalog_completes_it(real: Knowledge) -> None:
    gpu = replayed(real, find("linux__31.2g__rtx-4070_")).gpus[0]
    assert gpu.vram == 12282 * MIB
    assert gpu.bandwidth == real.index("gpus")["rtx-4070"].bandwidth.value
    assert gpu.pcie_bandwidth == 16 * 1_969_230_769
    assert gpu.pci == "0000:01:00.0"


def test_a_known_name_with_other_memory_is_another_card(real: Knowledge) -> None:
    gpu = replayed(real, find("unlisted_48.0g")).gpus[0]
    assert gpu.spec is None
    assert gpu.bandwidth is None
    assert gpu.architecture == "ada"


def test_broken_fp16_is_known_without_the_catalog(real: Knowledge) -> None:
    assert replayed(real, find("unlisted_4.0g_7.5")).gpus[0].quirks == ("broken_fp16",)


def test_slices_have_no_bandwidth_of_their_own(real: Knowledge) -> None:
    machine = replayed(real, find("unlisted_19.5g"))
    assert [gpu.slice_of for gpu in machine.gpus] == ["NVIDIA A100-SXM4-40GB"] * 2
    assert all(gpu.bandwidth is None for gpu in machine.gpus)


def test_container_limits_hold(real: Knowledge) -> None:
    machine = replayed(real, find("tesla-t4"))
    assert machine.ram == 13 * GIB
    assert machine.cpu.cores == 2
    assert machine.ram_available is not None
    assert machine.ram_available <= machine.ram
    assert any("container limit" in note for note in machine.notes)


def test_windows_keeps_its_reserve_under_wsl2(real: Knowledge) -> None:
    machine = replayed(real, find("linux-wsl2"))
    quiet = machine.gpus[0].model_copy(update={"vram_free": None})
    windows = next(r for r in real.rulebook.reserves if "windows" in r.os)
    found = usable(machine.model_copy(update={"gpus": (quiet,)}), real)
    assert found.vram == (quiet.vram - windows.vram_display.value,)


def test_a_limit_set_by_hand_counts_on_apple(real: Knowledge) -> None:
    assert replayed(real, find("m2-ultra")).gpus[0].vram == 172032 * MIB


def test_an_amount_from_the_catalog_is_an_assumption(real: Knowledge) -> None:
    machine = replayed(real, find("rtx-4080"))
    assert [(a.field, a.rule) for a in machine.assumptions] == [("gpus.0.vram", "gpus.rtx-4080")]


def test_what_could_not_be_read_has_a_reason(real: Knowledge) -> None:
    def reasons(part: str) -> str:
        return " | ".join(f"{u.probe}: {u.reason}" for u in replayed(real, find(part)).unread)

    assert "sees no card" in reasons("linux__46.8g__no-gpu")
    assert "no NVIDIA driver runs it" in reasons("linux__23.4g__no-gpu")
    assert "GPU is lost" in reasons("linux__31.2g__rtx-3090_")
    assert "did not start" in reasons("linux__11.7g__no-gpu")
    assert reasons("linux__31.2g__rtx-4070_") == ""  # a card was found: that others are absent is no news


def test_a_hanging_tool_costs_no_more_than_the_limit(real: Knowledge) -> None:
    begin = time.monotonic()
    machine = detect(real, host=ReplayHost(load(find("linux__46.8g__rx-7900-xtx"))), timeout_s=0.5)
    assert time.monotonic() - begin < 1.5
    assert machine.gpus[0].spec == "rx-7900-xtx"
