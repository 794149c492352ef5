"""The machine that a request speaks of: simulated where it names a card, else a known one with what was stated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rigfit import units
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.simulation import simulate
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import MachineRequest


def stated_machine(wish: MachineRequest, knowledge: Knowledge, here: Callable[[], Machine]) -> Machine:
    """A simulated machine where a card is named, else this computer with the amounts that were stated.

    Args:
        wish: what was said of the machine.
        knowledge: the gpu catalog and what to assume.
        here: this computer; asked only where it is needed.

    Raises:
        InputError: for what cannot be simulated, or cannot be stated of a computer that is there.
    """
    return simulate(knowledge, wish) if wish.gpus else with_stated(here(), wish)


def with_stated(machine: Machine, wish: MachineRequest) -> Machine:
    """A machine with the amounts that were stated instead of read; each is listed.

    Raises:
        InputError: for what only a simulated machine can have.
    """
    if wish.os is not None and wish.os != machine.os:
        raise InputError(f"--os {wish.os} needs a simulated machine: add --gpu NAME (or --gpu none)")
    if wish.vram is not None:
        raise InputError("--vram needs a simulated card: add --gpu NAME")
    changes: dict[str, Any] = {}
    noted = list(machine.assumptions)
    for field, name, shown in (("ram", "ram", units.format_memory), ("disk", "disk_free", units.format_file)):
        amount = getattr(wish, field)
        if amount is not None:
            changes[name] = amount
            reason = f"stated by --{field}, in place of {shown(getattr(machine, name))}"
            noted.append(Assumption(field=field, value=shown(amount), rule="request.machine", reason=reason))
    for field in ("reserve_vram", "reserve_ram"):
        if getattr(wish, field) is not None:
            changes[field] = getattr(wish, field)
    return machine.model_copy(update={**changes, "assumptions": tuple(noted)}) if changes else machine


def unitless(wish: MachineRequest) -> tuple[str, str] | None:
    """The first amount without a unit, and what to say of it: a bare number is bytes, and nobody means so few."""
    for field in ("vram", "ram", "disk"):
        amount = getattr(wish, field)
        if amount is not None and 0 < amount < units.MIB:
            return field, f"{field}: {amount} has no unit; write it like '{amount} GB'"
    return None
