"""Seconds for one result, first cut: arithmetic over throughput, plus what crosses the bus. Unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rigfit.estimate.interval import Interval
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Architecture, Component, Serves
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.rules import TimeConstants

# A first cut is right within a factor of two either way: kernels, clocks and schedulers are not modelled.
SPREAD = Interval(500, 1000, 2000)
"""Permille of the expected time at the low, expected and high end."""


@dataclass(frozen=True)
class Speeds:
    """What a machine does in a second: operations (None where unknown) and bytes over the bus."""

    flops: int | None
    bus: int
    reading: int | None
    """Bytes a second that a language model reads while it writes."""


def speeds(machine: Machine, gpu: Gpu | None, constants: TimeConstants) -> Speeds:
    """Throughput that denoising reaches on a card, or on the processor where there is none."""
    if gpu is None:
        peak: int | None = machine.cpu.cores * constants.cpu_core_flops.value
        share = constants.efficiency["cpu"].value
    else:
        peak = gpu.fp16_flops or gpu.fp32_flops  # cards without fast 16-bit arithmetic compute in 32
        share = constants.efficiency[gpu.backend].value
    bus = gpu.pcie_bandwidth if gpu is not None and gpu.pcie_bandwidth else constants.pcie.value
    bandwidth = constants.ram_bandwidth.value if gpu is None else gpu.bandwidth
    reading = bandwidth * constants.llm_efficiency.value // 1000 if bandwidth else None
    return Speeds(peak * share // 1000 if peak else None, bus, reading)


def passes(serves: Serves, size: ResolvedSize) -> int:
    """Forward passes of the denoiser for one result."""
    steps = size.steps or (serves.steps.value if serves.steps else 1)
    return steps * serves.guidance_passes


def operations(
    serves: Serves, denoiser: Component | None, architecture: Architecture | None, size: ResolvedSize
) -> int | None:
    """Floating-point operations of one result, or None where nothing says."""
    if serves.work_flops is not None:
        return serves.work_flops.value * size.batch
    if denoiser is None or architecture is None:
        return None
    positions = size.positions(architecture)
    if architecture.flops_per_position is not None:
        return positions * architecture.flops_per_position.value * passes(serves, size)
    if denoiser.params is None or architecture.network != "transformer":
        return None
    return 2 * denoiser.params.value * (positions // architecture.patch**2) * passes(serves, size)


@dataclass(frozen=True)
class Job:
    """What one result takes, whatever it runs on."""

    operations: int | None
    passes: int
    """Forward passes of the denoiser."""
    cache: int = 0
    """Bytes of a language model's key-value cache."""
    tokens: int = 0
    """Tokens of a reply."""


def milliseconds(job: Job, speed: Speeds, factor: Any, moved: Any, streamed: Any, read: Any = 0) -> Any | None:
    """Expected milliseconds for one result, or None where the work or the speed is unknown.

    A language model reads all its weights and its cache for every token it writes, so bandwidth decides; everything
    else is arithmetic, plus what crosses the bus.

    Args:
        job: what there is to do.
        speed: of the machine.
        factor: permille by which the precision slows (or speeds) the arithmetic; number or array.
        moved: bytes that cross the bus once for each result.
        streamed: bytes that cross it in every pass.
        read: bytes of a language model's weights.
    """
    if job.operations is None and job.cache and job.tokens:
        if speed.reading is None:
            return None
        # The cache fills while it writes: half of it on average.
        bytes_read = (np.asarray(read, dtype=np.float64) + job.cache / 2) * job.tokens
        return np.rint(bytes_read * 1000 / speed.reading * np.asarray(factor) / 1000).astype(np.int64)
    if job.operations is None or speed.flops is None:
        return None
    compute = np.asarray(factor, dtype=np.float64) * job.operations / speed.flops
    crossing = np.asarray(moved, dtype=np.float64) + np.asarray(streamed, dtype=np.float64) * job.passes
    # Copying and computing add up: group offloading leaf by leaf made a FLUX.1 pass 3.7 times slower, which is more
    # than the copy alone (diffusers/benchmarks), so runtimes do not hide one behind the other.
    return np.rint(compute + crossing * 1000 / speed.bus).astype(np.int64)
