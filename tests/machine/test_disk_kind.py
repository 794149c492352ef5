"""What kind of drive models would lie on, as Linux tells it."""

from __future__ import annotations

from typing import Any

import pytest
from machine_replay import ReplayHost

from rigfit.machine.findings import Ask
from rigfit.machine.probes.storage import read

DEVICES = {
    "nvme": "/sys/devices/pci0000:00/0000:00:01.2/nvme/nvme0/nvme0n1/nvme0n1p2",
    "sata": "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/block/sda/sda1",
    "encrypted": "/sys/devices/virtual/block/dm-0/dm-0p1",
    "cloud": "/sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vda/vda1",
}


def host(device: str, spinning: str, major: int = 8) -> ReplayHost:
    told: dict[str, Any] = {
        "system": "linux",
        "disk_free": 10**11,
        "block_device": [major, 1],
        "links": {f"/sys/dev/block/{major}:1": device},
        "files": {f"{device.rpartition('/')[0]}/queue/rotational": f"{spinning}\n"},
    }
    return ReplayHost(told)


@pytest.mark.parametrize(
    ("device", "spinning", "kind"),
    [
        ("nvme", "0", "nvme"),
        ("sata", "0", "ssd"),
        ("sata", "1", "hdd"),
        ("encrypted", "0", None),  # says nothing of the drives below it
        ("encrypted", "1", "hdd"),
        ("cloud", "1", None),
    ],
)
def test_kinds(device: str, spinning: str, kind: str | None) -> None:
    facts = read(host(DEVICES[device], spinning), Ask("~", 1.0)).facts
    assert facts["disk_free"] == 10**11
    assert facts["disk_kind"] == kind
    assert facts["disk_rotational"] == (None if device == "cloud" else spinning == "1")


def test_a_network_drive_is_unknown() -> None:
    assert read(host(DEVICES["sata"], "0", major=0), Ask("~", 1.0)).facts["disk_kind"] is None
