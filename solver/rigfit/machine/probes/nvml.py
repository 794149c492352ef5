"""NVIDIA's management library, through the module pynvml of nvidia-ml-py."""

from __future__ import annotations

from typing import Any

from rigfit.machine import silicon
from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, probe, quiet, whole
from rigfit.machine.host import Host

_ON = 1


def _ask(nvml: Any, question: str, *given: Any) -> Any:
    """What NVML answers, or None: older drivers know fewer questions, and some cards do not answer all of them."""
    return quiet(lambda: getattr(nvml, question)(*given))


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.strip() if isinstance(value, str) and value.strip() else None


@probe("nvml", "linux", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Every NVIDIA card; a card cut into MIG slices gives its slices."""
    try:
        nvml = host.module("pynvml")
    except ImportError:
        raise NotHereError("the module pynvml is missing; reinstall nvidia-ml-py") from None
    try:
        nvml.nvmlInit()
    except Exception as problem:
        kind = type(problem).__name__
        if "LibraryNotFound" in kind:
            raise NotHereError("no NVIDIA driver is installed (its management library was not found)") from None
        raise OSError(f"the NVIDIA driver did not start: {problem}") from None
    try:
        driver = _text(_ask(nvml, "nvmlSystemGetDriverVersion"))
        count = whole(nvml.nvmlDeviceGetCount()) or 0
        if count == 0:
            return Findings(unread=("an NVIDIA driver is installed, but it sees no card",))
        gpus: list[GpuFinding] = []
        unread: list[str] = []
        for number in range(min(count, 64)):
            try:
                gpus.extend(_card(nvml, nvml.nvmlDeviceGetHandleByIndex(number), driver))
            except Exception as problem:
                unread.append(f"card {number}: {problem or type(problem).__name__}")
        return Findings(gpus=tuple(gpus), unread=tuple(unread))
    finally:
        _ask(nvml, "nvmlShutdown")


def _card(nvml: Any, handle: Any, driver: str | None) -> list[GpuFinding]:
    name = _text(nvml.nvmlDeviceGetName(handle))
    capability = _ask(nvml, "nvmlDeviceGetCudaComputeCapability", handle)
    numbers = [whole(part) for part in capability] if isinstance(capability, tuple | list) else []
    compute = f"{numbers[0]}.{numbers[1]}" if len(numbers) == 2 and None not in numbers else None
    total, free = _memory(nvml, handle)
    # The link runs slower while the card idles: the widest and fastest it can do here is what counts.
    generation = whole(_ask(nvml, "nvmlDeviceGetMaxPcieLinkGeneration", handle))
    lanes = whole(_ask(nvml, "nvmlDeviceGetMaxPcieLinkWidth", handle))
    active = _ask(nvml, "nvmlDeviceGetDisplayActive", handle)
    bus = _text(getattr(_ask(nvml, "nvmlDeviceGetPciInfo", handle), "busId", None))
    whole_card = GpuFinding(
        vendor="nvidia",
        name=name,
        compute_capability=compute,
        architecture=silicon.nvidia_architecture(compute),
        pci=short_bus(bus),
        display=active == _ON if active in (0, 1) else None,
        driver=driver,
        pcie_bandwidth=silicon.lane_bandwidth(generation, lanes),
        memory=total,
        free=free,
    )
    slices = _slices(nvml, handle, whole_card)
    return slices or [whole_card]


def _memory(nvml: Any, handle: Any) -> tuple[int | None, int | None]:
    # Chips with unified memory (GB10, Jetson) answer "not supported": the memory is then the machine's own.
    found = _ask(nvml, "nvmlDeviceGetMemoryInfo", handle)
    total, free = whole(getattr(found, "total", None)), whole(getattr(found, "free", None))
    return total or None, free if total else None


def _slices(nvml: Any, handle: Any, card: GpuFinding) -> list[GpuFinding]:
    mode = _ask(nvml, "nvmlDeviceGetMigMode", handle)
    if not (isinstance(mode, tuple | list) and len(mode) > 0 and mode[0] == _ON):
        return []
    found: list[GpuFinding] = []
    for number in range(min(whole(_ask(nvml, "nvmlDeviceGetMaxMigDeviceCount", handle)) or 0, 16)):
        part = _ask(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", handle, number)
        if part is None:
            continue
        total, free = _memory(nvml, part)
        found.append(
            GpuFinding(
                vendor="nvidia",
                name=_text(_ask(nvml, "nvmlDeviceGetName", part)) or f"{card.name} MIG",
                compute_capability=card.compute_capability,
                architecture=card.architecture,
                display=False,
                driver=card.driver,
                pcie_bandwidth=card.pcie_bandwidth,
                slice_of=card.name,
                memory=total,
                free=free,
            )
        )
    return found


def short_bus(address: str | None) -> str | None:
    """The bus address "00000000:01:00.0" as sysfs writes it: "0000:01:00.0"."""
    if address is None:
        return None
    domain, colon, rest = address.partition(":")
    return f"{domain[-4:]}:{rest}".lower() if colon else address.lower()
