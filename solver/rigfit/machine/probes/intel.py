"""Intel's discrete cards through sysfs."""

from __future__ import annotations

from rigfit.machine import silicon
from rigfit.machine.findings import Ask, Findings, GpuFinding, NotHereError, number_file, probe, quiet, text_file
from rigfit.machine.host import Host
from rigfit.machine.probes import drm

INTEL = 0x8086


@probe("intel-sysfs", "linux")
def read(host: Host, ask: Ask) -> Findings:
    """Memory and model of every discrete Intel card; graphics inside a processor are named and left out."""
    try:
        found = [card for card in drm.cards(host) if card.vendor == INTEL]
    except OSError:
        raise NotHereError("the kernel lists no graphics cards (/sys/class/drm)") from None
    if not found:
        raise NotHereError("no Intel card in /sys/class/drm")
    gpus: list[GpuFinding] = []
    notes: list[str] = []
    unread: list[str] = []
    for card in found:
        if card.number not in silicon.INTEL_DISCRETE:
            notes.append(f"Intel graphics (device 0x{card.number:04x}) are part of the processor; left out")
            continue
        name = silicon.INTEL_NAMES.get(card.number, f"Intel graphics 0x{card.number:04x}")
        memory = _memory(host, card)
        if memory is None:
            unread.append(f"{name}: the driver does not say how much memory it has (newer versions of xe do)")
        gpus.append(
            GpuFinding(
                vendor="intel",
                name=name,
                memory=memory,
                architecture=silicon.INTEL_DISCRETE[card.number],
                pci=card.pci,
                display=card.display,
                driver=text_file(host, "/sys/module/xe/version") or text_file(host, "/sys/module/i915/version"),
                pcie_bandwidth=silicon.lane_bandwidth(*drm.link(host, card)),
            )
        )
    return Findings(gpus=tuple(gpus), notes=tuple(notes), unread=tuple(unread))


def _memory(host: Host, card: drm.Card) -> int | None:
    """Bytes of the card: the driver xe states each tile, i915 the whole."""
    tiles = [t for t in quiet(host.names, card.device) or [] if t.startswith("tile") and t[4:].isdigit()]
    sizes = [number_file(host, f"{card.device}/{tile}/physical_vram_size_bytes") for tile in tiles]
    if sizes and None not in sizes:
        return sum(size for size in sizes if size is not None) or None
    return number_file(host, f"{card.path}/lmem_total_bytes") or None
