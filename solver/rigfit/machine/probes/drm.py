"""The kernel's list of graphics cards, shared by the probes of AMD and Intel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rigfit.machine.findings import quiet, text_file, whole
from rigfit.machine.host import Host

DRM = "/sys/class/drm"
_CARD = re.compile(r"^card\d+$")
_PCI = re.compile(r"^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


@dataclass(frozen=True)
class Card:
    """One card: its folder, its PCI vendor and device number, its bus address, and whether it drives a screen."""

    path: str
    device: str
    """Folder of the PCI device."""
    vendor: int
    number: int
    revision: int | None
    pci: str | None
    display: bool | None


def cards(host: Host) -> Iterator[Card]:
    """Every PCI graphics card the kernel drives.

    Raises:
        OSError: where there is no such list.
    """
    names = host.names(DRM)
    for name in names:
        if not _CARD.match(name):
            continue
        device = f"{DRM}/{name}/device"
        vendor, number = whole(text_file(host, f"{device}/vendor")), whole(text_file(host, f"{device}/device"))
        if vendor is None or number is None:
            continue
        real = quiet(host.resolve, device)
        address = real.rsplit("/", 1)[-1] if isinstance(real, str) else None
        outlets = [text_file(host, f"{DRM}/{o}/status") for o in names if o.startswith(f"{name}-")]
        yield Card(
            path=f"{DRM}/{name}",
            device=device,
            vendor=vendor,
            number=number,
            revision=whole(text_file(host, f"{device}/revision")),
            pci=address if address and _PCI.match(address) else None,
            display="connected" in outlets,  # a card without outlets drives nothing
        )


def link(host: Host, card: Card) -> tuple[int | None, int | None]:
    """PCI Express generation and lanes that the card and its slot can do."""
    rates = {"2.5": 1, "5.0": 2, "8.0": 3, "16.0": 4, "32.0": 5, "64.0": 6}
    speed = (text_file(host, f"{card.device}/max_link_speed") or "").split(" ")[0]
    return rates.get(speed), whole(text_file(host, f"{card.device}/max_link_width"))
