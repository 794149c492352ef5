"""What could be bought for a machine: cards that can stand in it, memory, disks, each with the machine after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import names, simulate
from rigfit.machine.prices import Priced, Prices
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest
from rigfit.schema.upgrade import PassedOver
from rigfit.units import GB, GIB, MAX_BYTES, format_file, format_memory
from rigfit.whatif.classes import with_amount

_TB = 1000 * GB
# Drives as they are sold, added to those there are.
_DRIVES = (500 * GB, _TB, 2 * _TB, 4 * _TB)
# Memory is looked at up to so much, or twice what there is: more goes into servers only.
_MOST_RAM = 128 * GIB
# Cards older than this against the newest of the catalog are left out unless they are asked for: what they were
# announced for says nothing of what they cost now.
YEARS = 6
_FORMS = {
    "desktop": ("desktop", "workstation"),
    "workstation": ("desktop", "workstation"),
    "datacenter": ("datacenter", "workstation"),
}


@dataclass(frozen=True)
class Offer:
    """One thing to buy."""

    kind: Literal["card", "ram", "disk"]
    title: str
    amount: int
    adds: int
    price: Priced | None
    machine: Machine
    gpu: str | None = None


def memory_and_disks(machine: Machine, knowledge: Knowledge, prices: Prices) -> list[Offer]:
    """More RAM (what is added is paid for, slots are not known) and more drives; soldered memory cannot grow."""
    found = []
    if not any(gpu.unified for gpu in machine.gpus):
        sizes = {GIB * factor << power for power in range(12) for factor in (1, 3)}
        for size in sorted(size for size in sizes if machine.ram < size <= max(_MOST_RAM, 2 * machine.ram)):
            more = size - machine.ram
            found.append(
                Offer("ram", f"{format_memory(size).replace('.0 ', ' ')} RAM", size, more,
                      _share(prices.ram_per_gb(), more, GIB), with_amount(machine, knowledge, "ram", size))
            )  # fmt: skip
    for drive in _DRIVES:
        amount = min(MAX_BYTES, machine.disk_free + drive)
        found.append(
            Offer("disk", f"a drive of {format_file(drive).replace('.0 ', ' ')}", amount, drive,
                  _share(prices.disk_per_tb(), drive, _TB), with_amount(machine, knowledge, "disk", amount))
        )  # fmt: skip
    return found


def _share(price: Priced | None, amount: int, unit: int) -> Priced | None:
    if price is None:
        return None
    return Priced(-(-price.amount * amount // unit), price.source, price.date, price.note)


def why_no_card(machine: Machine, knowledge: Knowledge) -> str | None:
    """Why no other card can stand in a machine, in words; None where one can."""
    if not machine.gpus:
        return "a card cannot be added to a Mac" if machine.os == "macos" else None
    first = machine.gpus[0]
    spec = _spec(machine, knowledge)
    if first.unified:
        return f"{first.name} is part of its chip: no card takes its place"
    if (spec is not None and spec.kind in ("laptop", "soc")) or "laptop" in first.name.lower():
        return f"{first.name} is soldered: no card takes its place"
    return "macOS drives no card that models can use" if machine.os == "macos" else None


def cards(
    machine: Machine, knowledge: Knowledge, prices: Prices, since: str | None
) -> tuple[list[Offer], list[PassedOver], list[str]]:
    """Cards of a form that can stand in the machine, in place of its first.

    Args:
        machine: as it is.
        knowledge: the gpu catalog.
        prices: the catalog's, or the user's.
        since: released on that day or later, as ISO text; six years up to the catalog's newest card where absent.

    Returns:
        What has a price; what of that another card outdoes; titles of those without a price.
    """
    allowed = _forms(machine, knowledge)
    since = since or _since(knowledge)
    own = _spec(machine, knowledge)
    fitting = [
        spec
        for spec in knowledge.catalog.gpus
        if spec.kind in allowed
        and not spec.unified
        and (spec.id in prices.cards or (spec.released or since) >= since)
        and (own is None or spec.id != own.id)
    ]
    priced = [(spec, price) for spec in fitting if (price := prices.card(spec)) is not None]
    free = [(own, 0)] if own is not None and machine.gpus[0].vram >= own.memory.value else []
    standing = [*free, *((spec, price.amount) for spec, price in priced)]
    kept, passed = [], []
    for number, (spec, price) in enumerate(priced, len(free)):
        mine = (spec, price.amount, number)
        others = (o for n, (o, cost) in enumerate(standing) if n != number and _outdoes((o, cost, n), mine))
        better = next(others, None)
        if better is None:
            kept.append(_offer(spec, price, machine, knowledge))
        else:
            passed.append(PassedOver(gpu=spec.id, title=spec.title, by=better.title))
    return kept, passed, [spec.title for spec in fitting if prices.card(spec) is None]


def named(wanted: Sequence[str], machine: Machine, knowledge: Knowledge, prices: Prices) -> list[Offer]:
    """The cards that a person names, whether or not they have a price.

    Raises:
        InputError: for a name no card or several have, or a card that cannot stand in this machine.
    """
    reason = why_no_card(machine, knowledge)
    if reason is not None:
        raise InputError(reason)
    allowed = _forms(machine, knowledge)
    found = []
    for name in wanted:
        spec = names.choose(knowledge, name)
        if spec.kind not in allowed or spec.unified:
            raise InputError(
                f"{spec.title} ({spec.kind}) cannot stand in this machine; it takes {' and '.join(allowed)} cards"
            )
        found.append(_offer(spec, prices.card(spec), machine, knowledge))
    return found


def _forms(machine: Machine, knowledge: Knowledge) -> tuple[str, ...]:
    spec = _spec(machine, knowledge)
    return _FORMS[spec.kind] if spec is not None and spec.kind in _FORMS else _FORMS["desktop"]


def _spec(machine: Machine, knowledge: Knowledge) -> GpuSpec | None:
    if not machine.gpus or machine.gpus[0].spec is None:
        return None
    found: GpuSpec | None = knowledge.index("gpus").get(machine.gpus[0].spec)
    return found


def _since(knowledge: Knowledge) -> str:
    newest = max((spec.released for spec in knowledge.catalog.gpus if spec.released), default="0000")
    return f"{max(0, int(newest[:4]) - YEARS):04d}{newest[4:]}"


def _outdoes(first: tuple[GpuSpec, int, int], second: tuple[GpuSpec, int, int]) -> bool:
    """Whether nobody would take the second of two cards (each with price and place in the list).

    The first is the same to every rule, and no worse in anything; of two equal ones the earlier stays.
    """
    (one, cost, place), (other, other_cost, other_place) = first, second
    same = ("vendor", "architecture", "compute_capability", "gfx", "quirks")
    if any(getattr(one, name) != getattr(other, name) for name in same) or cost > other_cost:
        return False
    strictly = cost < other_cost or one.memory.value > other.memory.value
    for name in ("memory", "bandwidth", "fp32", "fp16", "fp8"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if (mine is None) != (theirs is None):
            return False
        if mine is not None and mine.value < theirs.value:
            return False
        strictly = strictly or (mine is not None and mine.value > theirs.value)
    return strictly or place < other_place


def _offer(spec: GpuSpec, price: Priced | None, machine: Machine, knowledge: Knowledge) -> Offer:
    """The machine with a card in place of its first, further cards kept; an old driver or a free slot is not known."""
    stated = MachineRequest(gpus=(spec.id,), os=machine.os, ram=machine.ram, disk=machine.disk_free)
    card = simulate(knowledge, stated).gpus[0]
    if machine.gpus and spec.kind != "datacenter":
        card = card.model_copy(update={"display": machine.gpus[0].display})
    other = machine.model_copy(update={"gpus": (card, *machine.gpus[1:])})
    now = machine.gpus[0].vram if machine.gpus else 0
    return Offer("card", spec.title, card.vram, card.vram - now, price, other, spec.id)
