"""What a machine does in a second: operations, bytes over the bus, bytes read by a language model, bytes from disk."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rigfit.estimate.interval import Interval
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.rules import Spread, TimeConstants


@dataclass(frozen=True)
class Speeds:
    """Of one place where work can happen: a card, or the processor. Operations and bytes a second."""

    transformer: int | None
    """Operations a second that a transformer reaches; None where the card's throughput is unknown."""
    unet: int | None
    decode: int | None
    pass_time: int
    """Microseconds that every pass takes however small it is: the processor hands out kernels one by one."""
    bus: int
    """Bytes a second from RAM to the card."""
    disk: Interval
    """Bytes a second from the drive that models lie on: the slowest, the expected and the fastest it can be."""
    reading: int | None
    """Bytes a second that a language model reads while it writes."""
    reading_ram: int
    """The same for layers that are left to the processor."""
    layer_time: int
    """Microseconds that a layer takes for each token on top."""
    prompts: int | None
    """Operations a second while a prompt is read."""
    prompts_cpu: int
    spread: Interval
    """Permille of an expected time of denoising at the low, expected and high end."""
    spread_language: Interval
    spread_prompt: Interval


def speeds(machine: Machine, gpu: Gpu | None, constants: TimeConstants) -> Speeds:
    """What a card, or the processor where `gpu` is None, does in a second."""
    cpu = machine.cpu.cores * constants.cpu_core_flops.value
    ram = constants.ram_bandwidth.value
    backend = "cpu" if gpu is None else gpu.backend
    # Cards without fast 16-bit arithmetic compute in 32.
    peak = cpu if gpu is None else gpu.fp16_flops or gpu.fp32_flops
    bandwidth = ram if gpu is None else gpu.bandwidth
    architecture = "" if gpu is None else gpu.architecture
    language = constants.language
    reached = prompts = None
    if peak:
        share = constants.efficiency_of.get(architecture, constants.efficiency[backend])
        most = constants.most.get(architecture)
        reached = min(peak * share.value // 1000, most.value if most is not None else peak)
        prompts = min(peak * language.prompt[backend].value // 1000, language.prompt_most.value)
    return Speeds(
        transformer=reached,
        unet=reached * constants.unet.value // 1000 if reached else None,
        decode=reached * constants.decode.value // 1000 if reached else None,
        pass_time=constants.pass_time[backend].value,
        bus=gpu.pcie_bandwidth if gpu is not None and gpu.pcie_bandwidth else constants.pcie.value,
        disk=_disk(machine, constants),
        reading=bandwidth * language.bandwidth[backend].value // 1000 if bandwidth else None,
        reading_ram=ram * language.bandwidth["cpu"].value // 1000,
        layer_time=language.layer_time[backend].value,
        prompts=prompts,
        prompts_cpu=cpu * language.prompt["cpu"].value // 1000,
        spread=_interval(constants.spread.get(backend, constants.spread["default"])),
        spread_language=_interval(constants.spread["language"]),
        spread_prompt=_interval(constants.spread["prompt"]),
    )


def _interval(spread: Spread) -> Interval:
    return Interval(spread.low.value, 1000, 10**6 // spread.high.value)


def _disk(machine: Machine, constants: TimeConstants) -> Interval:
    """What is not known of the drive widens the interval: any solid state disk, between SATA and NVMe."""
    rates = {kind: fact.value for kind, fact in constants.disk_read.items()}
    kind = machine.disk_kind or ("hdd" if machine.disk_rotational else None)
    if kind is not None:
        return Interval(rates[kind] // 2, rates[kind], rates[kind] * 3 // 2)
    return Interval(rates["ssd"], math.isqrt(rates["ssd"] * rates["nvme"]), rates["nvme"])
