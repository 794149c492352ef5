"""Requests and machines that tests share: built from options, as people would state them."""

from __future__ import annotations

from typing import Any

from rigfit.candidates.compiler import Compiled, capacities, compile_request
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request
from rigfit.units import GIB


def machine(knowledge: Knowledge, *gpus: str, ram: int | None = None, disk: int | None = None, **more: Any) -> Machine:
    """A simulated machine; RAM in GiB, disk in GB, vram in GiB."""
    if "vram" in more:
        more["vram"] = more["vram"] * GIB
    fields = {"gpus": gpus, "ram": None if ram is None else ram * GIB, "disk": None if disk is None else disk * 10**9}
    return simulate(knowledge, MachineRequest(**fields, **more))


def request(*tasks: Any, top: int = 3, engine: str = "cpsat", **policies: Any) -> Request:
    """A request; a task is a name or a mapping of its fields."""
    entries = [{"task": task} if isinstance(task, str) else task for task in tasks]
    return Request.model_validate({"tasks": entries, "policies": policies, "top": top, "engine": engine})


def compiled_for(wanted: Request, where: Machine, knowledge: Knowledge) -> tuple[Compiled, dict[str, int]]:
    """The problem of a request good for any capacities, and the capacities of the machine."""
    return compile_request(wanted, where, knowledge), capacities(wanted, usable(where, knowledge))
