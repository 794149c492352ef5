"""What of a machine decides: its class made the same for all that are alike, and the bytes that models may use.

Exact, nothing is rounded: two machines are one where every field that any rule, estimate or limit can read is equal
and `usable` leaves models the same bytes. What only names things goes: the cards' names come back into texts at the
end, by placeholders.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from rigfit.batch.chunks import Point
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Cpu, Gpu, Machine
from rigfit.units import MAX_BYTES
from rigfit.whatif.classes import Class, machine_class, point

# What names a thing, is read by `usable` alone, or bears only on loading times, which are no part of a row. Deny-lists:
# a field that is added to machines decides until it is named here.
_GPU = {"spec": None, "driver": None, "pci": None, "slice_of": None, "vram_free": None, "display": None,
        "fp8_flops": None}  # fmt: skip
_MACHINE = {"simulated": True, "name": None, "os_version": None, "ram": MAX_BYTES, "disk_free": MAX_BYTES,
            "ram_available": None, "disk_rotational": None, "disk_kind": None, "environment": None,
            "reserve_vram": None, "reserve_ram": None, "assumptions": (), "unread": (), "notes": ()}  # fmt: skip
_MARK = "\ue000"
_DISK, _NAME = -(2**62), "\ue001"


def placeholder(number: int) -> str:
    """Stands for the name of a card; private characters, which no name holds."""
    return f"{_MARK}{number}{_MARK}"


def canonical(machine: Machine) -> Machine:
    """The machine that stands for all of its class: capacities and names are gone, all that decides is kept."""
    known = list(dict.fromkeys(gpu.name for gpu in machine.gpus))
    gpus = tuple(_canonical_gpu(gpu, known.index(gpu.name)) for gpu in machine.gpus)
    installed = tuple(sorted(machine.installed_names))
    cpu = Cpu(cores=machine.cpu.cores)
    return machine.model_copy(update={**_MACHINE, "gpus": gpus, "installed": installed, "cpu": cpu})


def _canonical_gpu(gpu: Gpu, number: int) -> Gpu:
    return gpu.model_copy(update={**_GPU, "name": placeholder(number), "vram": MAX_BYTES})


def with_names(text: str, names: tuple[str, ...]) -> str:
    """A text with the names of cards in place of their placeholders."""
    if _MARK in text:
        for number, name in enumerate(names):
            text = text.replace(placeholder(number), name)
    return text


@dataclass(frozen=True, eq=False)
class Facts:
    """A machine but for its name and free disk space, which differ where all else is alike."""

    machine: Machine
    knowledge: Knowledge

    @cached_property
    def canonical(self) -> Machine:
        """What stands for its class."""
        return canonical(self.machine)

    @cached_property
    def kind(self) -> Class:
        """The class as a key."""
        return machine_class(self.canonical)

    @cached_property
    def card_names(self) -> tuple[str, ...]:
        """Each once, in the order of their placeholders."""
        return tuple(dict.fromkeys(gpu.name for gpu in self.machine.gpus))

    def point(self, disk: int) -> Point:
        """Bytes that models may use, with so much free disk space."""
        return (*self._memory, disk)

    @cached_property
    def _memory(self) -> Point:
        return point(usable(self.machine, self.knowledge))[:-1]

    def with_own(self, name: str | None, disk: int) -> Machine:
        """The whole machine."""
        return self.machine.model_copy(update={"name": name, "disk_free": disk})

    def as_json(self, name: str | None, disk: int) -> str:
        """The machine as record ids digest it: JSON with sorted keys and no blanks."""
        before, between, after = self._pieces
        return f"{before}{disk}{between}{json.dumps(name)}{after}"

    @cached_property
    def _pieces(self) -> tuple[str, str, str]:
        content = self.with_own(_NAME, 0).model_dump(mode="json", by_alias=True) | {"disk_free": _DISK}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        before, _, rest = text.partition(str(_DISK))
        between, _, after = rest.partition(json.dumps(_NAME))
        return before, between, after
