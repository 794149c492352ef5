"""How long weights take from a drive, and when that is worth a word."""

from __future__ import annotations

from typing import Literal

from rigfit.knowledge import Knowledge
from rigfit.units import format_file, format_milliseconds

Drive = Literal["nvme", "ssd", "hdd"]


def load_times(amount: int, knowledge: Knowledge) -> dict[Drive, int]:
    """Milliseconds to read so many bytes once, for each kind of drive (rules/, settings.time.disk_read)."""
    return {kind: amount * 1000 // rate.value for kind, rate in knowledge.time.disk_read.items()}


def drive_advice(amount: int, drive: Drive | None, knowledge: Knowledge) -> str | None:
    """A sentence where reading so many bytes takes longer than one bears, or would on a drive nobody knows.

    Args:
        amount: bytes of weights.
        drive: the machine's; None where it is unknown, which is taken for a spinning disk.
        knowledge: rules/ say how fast each kind is, and what is bearable.
    """
    times = load_times(amount, knowledge)
    slowest: Drive = "hdd"
    if times[drive or slowest] <= knowledge.storage.bearable_load:
        return None
    spent = {kind: format_milliseconds(time) for kind, time in times.items()}
    compared = f"{spent['nvme']} from NVMe, {spent['ssd']} from a SATA SSD, {spent['hdd']} from a hard disk"
    what = f"Loading the {format_file(amount)} of weights takes {compared}"
    if drive == "hdd":
        return f"{what}: this machine's disk spins, an SSD is worth it."
    if drive is None:
        return f"{what}: keep them on an SSD."
    return f"{what}."
