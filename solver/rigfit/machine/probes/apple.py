"""Apple silicon: sysctl for chip and memory, system_profiler for the graphics part."""

from __future__ import annotations

from typing import Any

from rigfit.machine import silicon
from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, document, probe, quiet, whole
from rigfit.machine.host import Host
from rigfit.units import MIB

_KEYS = ("hw.memsize", "hw.physicalcpu", "machdep.cpu.brand_string", "iogpu.wired_limit_mb")


@probe("apple", "darwin")
def read(host: Host, ask: Ask) -> Findings:
    """Chip, memory, processor cores, cores of the GPU, whether a screen is on, and a share of memory set by hand."""
    # An unknown key (iogpu.* before macOS 14) makes sysctl fail, but it prints the others.
    printed = host.run("sysctl", *_KEYS, timeout_s=ask.timeout_s).text
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in printed.splitlines())}
    chip = told.get("machdep.cpu.brand_string", "")
    ram = whole(told.get("hw.memsize"))
    facts: dict[str, Any] = {"cpu_name": chip or None, "ram": ram, "cores": whole(told.get("hw.physicalcpu"))}
    if not chip.startswith("Apple M"):
        if chip:
            raise NotHereError(f"{chip}: no Apple silicon, and its graphics cards have no supported backend")
        raise OSError("sysctl does not name the chip")
    unread: list[str] = []
    card: dict[str, Any] = {}
    try:
        done = host.run("system_profiler", "-json", "SPDisplaysDataType", timeout_s=ask.timeout_s)
        listed = document(done.text, "system_profiler").get("SPDisplaysDataType", [])
        card = next((c for c in listed if isinstance(c, dict) and "Apple" in str(c.get("sppci_model"))), {})
    except (OSError, AttributeError, TypeError) as problem:
        unread.append(f"graphics part: {problem}")
    screens = card.get("spdisplays_ndrvs")
    limit = whole(told.get("iogpu.wired_limit_mb"))
    gpu = GpuFinding(
        vendor="apple",
        name=chip,
        architecture=silicon.apple_architecture(chip),
        display=bool(screens) if card else None,
        unified=True,
        unified_limit=limit * MIB if limit else None,  # 0 is the default of the system
        gpu_cores=whole(card.get("sppci_cores")),
    )
    return Findings(gpus=(gpu,), facts=facts, unread=tuple(unread))


@probe("macos", "darwin")
def read_version(host: Host, ask: Ask) -> Findings:
    """The version of macOS."""
    done = quiet(lambda: host.run("sw_vers", "-productVersion", timeout_s=ask.timeout_s))
    version = done.text.strip() if done is not None else ""
    return Findings(facts={"os_version": f"macOS {version}" if version else None})
