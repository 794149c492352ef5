"""Machine files round-trip, and mistakes in them give one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigfit.errors import InputError
from rigfit.machine import load_machine, save_machine
from rigfit.schema.machine import Cpu, Gpu, Machine, Unread
from rigfit.units import GIB

words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)
amounts = st.just(0) | st.integers(2**20, 2**45)
capabilities = st.sampled_from(["6.1", "7.5", "8.9", "12.0"])


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    gpus = []
    for _ in range(draw(st.integers(0, 3))):
        vram = draw(amounts)
        free = draw(st.none() | st.integers(0, vram))
        gpus.append(
            Gpu(
                name=draw(words),
                vendor="nvidia",
                backend="cuda",
                architecture=draw(st.sampled_from(["ada", "unknown", "rdna3.5"])),
                compute_capability=draw(st.none() | capabilities),
                vram=vram,
                vram_free=free,
                display=draw(st.none() | st.booleans()),
                driver=draw(st.none() | words),
                bandwidth=draw(st.none() | amounts),
            )
        )
    return Machine(
        simulated=draw(st.booleans()),
        name=draw(st.none() | words),
        os=draw(st.sampled_from(["linux", "windows"])),
        os_version=draw(st.none() | words),
        cpu=Cpu(name=draw(words), cores=draw(st.integers(1, 4096))),
        gpus=tuple(gpus),
        ram=draw(amounts),
        disk_free=draw(amounts),
        installed=tuple(draw(st.lists(words, max_size=3))),
        unread=tuple(Unread(probe=draw(words), reason=draw(words)) for _ in range(draw(st.integers(0, 2)))),
        notes=tuple(draw(st.lists(words, max_size=2))),
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(machine=machines())
def test_round_trip(tmp_path: Path, machine: Machine) -> None:
    path = tmp_path / "machine.yaml"
    save_machine(machine, path)
    assert load_machine(path) == machine


@pytest.mark.parametrize("name", ["1e3", "12", "0x10", "no", "null", "~", "8.9", "- a", "a: b", "#1", "true", "1_000"])
def test_names_that_look_like_something_else(tmp_path: Path, name: str) -> None:
    machine = Machine(simulated=False, name=name, os="linux", ram=GIB, disk_free=0)
    save_machine(machine, tmp_path / "m.yaml")
    assert load_machine(tmp_path / "m.yaml") == machine


GOOD = "schema: rigfit.machine/1\nsimulated: false\nos: linux\nram: 32 GB\ndisk_free: 200 GB\n"
CARD = "gpus:\n- {name: X, vendor: nvidia, backend: cuda, architecture: ada, vram: 12 GB}\n"
MISTAKES = {
    GOOD + "rom: 4 GB\n": "m.yaml:6: unknown field 'rom'; nearest: ram",
    GOOD.replace("32 GB", "-32 GB"): "m.yaml:4: ",
    GOOD.replace("32 GB", "32"): "m.yaml:4: ram: 32 bytes; write it with a unit",
    GOOD.replace("32 GB", "99999999 TB"): "m.yaml:4: ",
    GOOD.replace("linux", "beos"): "m.yaml:3: os: ",
    GOOD.replace("ram: 32 GB\n", ""): "the field 'ram' is missing",
    GOOD + "ram: 16 GB\n": "m.yaml:6: 'ram' stands here twice",
    GOOD + CARD.replace("backend: cuda", "backend: mps"): "a card of nvidia has no mps backend",
    GOOD.replace("linux", "macos") + CARD: "macOS has no CUDA backend",
    GOOD + CARD.replace("nvidia", "apple").replace("cuda", "mps"): "mps backend exists on macOS only",
    GOOD + CARD.replace("nvidia", "apple"): "a card of apple has no cuda backend",
    GOOD + CARD.replace("12 GB}", "12 GB, vram_free: 13 GB}"): "more memory is free than there is",
    GOOD + CARD.replace("nvidia", "amd").replace("cuda", "rocm").replace("12 GB}", "12 GB, compute_capability: 8.9}"):
        "only NVIDIA cards have a compute capability",
    GOOD + CARD.replace("12 GB", "-1 GB"): "m.yaml:7: ",
    GOOD + CARD + "installed: *all\n": "aliases",
    "": "the file is empty",
    "- 1\n": "a mapping is needed",
    "os: [\n": "not valid YAML",
}  # fmt: skip


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: MISTAKES[text][:40] if text in MISTAKES else None)
def test_mistakes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load_machine(path)
    assert MISTAKES[text] in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_text_file(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"os: linux\nname: caf\xe9\n")
    for path, message in (
        (tmp_path / "latin.yaml", ":2: not UTF-8"),
        (tmp_path, "directory"),
        (tmp_path / "x", "no such"),
    ):
        with pytest.raises(InputError, match=message):
            load_machine(path)
    with pytest.raises(InputError, match="cannot be written"):
        save_machine(Machine(simulated=False, os="linux", ram=1, disk_free=1), tmp_path / "no" / "m.yaml")
