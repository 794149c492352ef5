"""The operating system, and whether it runs inside another."""

from __future__ import annotations

from typing import Any

from rigfit.machine.findings import Ask, Findings, probe, quiet, text_file
from rigfit.machine.host import Host


@probe("system", "linux", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Name and version, WSL2, containers."""
    if host.system == "win32":
        version = f"Windows {host.platform('release')} ({host.platform('version')})"
        return Findings(facts={"os_version": version, "environment": "native"})
    told = dict(line.partition("=")[::2] for line in (text_file(host, "/etc/os-release") or "").splitlines())
    name = told.get("PRETTY_NAME", "").strip('"') or "Linux"
    kernel = text_file(host, "/proc/sys/kernel/osrelease") or ""
    facts: dict[str, Any] = {"os_version": f"{name}, kernel {kernel}" if kernel else name, "environment": "native"}
    notes: list[str] = []
    if "microsoft" in kernel.lower():
        facts["environment"] = "wsl2"
        notes.append("WSL2: Windows keeps a part of the memory to itself, and its desktop uses the card")
    elif _contained(host):
        facts["environment"] = "container"
    return Findings(facts=facts, notes=tuple(notes))


def _contained(host: Host) -> bool:
    """Docker, Podman and Kubernetes each leave a mark."""
    if any(quiet(host.read, mark) is not None for mark in ("/.dockerenv", "/run/.containerenv")):
        return True
    first = text_file(host, "/proc/1/cgroup") or ""
    return any(word in first for word in ("docker", "kubepods", "containerd", "libpod"))
