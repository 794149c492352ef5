"""The processor: psutil for cores, the system for its name, control groups for what of it may be used."""

from __future__ import annotations

from typing import Any

from rigfit.machine.findings import Ask, Findings, number_file, probe, quiet, text_file, whole
from rigfit.machine.host import Host
from rigfit.machine.probes.memory import groups


@probe("processor", "linux", "darwin", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Name, architecture and physical cores."""
    psutil = host.module("psutil")
    cores = whole(quiet(lambda: psutil.cpu_count(logical=False))) or whole(quiet(lambda: psutil.cpu_count()))
    notes: list[str] = []
    name = None
    if host.system == "linux":
        name = _linux_name(host)
        share = _quota(host)
        if cores is not None and share is not None and share < cores:
            notes.append(f"a container limit allows {share} of {cores} processor cores")
            cores = share
    elif host.system == "win32":
        name = quiet(host.platform, "processor")
    facts: dict[str, Any] = {
        "cores": cores or None,
        "cpu_name": name or None,
        "cpu_architecture": quiet(host.platform, "machine") or None,
    }
    return Findings(facts=facts, notes=tuple(notes))


def _linux_name(host: Host) -> str | None:
    for line in (text_file(host, "/proc/cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model") and value.strip():
            return value.strip()
    return None


def _quota(host: Host) -> int | None:
    """Whole cores that the tightest control group allows, at least one."""
    found: list[int] = []
    for base, limit, _ in groups(host, "cpu", "cpu.max", "cpu.cfs_quota_us"):
        if limit == "cpu.max":
            words = (text_file(host, f"{base}/{limit}") or "").split()
            quota, period = (whole(words[0]), whole(words[1])) if len(words) == 2 else (None, None)
        else:
            quota = number_file(host, f"{base}/{limit}")  # -1 is "no limit"
            period = number_file(host, f"{base}/cpu.cfs_period_us")
        if quota and period:
            found.append(max(1, -(-quota // period)))
    return min(found, default=None)
