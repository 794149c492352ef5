"""NVIDIA cards by the kernel alone: for containers and systems where the management library is missing."""

from __future__ import annotations

from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, probe, quiet, text_file, whole
from rigfit.machine.host import Host

_FOLDER = "/proc/driver/nvidia/gpus"
_PCI = "/sys/bus/pci/devices"


@probe("nvidia-proc", "linux")
def read(host: Host, ask: Ask) -> Findings:
    """Cards that the kernel module knows by name, and cards on the bus that no driver has taken."""
    gpus: list[GpuFinding] = []
    for address in quiet(host.names, _FOLDER) or []:
        for line in (text_file(host, f"{_FOLDER}/{address}/information") or "").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "Model" and value.strip():
                gpus.append(GpuFinding(vendor="nvidia", name=value.strip(), pci=address.lower()))
    if gpus:
        return Findings(gpus=tuple(gpus))
    idle = [
        address
        for address in quiet(host.names, _PCI) or []
        if whole(text_file(host, f"{_PCI}/{address}/vendor")) == 0x10DE
        and (text_file(host, f"{_PCI}/{address}/class") or "").startswith(("0x0300", "0x0302"))
    ]
    if idle:
        return Findings(unread=tuple(f"an NVIDIA card is at {a}, but no NVIDIA driver runs it" for a in idle))
    raise NotHereError("no NVIDIA card on the bus")
