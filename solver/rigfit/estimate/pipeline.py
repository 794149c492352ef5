"""One pipeline and its estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rigfit.estimate import memory, time
from rigfit.estimate.interval import Interval
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Addon, Architecture, Component, Model, Runtime, Serves, Variant
from rigfit.schema.machine import Gpu, Machine

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge

Placement = Literal["resident", "model_offload", "streamed", "cpu"]
ENCODERS = ("text_encoder", "vision")


@dataclass(frozen=True, slots=True)
class Part:
    """A component in the variant that was chosen for it, and the bytes of its weights."""

    role: str
    component: Component
    variant: Variant
    weights: int
    derived: bool
    """The size comes from parameters and bits, not from a file listing."""

    @property
    def name(self) -> str:
        """What people call it: "FLUX.1 dev transformer gguf_q8_0"."""
        return f"{self.component.title} {self.variant.key}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What serves one task: a model in chosen variants, on a runtime, in a placement."""

    task: str
    model: Model
    runtime: Runtime
    packaging: str
    """"split", or the id of the checkpoint the parts come in."""
    parts: tuple[Part, ...]
    addons: tuple[Addon, ...]
    addon_parts: tuple[Part, ...]
    placement: Placement
    resident_share: int
    """Permille of the streamed weights that stay on the card; 1000 unless streamed."""
    tiled: bool
    gpu: int | None
    """Index of the card, None on the processor."""
    size: ResolvedSize
    time_factor: int = 1000
    """Permille by which precision support slows the arithmetic."""
    features: tuple[str, ...] = ()
    """Features that work: all that are needed and the wishes that are met."""
    vram_extra: int = 0
    """Bytes that rules add to the working memory (emulated precisions)."""

    @property
    def serves(self) -> Serves:
        """What the model does for the task."""
        return self.model.serves[self.task]

    def of_kind(self, *kinds: str) -> list[Part]:
        """The parts of some kinds."""
        return [part for part in self.parts if part.component.kind in kinds]


@dataclass(frozen=True, slots=True)
class Phase:
    """VRAM while one thing happens."""

    name: str
    vram: Interval


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a pipeline needs. Bytes; milliseconds, None where unknown."""

    phases: tuple[Phase, ...]
    peak_vram: Interval
    held_vram: Interval
    """Between uses, while other tasks of its group run."""
    peak_ram: Interval
    milliseconds: Interval | None
    basis: str

    @property
    def phase(self) -> str:
        """Where the peak is."""
        return max(self.phases, key=lambda phase: phase.vram.expected).name


def main_denoiser(denoisers: list[Part]) -> Part | None:
    """The denoiser that decides activations and time: the one with most parameters."""
    return max(denoisers, key=lambda part: part.component.params.value if part.component.params else 0, default=None)


def architecture_of(component: Component | None, knowledge: Knowledge) -> Architecture | None:
    """The architecture entry of a component, if it names one."""
    if component is None or component.architecture is None:
        return None
    found: Architecture = knowledge.index("architectures")[component.architecture]
    return found


def weigh(component: Component, variant: Variant, knowledge: Knowledge) -> tuple[int, bool]:
    """Bytes of a variant's weights: the listed size, else parameters x bits (and True)."""
    if variant.size is not None:
        return variant.size.value, False
    bits = knowledge.index("precisions")[variant.precision].bits
    if component.params is None or bits is None:  # the loader refuses such entries
        return 0, True
    return component.params.value * bits.value // 8000, True


