"""The disk that models would lie on."""

from __future__ import annotations

from typing import Any

from rigfit.machine.findings import Ask, Findings, number_file, probe, quiet
from rigfit.machine.host import Host


@probe("disk", "linux", "darwin", "win32")
def read(host: Host, ask: Ask) -> Findings:
    """Free bytes, whether the disk spins, and whether it is NVMe."""
    facts: dict[str, Any] = {"disk_free": host.disk_free(ask.models_dir)}
    if host.system == "linux":
        facts["disk_rotational"] = quiet(_rotational, host, ask.models_dir)
        facts["disk_kind"] = quiet(_kind, host, ask.models_dir, facts["disk_rotational"])
    return Findings(facts=facts)


def _kind(host: Host, folder: str, rotational: bool | None) -> str | None:
    if rotational is not False:
        return "hdd" if rotational else None
    major, minor = host.block_device(folder)
    device = host.resolve(f"/sys/dev/block/{major}:{minor}")
    if "/virtual/" in device:
        return None  # an encrypted or joined volume says nothing of the drives below it
    return "nvme" if "/nvme" in device else "ssd"


def _rotational(host: Host, folder: str) -> bool | None:
    major, minor = host.block_device(folder)
    if major == 0:
        return None  # a filesystem without a device of its own: network, overlay, memory
    base = f"/sys/dev/block/{major}:{minor}"
    if "/virtio" in host.resolve(base):
        return None  # a virtual machine's disk says "spinning" whatever lies below it
    # A partition has no queue; the disk it is cut from lies one folder above.
    for queue in (f"{base}/queue", f"{host.resolve(base)}/../queue"):
        spinning = number_file(host, f"{queue}/rotational")
        if spinning is not None:
            return spinning == 1
    return None
