"""A machine built from options and the gpu catalog; nothing comes from the host.

This module must never import a probe, psutil or platform.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import names
from rigfit.machine.capacity import share_of_unified
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.machine import Assumption, Cpu, Gpu, Machine
from rigfit.schema.request import MachineRequest
from rigfit.units import format_file, format_memory

Os = Literal["linux", "windows", "macos"]
# Names for "there is no graphics card".
NO_GPU = frozenset({"none", "cpu", "no"})


def simulate(knowledge: Knowledge, request: MachineRequest) -> Machine:
    """Build the machine that --gpu, --vram, --ram, --disk and --os describe.

    What is not stated comes from rules/ and is listed under `assumptions`.

    Raises:
        InputError: for a name no card or several cards have, amounts without a card, or an impossible combination.
    """
    specs = _specs(knowledge, request)
    assumed: list[Assumption] = []
    table = knowledge.assumptions
    if not request.gpus:
        assumed.append(_assumption("gpus", "none", "no graphics card was named"))

    os = _os(request, specs, table.os, table.os_datacenter, assumed)
    unified = next((spec for spec in specs if spec.unified), None)
    if request.ram is not None:
        ram = request.ram
    elif unified is not None:
        ram = unified.memory.value  # one memory for both: stated with the chip
    else:
        ram = table.ram.value
        assumed.append(_assumption("ram", format_memory(ram), "the amount of memory was not stated"))
    disk = request.disk
    if disk is None:
        disk = table.disk.value
        assumed.append(_assumption("disk", f"{format_file(disk)} free", "the free disk space was not stated"))
    cores = table.cpu_cores.value
    assumed.append(_assumption("cpu_cores", str(cores), "a simulated machine has no processor of its own"))

    gpus = tuple(
        _gpu(knowledge, request, spec, number, os, ram, assumed) for number, spec in enumerate(specs)
    )  # fmt: skip
    try:
        return Machine(
            simulated=True,
            os=os,
            cpu=Cpu(name="assumed", cores=cores),
            gpus=gpus,
            ram=ram,
            disk_free=disk,
            reserve_vram=request.reserve_vram,
            reserve_ram=request.reserve_ram,
            assumptions=tuple(assumed),
        )
    except ValidationError as problem:
        raise InputError(problem.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _assumption(field: str, value: str, reason: str) -> Assumption:
    return Assumption(field=field, value=value, rule=f"assumptions.{field}", reason=reason)


def _specs(knowledge: Knowledge, request: MachineRequest) -> list[GpuSpec]:
    wanted = [name for name in request.gpus if name.strip().casefold() not in NO_GPU]
    if len(wanted) != len(request.gpus) and len(request.gpus) > 1:
        raise InputError("--gpu none means a machine without a GPU; it cannot stand beside another card")
    if not wanted:
        if request.vram is not None:
            raise InputError("--vram needs --gpu: memory alone does not say what the card can compute")
        return []
    specs = [names.choose(knowledge, name, request.vram, request.ram) for name in wanted]
    if request.vram is not None and len(specs) > 1:
        other = [s for s in specs if s.memory.value != request.vram]
        if other:
            raise InputError(
                f"--vram {format_memory(request.vram)} does not fit {other[0].title} "
                f"({format_memory(other[0].memory.value)}); with several cards name each memory size by the card's id"
            )
    if len(specs) > 1 and any(spec.unified for spec in specs):
        raise InputError(f"{specs[0].title}: a chip with unified memory takes no second card here")
    return specs


def _os(request: MachineRequest, specs: list[GpuSpec], usual: Os, server: Os, assumed: list[Assumption]) -> Os:
    if request.os is not None:
        return request.os
    if any(spec.vendor == "apple" for spec in specs):
        return "macos"  # Apple silicon offers its GPU to models on macOS only: no assumption
    if any(spec.kind == "datacenter" for spec in specs):
        assumed.append(
            _assumption("os_datacenter", server, "a card for servers, and the operating system was not stated")
        )
        return server
    assumed.append(_assumption("os", usual, "the operating system was not stated"))
    return usual


def _gpu(
    knowledge: Knowledge,
    request: MachineRequest,
    spec: GpuSpec,
    number: int,
    os: Os,
    ram: int,
    assumed: list[Assumption],
) -> Gpu:
    vram = spec.memory.value
    if spec.unified:
        stated = spec.memory.value if request.ram is None else request.ram
        if request.ram is not None and request.ram != spec.memory.value:
            assumed.append(_assumption("ram", format_memory(ram), f"{spec.title} is listed with another amount"))
        vram, rule = share_of_unified(knowledge, os, stated, spec.vendor)
        if rule is not None:
            reason = "the share of unified memory that the GPU may use"
            assumed.append(Assumption(field="vram", value=format_memory(vram), rule=rule, reason=reason))
    if request.vram is not None and request.vram != spec.memory.value:
        reason = f"stated, although {spec.title} has {format_memory(spec.memory.value)}"
        vram = request.vram
        assumed.append(_assumption("vram", format_memory(vram), reason))
    return Gpu(
        name=spec.title,
        spec=spec.id,
        vendor=spec.vendor,
        backend=spec.backend,
        architecture=spec.architecture,
        compute_capability=spec.compute_capability,
        gfx=spec.gfx,
        vram=vram,
        unified=spec.unified,
        display=_display(knowledge, request, spec, number, assumed),
        bandwidth=spec.bandwidth.value if spec.bandwidth else None,
        fp16_flops=spec.fp16.value if spec.fp16 else None,
        fp32_flops=spec.fp32.value if spec.fp32 else None,
        fp8_flops=spec.fp8.value if spec.fp8 else None,
        quirks=spec.quirks,
    )


def _display(
    knowledge: Knowledge, request: MachineRequest, spec: GpuSpec, number: int, assumed: list[Assumption]
) -> bool:
    if number > 0:
        return False  # one card drives the screen, and it is the first
    if request.display is not None:
        return request.display
    if spec.kind == "datacenter":
        return False  # it has no display output
    usual = knowledge.assumptions.display
    value = "drives a screen" if usual else "drives no screen"
    assumed.append(_assumption("display", value, "whether the card drives a screen was not stated"))
    return usual
