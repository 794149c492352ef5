"""What of a machine is its class and what its capacities, and the same machine with another amount of one resource.

Capacities are the memory of each card, RAM and free disk space, and what only shifts how much of them models may use
(what other programs hold, whether a screen is driven, reserves): all of it goes through `usable`, and it is after that
that machines are compared. Everything else is the class, and of two machines of one class every rule says the same:
no rule can test an amount (see `knowledge.matching.machine_facts`).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import Usable, share_of_unified
from rigfit.schema.machine import Cpu, Gpu, Machine
from rigfit.schema.request import Request
from rigfit.units import MAX_BYTES, MIB

# What `usable` reads, and what says nothing about what a machine can do. A field that is not named here is a key.
_GPU_CAPACITY = frozenset({"vram", "vram_free", "display", "pci"})
_CAPACITY = frozenset(
    {"gpus", "cpu", "ram", "ram_available", "disk_free", "reserve_vram", "reserve_ram", "name", "simulated",
     "assumptions", "unread", "notes"}
)  # fmt: skip
# What `estimate.speed` alone reads, or nothing.
_GPU_SPEEDS = ("bandwidth", "fp16_flops", "fp32_flops", "fp8_flops", "pcie_bandwidth")
_GPU_KEYS = tuple(name for name in Gpu.model_fields if name not in _GPU_CAPACITY)
_CPU_KEYS = tuple(name for name in Cpu.model_fields if name != "name")
_KEYS = tuple(name for name in Machine.model_fields if name not in _CAPACITY)

Class = tuple[Hashable, ...]


def machine_class(machine: Machine) -> Class:
    """Every fact of a machine that is not a capacity, as a key; equal keys mean the same class."""
    gpus = tuple(tuple(_key(getattr(gpu, name)) for name in _GPU_KEYS) for gpu in machine.gpus)
    cpu = tuple(_key(getattr(machine.cpu, name)) for name in _CPU_KEYS)
    return (gpus, cpu, *(_key(getattr(machine, name)) for name in _KEYS))


def nameless(machine: Machine) -> Machine:
    """The machine with cards that are known by what they can do, and by no name."""
    unnamed = {"name": "the card", "spec": None, "driver": None, "pci": None, "slice_of": None}
    return machine.model_copy(update={"gpus": tuple(gpu.model_copy(update=unnamed) for gpu in machine.gpus)})


def machine_kind(machine: Machine) -> Class:
    """The same without speeds: what rules and memory arithmetic read. Machines of one kind can share a `Judged`."""
    slower = {"cpu": machine.cpu.model_copy(update={"cores": 1}), "disk_rotational": None, "disk_kind": None}
    gpus = tuple(gpu.model_copy(update=dict.fromkeys(_GPU_SPEEDS)) for gpu in machine.gpus)
    return machine_class(machine.model_copy(update={**slower, "gpus": gpus}))


def _key(value: Any) -> Hashable:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    key: Hashable = value
    return key


def request_key(request: Request) -> str:
    """Everything in a request that decides an answer, except how many bundles are wanted and on which machine."""
    return request.model_dump_json(exclude={"title", "preset", "machine", "top"})


def axes(machine: Machine) -> tuple[str, ...]:
    """Names of a machine's capacities, in the order in which `point` gives their amounts."""
    return (*(f"vram.{number}" for number in range(len(machine.gpus))), "ram", "disk")


def point(usable: Usable) -> tuple[int, ...]:
    """Bytes that models may use, in the order of `axes`."""
    return (*usable.vram, usable.ram, usable.disk)


def has_amount(machine: Machine, resource: str) -> int:
    """Bytes of a resource ("vram", "ram", "disk") as one would buy it: before anything is kept back."""
    if resource == "ram":
        return machine.ram
    if resource == "disk":
        return machine.disk_free
    return machine.gpus[0].vram if machine.gpus else 0


def check_varies(machine: Machine, resource: str) -> None:
    """Raise InputError where a resource of this machine cannot vary by itself."""
    if resource != "vram":
        return
    if not machine.gpus:
        raise InputError("--vary vram needs a card: add --gpu NAME")
    if machine.gpus[0].unified:
        raise InputError(f"{machine.gpus[0].name} shares the system's memory: use --vary ram")


def with_amount(machine: Machine, knowledge: Knowledge, resource: str, amount: int) -> Machine:
    """The same machine with so many bytes of VRAM (on its first card), RAM or free disk space.

    What other programs hold on a card stays the same. The share of unified memory that a GPU may use follows the
    memory where the rules set it, and stays below it where it was stated.
    """
    if resource == "disk":
        return machine.model_copy(update={"disk_free": amount})
    if resource == "vram":
        first = machine.gpus[0]
        changes: dict[str, Any] = {"vram": amount}
        if first.vram_free is not None:
            changes["vram_free"] = max(0, amount - (first.vram - first.vram_free))
        return machine.model_copy(update={"gpus": (first.model_copy(update=changes), *machine.gpus[1:])})
    gpus = tuple(_with_ram(gpu, machine, knowledge, amount) if gpu.unified else gpu for gpu in machine.gpus)
    return machine.model_copy(update={"ram": amount, "gpus": gpus})


def _with_ram(gpu: Gpu, machine: Machine, knowledge: Knowledge, amount: int) -> Gpu:
    usual = share_of_unified(knowledge, machine.os, machine.ram, gpu.vendor)[0]
    share = share_of_unified(knowledge, machine.os, amount, gpu.vendor)[0] if gpu.vram == usual else gpu.vram
    share = min(share, amount)
    changes: dict[str, Any] = {"vram": share}
    if gpu.vram_free is not None:
        changes["vram_free"] = max(0, share - (gpu.vram - gpu.vram_free))
    return gpu.model_copy(update=changes)


def whole_mib(amount: int, *, up: bool) -> int:
    """Bytes as a whole number of MiB, the unit of all breakpoints."""
    return min(MAX_BYTES // MIB, -(-amount // MIB) if up else amount // MIB)
