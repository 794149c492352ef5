"""What of a machine's memory and disk models may use: the total less what is not for them."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.errors import CatalogError
from rigfit.knowledge import Knowledge
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.rules import ReserveRule
from rigfit.units import GIB, format_memory


@dataclass(frozen=True)
class Usable:
    """Bytes that models may use, and why it is less than there is."""

    vram: tuple[int, ...]
    """One amount for each GPU, in the machine's order."""
    ram: int
    disk: int
    notes: tuple[str, ...] = ()
    """Sentences for people about what takes more than its usual share."""


def reserve_for(knowledge: Knowledge, os: str) -> ReserveRule:
    """The reserve rule of an operating system.

    Raises:
        CatalogError: when rules/ hold none.
    """
    for rule in knowledge.rulebook.reserves:
        if os in rule.os:
            return rule
    raise CatalogError(f"rules/ hold no reserve for {os}")


def share_of_unified(knowledge: Knowledge, os: str, memory: int, vendor: str) -> tuple[int, str | None]:
    """The part of unified memory that the GPU may use, in bytes, and the rule that says so.

    CUDA programs may take all of it (no rule; the reserve for the system still bounds it). Elsewhere the platform's
    rule holds, and where it has none the most careful one of any platform.
    """
    if vendor == "nvidia":
        return memory, None
    own = reserve_for(knowledge, os)
    rules = [own] if own.unified_share else [rule for rule in knowledge.rulebook.reserves if rule.unified_share]
    shares = [(_share(rule, memory), rule.id) for rule in rules]
    return min(shares, default=(memory, None))


def _share(rule: ReserveRule, memory: int) -> int:
    for limit, share in rule.unified_share:
        if memory <= limit * GIB:
            return memory * share.value // 1000
    return memory * rule.unified_share[-1][1].value // 1000


def usable(machine: Machine, knowledge: Knowledge) -> Usable:
    """What models may use of a machine.

    A card keeps the reserve of its platform, or what other programs hold on it now where that is more. A card whose
    use is not known (`display` absent) is taken to drive a screen. Unified memory is bounded by the GPU's share and
    by what the system leaves.

    Raises:
        CatalogError: when rules/ hold no reserve for the operating system.
    """
    rule = reserve_for(knowledge, machine.os)
    kept = rule.ram.value if machine.reserve_ram is None else machine.reserve_ram
    ram = max(0, machine.ram - kept)
    notes: list[str] = []
    if machine.reserve_vram is not None and any(not gpu.unified for gpu in machine.gpus):
        notes.append(f"{format_memory(machine.reserve_vram)} of every card is kept free, as asked for")
    if machine.reserve_ram is not None:
        notes.append(f"{format_memory(machine.reserve_ram)} of memory is kept free, as asked for")
    # Under WSL2 it is Windows that draws its desktop on the card.
    screen = reserve_for(knowledge, "windows") if machine.environment == "wsl2" else rule
    vram = tuple(_usable_vram(gpu, machine, screen, ram, notes) for gpu in machine.gpus)
    return Usable(vram, ram, machine.disk_free, tuple(notes))


def _usable_vram(gpu: Gpu, machine: Machine, rule: ReserveRule, ram: int, notes: list[str]) -> int:
    if gpu.unified:
        return min(gpu.vram, ram)
    reserve = rule.vram_headless.value if gpu.display is False else rule.vram_display.value
    if machine.reserve_vram is not None:
        reserve = machine.reserve_vram
    in_use = gpu.vram - gpu.vram_free if gpu.vram_free is not None else 0
    if in_use > reserve:
        notes.append(f"{gpu.name}: {format_memory(in_use)} is in use by other programs now")
    return max(0, gpu.vram - max(reserve, in_use))
