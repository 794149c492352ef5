"""AMD cards: sysfs says everything but the name; amd-smi and rocm-smi say that too."""

from __future__ import annotations

import re
from typing import Any

from rigfit.machine import silicon
from rigfit.machine.findings import (
    Ask,
    Findings,
    GpuFinding,
    NotHereError,
    document,
    number_file,
    probe,
    quiet,
    text_file,
    whole,
)
from rigfit.machine.host import Host
from rigfit.machine.probes import drm
from rigfit.units import MIB, format_memory

AMD = 0x1002
_NODES = "/sys/class/kfd/kfd/topology/nodes"
_IDS = "/usr/share/libdrm/amdgpu.ids"


@probe("amd-sysfs", "linux")
def read_sysfs(host: Host, ask: Ask) -> Findings:
    """Memory, gfx id, screens and bus of every AMD card."""
    try:
        found = [card for card in drm.cards(host) if card.vendor == AMD]
    except OSError:
        raise NotHereError("the kernel lists no graphics cards (/sys/class/drm)") from None
    if not found:
        raise NotHereError("no AMD card in /sys/class/drm")
    by_address = _gfx_ids(host)
    gpus: list[GpuFinding] = []
    notes: list[str] = []
    unread: list[str] = []
    if not by_address:
        unread.append("the compute driver (kfd) lists no AMD card: its gfx id is unknown and ROCm would not see it")
    for card in found:
        total = number_file(host, f"{card.device}/mem_info_vram_total")
        used = number_file(host, f"{card.device}/mem_info_vram_used")
        shared = number_file(host, f"{card.device}/mem_info_gtt_total")
        gfx = by_address.get(card.pci or "")
        name = text_file(host, f"{card.device}/product_name") or _listed_name(host, card)
        if gfx in silicon.AMD_SMALL_APU:
            notes.append(f"{name or 'AMD graphics'} ({gfx}) is part of the processor; left out")
            continue
        if total is None:
            unread.append(f"{name or card.pci}: the driver does not say how much memory it has")
            continue
        # A processor's GPU has either a fixed part of memory carved out in the firmware, or takes what it needs.
        unified = gfx in silicon.AMD_LARGE_APU and shared is not None and shared > total
        if unified and shared is not None:
            notes.append(f"{name or gfx} may use {format_memory(shared)} of the machine's memory (the kernel's limit)")
        gpus.append(
            GpuFinding(
                vendor="amd",
                name=name,
                memory=None if unified else total,
                free=None if unified or used is None or used > total else total - used,
                gfx=gfx,
                architecture=silicon.amd_architecture(gfx),
                pci=card.pci,
                display=card.display,
                driver=text_file(host, "/sys/module/amdgpu/version"),
                pcie_bandwidth=None if unified else silicon.lane_bandwidth(*drm.link(host, card)),
                unified=unified,
                unified_limit=shared if unified else None,
            )
        )
    return Findings(gpus=tuple(gpus), notes=tuple(notes), unread=tuple(unread))


def _gfx_ids(host: Host) -> dict[str, str]:
    """Bus address -> gfx id, from the compute driver's topology."""
    found: dict[str, str] = {}
    for node in quiet(host.names, _NODES) or []:
        told: dict[str, int] = {}
        for line in (text_file(host, f"{_NODES}/{node}/properties") or "").splitlines():
            key, _, value = line.partition(" ")
            number = whole(value)
            if number is not None:
                told[key] = number
        gfx = silicon.gfx_name(told.get("gfx_target_version", 0))
        if gfx is not None:
            place = told.get("location_id", 0)
            address = f"{told.get('domain', 0):04x}:{place >> 8:02x}:{place >> 3 & 31:02x}.{place & 7}"
            found[address] = gfx
    return found


def _listed_name(host: Host, card: drm.Card) -> str | None:
    """The product name that libdrm lists for a device and revision number."""
    if card.revision is None:
        return None
    for line in (text_file(host, _IDS) or "").splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and (whole("0x" + parts[0]), whole("0x" + parts[1])) == (card.number, card.revision):
            return parts[2]
    return None


@probe("amd-smi", "linux")
def read_tools(host: Host, ask: Ask) -> Findings:
    """Names and gfx ids from `amd-smi static --json`, or from `rocm-smi --json` where that is missing."""
    try:
        here = any(card.vendor == AMD for card in drm.cards(host))
    except OSError:
        here = False
    if not here:
        raise NotHereError("no AMD card in /sys/class/drm")
    limit = ask.timeout_s / 2  # one after the other
    try:
        gpus = _amd_smi(document(host.run("amd-smi", "static", "--json", timeout_s=limit).text, "amd-smi"))
    except OSError:
        gpus = []
    if not gpus:
        question = ("--showproductname", "--showbus", "--showmeminfo", "vram", "--json")
        try:
            gpus = _rocm_smi(document(host.run("rocm-smi", *question, timeout_s=limit).text, "rocm-smi"))
        except FileNotFoundError:
            raise OSError("neither amd-smi nor rocm-smi answers; product names may be missing") from None
    return Findings(gpus=tuple(g for g in gpus if g.gfx not in silicon.AMD_SMALL_APU))


def _clean(value: Any) -> str | None:
    """A text, or None for what the tools print when they do not know, and for bare device numbers."""
    text = str(value).strip() if isinstance(value, str) else ""
    return None if not text or text.upper() == "N/A" or re.fullmatch(r"0x[0-9a-f]+", text.lower()) else text


def _amd_smi(told: Any) -> list[GpuFinding]:
    # A list of cards up to ROCm 6, below "gpu_data" from 7 on.
    cards = told.get("gpu_data", []) if isinstance(told, dict) else told
    found: list[GpuFinding] = []
    for card in cards if isinstance(cards, list) else []:
        part = {k: v for k, v in card.items() if isinstance(v, dict)} if isinstance(card, dict) else {}
        size = part.get("vram", {}).get("size")
        size = size if isinstance(size, dict) else {}
        amount = whole(size.get("value"))
        gfx = _clean(part.get("asic", {}).get("target_graphics_version"))
        bus = _clean(part.get("bus", {}).get("bdf")) or _clean(part.get("asic", {}).get("pci_bdf"))
        found.append(
            GpuFinding(
                vendor="amd",
                name=_clean(part.get("asic", {}).get("market_name")),
                memory=amount * MIB if amount and str(size.get("unit", "MB")).upper() == "MB" else None,
                gfx=gfx,
                architecture=silicon.amd_architecture(gfx),
                pci=bus.lower() if bus else None,
                driver=_clean(part.get("driver", {}).get("version")),
            )
        )
    return found


def _rocm_smi(printed: Any) -> list[GpuFinding]:
    found: list[GpuFinding] = []
    for key in sorted(printed) if isinstance(printed, dict) else []:
        card = printed[key]
        if not (key.startswith("card") and key[4:].isdigit() and isinstance(card, dict)):
            continue
        # Versions disagree on the case of the keys ("Card series", "Card Series").
        told = {str(name).lower(): value for name, value in card.items()}
        gfx = _clean(told.get("gfx version"))
        bus = _clean(told.get("pci bus"))
        found.append(
            GpuFinding(
                vendor="amd",
                name=_clean(told.get("card series")) or _clean(told.get("card model")),
                memory=whole(told.get("vram total memory (b)")) or None,
                gfx=gfx,
                architecture=silicon.amd_architecture(gfx),
                pci=bus.lower() if bus else None,
            )
        )
    return found
