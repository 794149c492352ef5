"""Detection never raises and never outlasts its limit, whatever the computer answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigfit.knowledge import Knowledge
from rigfit.machine import detect, usable
from rigfit.machine.cards import join
from rigfit.machine.findings import REGISTRY, Findings, GpuFinding, Probe
from rigfit.machine.host import Output, RealHost
from rigfit.machine.silicon import amd_architecture, gfx_name, lane_bandwidth, nvidia_architecture
from rigfit.schema.machine import Machine
from rigfit.units import GIB

LIMIT = 0.4

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=30),
    st.binary(max_size=10),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=8), st.integers(), max_size=3),
)
errors = st.sampled_from(
    [OSError("broken"), PermissionError(13, "denied", "/dev/x"), ImportError("gone"), ValueError(), RecursionError(),
     UnicodeDecodeError("utf-8", b"", 0, 1, "bad"), KeyboardInterrupt(), SystemExit(3), MemoryError()]
)  # fmt: skip


class JunkHost:
    """Answers everything with something drawn at random: junk, or an error."""

    def __init__(self, data: Any, system: str) -> None:
        self.data = data
        self.kind = system

    @property
    def system(self) -> str:
        return self.kind

    def _any(self, good: Any = None) -> Any:
        choice = self.data.pop() if self.data else OSError("nothing left")
        if isinstance(choice, BaseException):
            raise choice
        return choice if good is None or not isinstance(choice, bool) else good

    def read(self, path: str) -> Any:
        return self._any("0x1002\n")

    def names(self, path: str) -> Any:
        return self._any(["card0", "card0-DP-1", "0000:01:00.0", "1"])

    def resolve(self, path: str) -> Any:
        return self._any("/sys/devices/pci0000:00/0000:03:00.0")

    def run(self, *command: str, timeout_s: float) -> Any:
        return Output(0, str(self._any('{"card0": {"VRAM Total Memory (B)": "x"}}')))

    def module(self, name: str) -> Any:
        names = ["nvmlInit", "nvmlDeviceGetCount", "nvmlDeviceGetName", "virtual_memory", "cpu_count"]
        return SimpleNamespace(**{n: lambda *a, **k: self._any(1) for n in names})

    def platform(self, what: str) -> Any:
        return self._any("x86_64")

    def disk_free(self, folder: str) -> Any:
        return self._any(10**9)

    def block_device(self, folder: str) -> Any:
        return self._any((8, 1))


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(
    data=st.lists(st.one_of(junk, errors), max_size=60), system=st.sampled_from(["linux", "win32", "darwin", "os/2"])
)
def test_a_computer_that_answers_nonsense(knowledge: Knowledge, data: list[Any], system: str) -> None:
    begin = time.monotonic()
    machine = detect(knowledge, host=JunkHost(data, system), timeout_s=LIMIT, torch=True)
    assert time.monotonic() - begin < LIMIT + 1
    assert isinstance(machine, Machine)
    assert machine.ram > 0
    usable(machine, knowledge)


@pytest.fixture
def only_probe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import rigfit.machine.probes  # noqa: F401

    def install(read: Any) -> None:
        REGISTRY.clear()
        REGISTRY["strange"] = Probe("strange", ("linux", "darwin", "win32"), read)

    before = dict(REGISTRY)
    yield install
    REGISTRY.clear()
    REGISTRY.update(before)


finding = st.builds(
    GpuFinding,
    vendor=st.sampled_from(["nvidia", "amd", "intel", "apple", "sis", 7]),
    name=junk,
    memory=junk,
    free=junk,
    compute_capability=junk,
    gfx=junk,
    architecture=junk,
    pci=junk,
    display=junk,
    unified=junk,
    unified_limit=junk,
)
answers = st.one_of(
    junk,
    errors,
    st.builds(Findings, gpus=junk, facts=junk, notes=junk, unread=junk),
    st.builds(
        Findings,
        gpus=st.lists(st.one_of(finding, junk), max_size=4).map(tuple),
        facts=st.dictionaries(st.sampled_from(["ram", "disk_free", "cores", "os_version", "environment"]), junk),
        notes=st.lists(junk, max_size=3),
    ),
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=answers)
def test_a_probe_that_answers_nonsense(knowledge: Knowledge, only_probe: Any, answer: Any) -> None:
    def read(host: Any, ask: Any) -> Any:
        if isinstance(answer, BaseException):
            raise answer
        return answer

    only_probe(read)
    machine = detect(knowledge, timeout_s=LIMIT)
    usable(machine, knowledge)
    for text in (*machine.notes, *(u.reason for u in machine.unread)):
        assert "\n" not in text
        assert len(text) <= 160


def test_a_probe_that_hangs(knowledge: Knowledge, only_probe: Any) -> None:
    only_probe(lambda host, ask: time.sleep(30))
    begin = time.monotonic()
    machine = detect(knowledge, timeout_s=0.2)
    assert time.monotonic() - begin < 1
    assert [(u.probe, u.reason) for u in machine.unread] == [("strange", "did not answer within 0.2 s")]


def test_what_cannot_be_read_is_assumed_and_named(knowledge: Knowledge, only_probe: Any) -> None:
    only_probe(lambda host, ask: Findings())
    machine = detect(knowledge, timeout_s=1)
    assert {a.field for a in machine.assumptions} == {"ram", "disk", "cpu_cores"}
    assert machine.ram == 16 * GIB


def test_missing_permission_is_said(knowledge: Knowledge, only_probe: Any) -> None:
    def read(host: Any, ask: Any) -> Any:
        raise PermissionError(13, "Permission denied", "/dev/kfd")

    only_probe(read)
    assert "no permission to read /dev/kfd" in detect(knowledge, timeout_s=1).unread[0].reason


def test_this_computer(knowledge: Knowledge) -> None:
    machine = detect(knowledge)
    assert not machine.simulated
    assert machine.ram > 0
    assert machine.disk_free > 0


def test_the_real_host_stops_a_program_that_takes_too_long() -> None:
    import sys

    host = RealHost()
    begin = time.monotonic()
    with pytest.raises(TimeoutError):
        host.run(sys.executable, "-c", "import time; time.sleep(20)", timeout_s=0.3)
    assert time.monotonic() - begin < 5
    with pytest.raises(FileNotFoundError):
        host.run("a-program-that-nobody-has", timeout_s=1)
    assert host.run(sys.executable, "-c", "print('é')", timeout_s=10).text
    assert host.disk_free("/no/such/folder/yet") > 0


def test_cards_of_two_sources_are_joined() -> None:
    cards: list[GpuFinding] = []
    join(cards, (GpuFinding("nvidia", "A", 24 * GIB, pci="0000:01:00.0"), GpuFinding("nvidia", "B", 12 * GIB)))
    join(cards, (GpuFinding("nvidia", "b", 12 * GIB, gpu_cores=4), GpuFinding("amd", "C", 8 * GIB)))
    join(cards, (GpuFinding("nvidia", "D", 99 * GIB),))  # neither of them: not believed
    assert [(c.vendor, c.name) for c in cards] == [("nvidia", "A"), ("nvidia", "B"), ("amd", "C")]
    assert cards[1].gpu_cores == 4


def test_silicon() -> None:
    by_capability = {"6.1": "pascal", "7.0": "volta", "7.5": "turing", "8.6": "ampere", "8.7": "ampere", "8.9": "ada",
                     "9.0": "hopper",
                     "10.3": "blackwell", "11.0": "blackwell", "12.1": "blackwell", "99.0": "unknown"}  # fmt: skip
    assert {c: nvidia_architecture(c) for c in by_capability} == by_capability
    numbers = {110000: "gfx1100", 90010: "gfx90a", 110501: "gfx1151", 90402: "gfx942", 100302: "gfx1032", 0: None}
    assert {n: gfx_name(n) for n in numbers} == numbers
    assert [amd_architecture(g) for g in ("gfx1151", "gfx90a", "gfx1201", None)] == [
        "rdna3.5",
        "cdna2",
        "rdna4",
        "unknown",
    ]
    assert lane_bandwidth(None, 16) is None
    assert lane_bandwidth(4, 0) is None
