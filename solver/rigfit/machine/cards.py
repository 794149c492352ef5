"""From what several sources say about cards to the cards of a machine."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pydantic import ValidationError

from rigfit.knowledge import Knowledge
from rigfit.machine import names, silicon
from rigfit.machine.capacity import share_of_unified
from rigfit.machine.findings import GpuFinding
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.machine import Assumption, Gpu
from rigfit.units import GIB, format_memory

_BACKENDS = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}
# Two sources mean the same card when the memory they state differs by less: some subtract what the driver keeps.
_SAME_MEMORY = 0.1


def join(cards: list[GpuFinding], found: Any) -> None:
    """Add what one source found to what earlier, more trusted sources found; the first to state a fact wins.

    A source adds cards only where no earlier one found any of that vendor; otherwise it completes those.
    """
    taken: set[int] = set()
    known_vendors = {card.vendor for card in cards}
    for finding in found if isinstance(found, tuple | list) else ():
        if not isinstance(finding, GpuFinding):
            continue
        place = _same(cards, finding, taken)
        if place is not None:
            taken.add(place)
            cards[place] = _completed(cards[place], finding)
        elif finding.vendor not in known_vendors:
            taken.add(len(cards))
            cards.append(finding)


def _same(cards: list[GpuFinding], finding: GpuFinding, taken: set[int]) -> int | None:
    open_places = [n for n, card in enumerate(cards) if n not in taken and card.vendor == finding.vendor]
    for number in open_places:
        if finding.pci is not None and cards[number].pci == finding.pci:
            return number
    for number in open_places:
        card = cards[number]
        if (card.pci is None or finding.pci is None) and _alike(card.memory, finding.memory):
            return number
    return None


def _alike(one: Any, other: Any) -> bool:
    if not isinstance(one, int) or not isinstance(other, int):
        return True
    return abs(one - other) <= _SAME_MEMORY * max(one, other)


def _completed(card: GpuFinding, more: GpuFinding) -> GpuFinding:
    missing = {
        f.name: getattr(more, f.name)
        for f in fields(card)
        if getattr(card, f.name) in (None, silicon.UNKNOWN) and getattr(more, f.name) is not None
    }
    if more.name and card.name and _vaguer(card.name, more.name):
        missing["name"] = more.name
    return replace(card, **missing)


def _vaguer(name: str, other: str) -> bool:
    """Some sources name the chip ("Navi 31 [Radeon RX 7900 XT/7900 XTX]") where others name the product."""
    return "[" in name and "[" not in other


def as_gpu(
    knowledge: Knowledge, card: GpuFinding, os: str, ram: int, number: int, assumed: list[Assumption]
) -> Gpu | str:
    """The card of the machine, or the reason why there is none.

    What the sources say wins; the catalog adds what a driver does not tell (bandwidth, throughput), and only where
    name and memory settle which entry is meant.
    """
    new: list[Assumption] = []
    try:
        gpu = _as_gpu(knowledge, card, os, ram, number, new)
    except (ValidationError, TypeError, ValueError, AttributeError, KeyError) as problem:
        text = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else str(problem)
        return f"a card was found, but what its driver says is impossible: {text}"
    assumed.extend(new if isinstance(gpu, Gpu) else ())
    return gpu


def _as_gpu(
    knowledge: Knowledge, card: GpuFinding, os: str, ram: int, number: int, assumed: list[Assumption]
) -> Gpu | str:
    spec = _spec(knowledge, card, ram)
    name = _name(card, spec)
    unified = bool(card.unified if card.unified is not None else spec is not None and spec.unified)
    memory = card.memory
    field = f"gpus.{number}.vram"
    if unified:
        share, rule = share_of_unified(knowledge, os, ram, card.vendor)
        if card.unified_limit is not None:
            share = min(card.unified_limit, ram)
        elif rule is not None:
            reason = "the share of unified memory that the GPU may use, by the system's default"
            assumed.append(
                Assumption(field=f"gpus.{number}.vram", value=format_memory(share), rule=rule, reason=reason)
            )
        memory = share
    elif memory is None and spec is not None:
        memory = spec.memory.value
        reason = f"the driver does not say; {spec.title} has it by the catalog"
        value = format_memory(memory)
        assumed.append(Assumption(field=field, value=value, rule=f"gpus.{spec.id}", reason=reason))
    if memory is None:
        return f"{name}: a card was found, but not how much memory it has; name it with --gpu"
    free = None if unified or card.free is None or card.free > memory else card.free
    part = card.slice_of is not None
    return Gpu(
        name=name,
        spec=spec.id if spec else None,
        vendor=card.vendor,
        backend=_BACKENDS[card.vendor],
        architecture=_architecture(card, spec),
        compute_capability=card.compute_capability or (spec.compute_capability if spec else None),
        gfx=card.gfx or (spec.gfx if spec else None),
        vram=memory,
        vram_free=free,
        unified=unified,
        display=card.display,
        bandwidth=spec.bandwidth.value if spec and spec.bandwidth and not part else None,
        fp16_flops=spec.fp16.value if spec and spec.fp16 and not part else None,
        fp32_flops=spec.fp32.value if spec and spec.fp32 and not part else None,
        fp8_flops=spec.fp8.value if spec and spec.fp8 and not part else None,
        pcie_bandwidth=card.pcie_bandwidth,
        driver=card.driver,
        pci=card.pci,
        slice_of=card.slice_of,
        quirks=spec.quirks if spec else silicon.quirks_of(name),
    )


def _spec(knowledge: Knowledge, card: GpuFinding, ram: int) -> GpuSpec | None:
    if card.slice_of is not None:
        return None  # a part of a card has a part of its bandwidth, and the catalog does not say which
    memory = ram if card.unified else card.memory
    found = names.reported(knowledge, card.name, memory) if card.name else None
    if found is not None and found.vendor == card.vendor:
        return found
    if card.gfx is None or memory is None:
        return None
    low, high = names.REPORTED_SHARE
    cards = [s for s in knowledge.catalog.gpus if s.vendor == card.vendor and s.gfx == card.gfx]
    same = [s for s in cards if low * s.memory.value <= memory <= high * s.memory.value]
    return same[0] if len(same) == 1 and not card.name else None


def _name(card: GpuFinding, spec: GpuSpec | None) -> str:
    if card.name:
        return card.name
    if spec is not None:
        return spec.title
    size = f", {card.memory / GIB:.0f} GB" if card.memory else ""
    return f"{card.vendor} {card.gfx or card.architecture or 'card'}{size}"


def _architecture(card: GpuFinding, spec: GpuSpec | None) -> str:
    if card.architecture and card.architecture != silicon.UNKNOWN:
        return card.architecture
    return spec.architecture if spec else silicon.UNKNOWN