def estimate(pipeline: Pipeline, machine: Machine, knowledge: Knowledge) -> Estimate:
    """Bytes and milliseconds of a pipeline on a class of machine; capacities play no part.

    Returns:
        low, expected and high for every phase, the peaks, and the time where the facts allow one.
    """
    denoisers = pipeline.of_kind("denoiser")
    encoders = pipeline.of_kind(*ENCODERS)
    decoders = pipeline.of_kind("vae")
    others = [part for part in pipeline.parts if part not in (*denoisers, *encoders, *decoders)]
    weights = memory.Weights(
        encoders=np.int64(sum(part.weights for part in encoders)),
        denoiser=np.int64(max((part.weights for part in denoisers), default=0)),
        denoisers=np.int64(sum(part.weights for part in denoisers)),
        decoder=np.int64(sum(part.weights for part in decoders)),
        other=np.int64(sum(part.weights for part in others)),
        extra=np.int64(sum(part.weights for part in pipeline.addon_parts)),
    )
    main = main_denoiser(denoisers)
    main_architecture = architecture_of(main.component if main else None, knowledge)
    found = [architecture_of(part.component, knowledge) for part in others]
    levels = memory.working(
        main_architecture,
        architecture_of(decoders[0].component if decoders else None, knowledge),
        tuple(a for a in found if a is not None),
        pipeline.size,
        addon_overhead(pipeline.addons),
        knowledge.memory,
    )
    gpu = machine.gpus[pipeline.gpu] if pipeline.gpu is not None else None
    parked = parked_shares(knowledge, pipeline.placement, gpu)
    ends = [
        memory.peaks(weights, level, pipeline.placement, pipeline.resident_share, pipeline.tiled, share)
        for level, share in zip(levels, parked, strict=True)
    ]
    serves = pipeline.serves
    work = time.operations(serves, main.component if main else None, main_architecture, pipeline.size)
    moved, streamed = traffic(weights, pipeline.placement, pipeline.resident_share)
    speed = time.speeds(machine, gpu, knowledge.time)
    cache = sum(memory.kv_cache(a, pipeline.size) for a in found if a is not None)
    job = time.Job(work, time.passes(serves, pipeline.size), cache, pipeline.size.tokens)
    expected = time.milliseconds(job, speed, pipeline.time_factor, moved, streamed, weights.other)
    # What an emulated precision needs on top is there in every phase that computes.
    more = pipeline.vram_extra if pipeline.gpu is not None else 0
    derived = any(part.derived for part in (*pipeline.parts, *pipeline.addon_parts))
    return Estimate(
        phases=tuple(
            Phase(name, Interval(*(int(end.phases[name]) + more for end in ends)))
            for name in memory.PHASES
            if _happens(name, bool(encoders), bool(denoisers), bool(decoders), bool(others))
        ),
        peak_vram=Interval(*(int(end.vram) + more for end in ends)),
        held_vram=Interval(*(int(end.held) for end in ends)),
        peak_ram=Interval(*(int(end.ram) for end in ends)),
        milliseconds=None
        if expected is None
        else Interval(*(int(expected) * share // 1000 for share in (time.SPREAD.low, 1000, time.SPREAD.high))),
        basis="formula, with a size derived from parameters" if derived else "formula",
    )


def _happens(phase: str, encoders: bool, denoisers: bool, decoders: bool, others: bool) -> bool:
    return {"text_encode": encoders, "denoise": denoisers, "decode": decoders, "run": others}[phase]


def parked_shares(knowledge: Knowledge, placement: str, gpu: Gpu | None) -> tuple[int, int, int]:
    """Permille of off-card weights taken to be in RAM at the low, expected and high end.

    On a chip with unified memory what is resident is in memory once: the mapped file goes as the card's copy comes.
    """
    if placement == "resident" and gpu is not None and gpu.unified:
        return 0, 0, 0
    low = knowledge.memory.parked_low.value
    return low, (low + 1000) // 2, 1000


def addon_overhead(addons: tuple[Addon, ...]) -> int:
    """Bytes of working memory that add-ons take beside the denoiser."""
    return sum(addon.vram_overhead.value for addon in addons if addon.vram_overhead is not None)


def traffic(weights: memory.Weights, placement: str, share: Any) -> tuple[Any, Any]:
    """Bytes over the bus: once for each result, and in every pass. Numbers or arrays, like the weights."""
    nothing = weights.total * 0
    if placement in ("resident", "cpu"):
        return nothing, nothing
    if placement == "model_offload":
        return weights.encoders + weights.denoisers + weights.decoder + weights.extra, nothing
    return weights.encoders + weights.decoder + weights.extra, weights.denoiser * (1000 - share) // 1000
