"""From the machine of a case to a `Machine`: cards by loose names, a generic card where only its memory is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import names
from rigfit.machine.simulation import NO_GPU, simulate
from rigfit.schema.case import CaseMachine
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.machine import Assumption, Gpu, Machine
from rigfit.schema.request import MachineRequest
from rigfit.units import GB, GIB, format_memory

_COUNT = re.compile(r"^\s*(\d{1,2})\s*[x×]\s+|\s+[x×]\s*(\d{1,2})\s*$", re.IGNORECASE)
_MEMORY = re.compile(r"[\s(\-]*\b(\d{1,3})\s*(?:GB|GiB|G)\b\)?", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\([^)]*\)")
_UNNAMED = frozenset({"", "card", "gpu", "graphicscard", "unknown", "any", "generic", "nvidia", "cuda", "video", "?"})
UNSTATED = 1 << 50
"""Bytes of a card of which nothing is known: no bound."""


@dataclass(frozen=True)
class CaseHost:
    """The machine of a case, and what of it was not stated and must not decide."""

    machine: Machine
    vram_known: bool
    ram_stated: bool
    notes: tuple[str, ...] = ()


def machine_of(stated: CaseMachine, knowledge: Knowledge) -> CaseHost:
    """Build the machine of a case; what it does not say is assumed by rules/ and listed.

    Raises:
        InputError: for a card that is not known and whose memory is not stated either, or an impossible machine.
    """
    wanted = (stated.gpu,) if isinstance(stated.gpu, str) else stated.gpu or ()
    cards = [card for name in wanted for card in _counted(name)]
    ram = None if stated.ram_gb is None else round(stated.ram_gb * GIB)
    vram = None if stated.vram_gb is None else round(stated.vram_gb * GIB)
    common = {
        "disk": None if stated.disk_gb is None else round(stated.disk_gb * GB),
        "os": stated.os,
        "display": stated.display,
        "reserve_vram": None if stated.reserve_vram_gb is None else round(stated.reserve_vram_gb * GIB),
        "reserve_ram": None if stated.reserve_ram_gb is None else round(stated.reserve_ram_gb * GIB),
    }
    notes: list[str] = []
    specs: list[GpuSpec | Gpu] = []
    if not cards and vram is None:
        specs = [_generic(None, UNSTATED, knowledge, notes)]
    elif not cards:
        specs = [_generic(None, vram, knowledge, notes)]
    elif any(card.strip().casefold() in NO_GPU for card in cards):
        if len(cards) > 1:
            raise InputError('gpu "none" means a machine without a GPU; it cannot stand beside another card')
    else:
        specs = [_card(card, vram, ram, knowledge, notes) for card in cards]
    unified = next((spec for spec in specs if spec.unified), None)
    if unified is not None and ram is None and vram is not None:
        ram = vram  # one memory for both
    known = [spec.id for spec in specs if isinstance(spec, GpuSpec)]
    own = {spec.memory.value for spec in specs if isinstance(spec, GpuSpec)}
    same = len(known) == 1 and unified is None
    request = MachineRequest(gpus=tuple(known) or ("none",), vram=vram if same else None, ram=ram, **common)
    machine = simulate(knowledge, request)
    if len(known) > 1 and vram is not None and own != {vram}:
        machine = machine.model_copy(
            update={"gpus": tuple(gpu.model_copy(update={"vram": vram}) for gpu in machine.gpus)}
        )
    generic = tuple(spec for spec in specs if isinstance(spec, Gpu))
    if generic:
        display = machine.gpus[0].display if machine.gpus else stated.display
        generic = tuple(
            gpu.model_copy(update={"display": knowledge.assumptions.display if display is None else display})
            for gpu in generic
        )
        machine = machine.model_copy(update={"gpus": (*machine.gpus, *generic)})
    rule, reason = "assumptions.gpu_architecture", "the card is not stated exactly"
    guesses = tuple(Assumption(field="gpu", value=note, rule=rule, reason=reason) for note in notes)
    machine = machine.model_copy(update={"assumptions": (*machine.assumptions, *guesses)})
    return CaseHost(
        machine, not any(gpu.vram == UNSTATED for gpu in generic), ram is not None or unified is not None, tuple(notes)
    )


def _counted(name: str) -> list[str]:
    """The cards in a name: "2x RTX 3090" is two of them, "RTX 3090 + RTX 3060" too."""
    cards: list[str] = []
    for part in re.split(r"\s*(?:\+|,|&|\band\b)\s*", name):
        found = _COUNT.search(part)
        number = int(found.group(1) or found.group(2)) if found else 1
        if not 1 <= number <= 16:
            raise InputError(f"gpu {name[:60]!r}: a machine has 1 to 16 cards")
        cards += [_COUNT.sub("", part).strip()] * number
    return [card for card in cards if card]


def _card(name: str, vram: int | None, ram: int | None, knowledge: Knowledge, notes: list[str]) -> GpuSpec | Gpu:
    """The entry a name means; where there is none but the memory is known, a generic card of that memory."""
    in_name = _MEMORY.search(name)
    amount = vram if vram is not None else int(in_name.group(1)) * GIB if in_name else None
    bare = _ASIDE.sub("", _MEMORY.sub(" ", name)).strip()
    tried = [name, bare]
    tokens = bare.split()
    tried += [" ".join(tokens[:cut]) for cut in range(len(tokens) - 1, 1, -1)]
    tried += [" ".join(tokens[1:])] if len(tokens) > 2 else []
    for text in dict.fromkeys(t for t in tried if t):
        found = names.by_name(knowledge, text)
        if found:
            return _nearest(found, amount, ram, name, notes)
    if amount is not None and re.search(r"apple|\bmac|\bm[1-9]\b", name.casefold()):
        return _nearest([s for s in knowledge.catalog.gpus if s.vendor == "apple"], amount, ram, name, notes)
    if amount is not None:
        return _generic(name, amount, knowledge, notes)
    names.choose(knowledge, name)  # raises with the nearest names
    raise AssertionError("a name without an entry is refused above")  # pragma: no cover


def _nearest(found: list[GpuSpec], vram: int | None, ram: int | None, name: str, notes: list[str]) -> GpuSpec:
    """Of entries of one name the one whose memory is nearest to what is stated; the smallest where nothing is."""
    unified = any(spec.unified for spec in found)
    amount = ram if unified and ram is not None else vram
    if amount is not None:
        best = min(found, key=lambda s: (abs(s.memory.value - amount), s.kind != "desktop", s.id))
        same = [s.title for s in found if s is not best and s.memory.value == best.memory.value]
        if same:
            notes.append(f"{name!r} could be {best.title} or {' or '.join(same)}: taken as the first")
        return best
    best = min(found, key=lambda s: (s.kind != "desktop", s.memory.value, s.id))
    if len(found) > 1:
        notes.append(f"{name!r} comes in several sizes: taken as {best.title} with {format_memory(best.memory.value)}")
    return best


def _generic(name: str | None, vram: int | None, knowledge: Knowledge, notes: list[str]) -> Gpu:
    """A card of which only the memory is known: as rules/ assume one, without speeds, so that times stay unknown."""
    plain = re.sub(r"[^a-z?]+", "", _MEMORY.sub("", name or "").casefold())
    lower = (name or "").casefold()
    usual = knowledge.assumptions
    vendor, backend, architecture = "nvidia", "cuda", usual.gpu_architecture
    capability: str | None = usual.gpu_compute_capability
    if plain not in _UNNAMED:
        if re.search(r"radeon|\brx\b|instinct|amd|mi\d", lower):
            vendor, backend, architecture, capability = "amd", "rocm", "rdna3", None
        elif re.search(r"\barc\b|intel", lower):
            vendor, backend, architecture, capability = "intel", "xpu", "alchemist", None
    title = f"a card of {format_memory(vram)}" if vram not in (None, UNSTATED) else "a card of unknown memory"
    said = f"{name!r} is no known card" if name is not None and plain not in _UNNAMED else "the card was not named"
    notes.append(f"{said}: {title}, {vendor} {architecture}, speeds unknown")
    return Gpu(
        name=name.strip() if name and plain not in _UNNAMED else title,
        vendor=vendor,
        backend=backend,
        architecture=architecture,
        compute_capability=capability,
        vram=min(vram or UNSTATED, UNSTATED),
    )
