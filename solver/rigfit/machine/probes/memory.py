"""Memory through psutil, bounded by the limits of a container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigfit.machine.findings import Ask, Findings, number_file, probe, text_file, whole
from rigfit.machine.host import Host
from rigfit.units import format_memory

_ROOT = "/sys/fs/cgroup"


@probe("memory", "linux", "darwin", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Total and available memory; inside a container, no more than its limit."""
    told = host.module("psutil").virtual_memory()
    total, available = whole(told.total), whole(told.available)
    if not total:
        raise OSError("psutil does not say how much memory there is")
    notes: list[str] = []
    if host.system == "linux":
        for limit, used in _limits(host):
            if limit < total:
                notes = [f"a container limit allows {format_memory(limit)} of memory"]
                total = limit
                if used is not None:
                    available = min(available if available is not None else limit, max(0, limit - used))
    facts: dict[str, Any] = {"ram": total}
    if available is not None:
        facts["ram_available"] = min(available, total)
    return Findings(facts=facts, notes=tuple(notes))


def _limits(host: Host) -> Iterator[tuple[int, int | None]]:
    """(limit, in use) of every control group above this process, version 2 and version 1."""
    for base, limit_name, used_name in groups(host, "memory", "memory.max", "memory.limit_in_bytes"):
        limit = number_file(host, f"{base}/{limit_name}")  # "max" is no number: no limit
        if limit is not None:
            yield limit, number_file(host, f"{base}/{used_name}")


def groups(host: Host, controller: str, v2_name: str, v1_name: str) -> Iterator[tuple[str, str, str]]:
    """(folder, file of the limit, file of the use) of every control group this process is in, from the leaf up.

    Inside a container the path that the kernel names is often not visible; its root then holds the container's own.
    """
    for line in (text_file(host, "/proc/self/cgroup") or "").splitlines():
        parts = line.split(":", 2)
        if len(parts) != 3:
            continue
        if parts[0] == "0" and parts[1] == "":
            base, names = _ROOT, (v2_name, "memory.current")
        elif controller in parts[1].split(","):
            base, names = f"{_ROOT}/{parts[1]}", (v1_name, "memory.usage_in_bytes")
            if text_file(host, f"{base}/{v1_name}") is None:
                base = f"{_ROOT}/{controller}"
        else:
            continue
        steps = [step for step in parts[2].split("/") if step and step != ".."]
        for depth in range(len(steps), -1, -1):
            yield "/".join([base, *steps[:depth]]), *names
