"""AMD and Intel cards on Windows: the display driver's own entries in the registry."""

from __future__ import annotations

import re

from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, Vendor, probe, whole
from rigfit.machine.host import Host
from rigfit.units import GIB

_CLASS = r"HKLM\SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}"
_VALUE = re.compile(r"^\s{4}(\S[^\t]*?)\s{4}(REG_\w+)\s{4}(.*)$")
# Below this a card of these makers is graphics inside the processor, which reports a token amount of its own.
_OWN_MEMORY = 3 * GIB


@probe("windows-registry", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Name, memory and driver version of every AMD and Intel card."""
    printed = host.run("reg", "query", _CLASS, "/s", timeout_s=ask.timeout_s).text
    entries: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    for line in printed.splitlines():
        if line.startswith("HKEY_"):
            here = entries.setdefault(line.rsplit("\\", 1)[-1], {})
        elif found := _VALUE.match(line):
            here[found[1]] = found[3].strip()
    gpus: list[GpuFinding] = []
    notes: list[str] = []
    for key, told in entries.items():
        name = told.get("DriverDesc", "")
        vendor = _vendor(told.get("ProviderName", "") + " " + name)
        if not key.isdigit() or vendor is None:
            continue
        memory = whole(told.get("HardwareInformation.qwMemorySize"))
        if memory is None or memory < _OWN_MEMORY:
            notes.append(f"{name} is part of the processor, or does not state its memory; left out")
            continue
        gpus.append(GpuFinding(vendor=vendor, name=name, memory=memory, driver=told.get("DriverVersion")))
    if not gpus and not notes:
        raise NotHereError("no AMD or Intel card among the display drivers")
    return Findings(gpus=tuple(gpus), notes=tuple(notes))


def _vendor(text: str) -> Vendor | None:
    words = text.lower()
    if "advanced micro devices" in words or "amd" in words or "radeon" in words:
        return "amd"
    return "intel" if "intel" in words else None
