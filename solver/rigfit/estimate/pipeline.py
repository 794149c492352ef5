"""One pipeline and its estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rigfit.estimate import memory, time
from rigfit.estimate.activations import CACHE_BITS, basis_of, working
from rigfit.estimate.cloud import Offer
from rigfit.estimate.interval import Interval
from rigfit.estimate.job import job_of
from rigfit.estimate.size import ResolvedSize
from rigfit.estimate.transfer import load_time, swap_time
from rigfit.schema.catalog import Addon, Architecture, Component, Model, Runtime, Serves, Variant
from rigfit.schema.machine import Gpu, Machine

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge

Placement = Literal["resident", "model_offload", "streamed", "cpu", "cloud"]
ENCODERS = ("text_encoder", "vision")
_SIXTEEN_BITS = 16_000


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
    cache_bits: int = CACHE_BITS
    """Precision of a language model's key-value cache, in thousandths of a bit for each number."""
    cache: str | None = None
    """Name of that precision; None where the model keeps no cache, or where it does not matter."""
    offer: Offer | None = None
    """The service that runs it, and its price; None where it runs here."""

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
    weights: int = 0
    """Bytes of it, of the expected amount, that are weights; the rest is working memory."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a pipeline needs. Bytes; milliseconds, None where unknown."""

    phases: tuple[Phase, ...]
    peak_vram: Interval
    held_vram: Interval
    """Between uses, while other tasks of its group run."""
    peak_ram: Interval
    milliseconds: Interval | None
    load_milliseconds: Interval
    """A cold start: all weights from disk, and onto the card what belongs there."""
    swap_milliseconds: Interval
    """What belongs on the card onto it again, from RAM."""
    tokens_per_second: Interval | None
    """Thousandths of a token that a language model writes in a second, slowest to fastest; None for all else."""
    prompt_tokens_per_second: Interval | None
    """The same for the tokens of a prompt that it reads."""
    basis: str

    @property
    def phase(self) -> str:
        """Where the peak is."""
        return max(self.phases, key=lambda phase: phase.vram.expected).name if self.phases else "cloud"


def main_denoiser(denoisers: list[Part]) -> Part | None:
    """The denoiser that decides activations and time: the one with most parameters."""
    return max(denoisers, key=lambda part: part.component.params.value if part.component.params else 0, default=None)


def architecture_of(component: Component | None, knowledge: Knowledge) -> Architecture | None:
    """The architecture entry of a component, if it names one."""
    if component is None or component.architecture is None:
        return None
    found: Architecture = knowledge.index("architectures")[component.architecture]
    return found


def layers_on_card(pipeline: Pipeline, knowledge: Knowledge) -> int | None:
    """Layers of a language model whose weights lie on the card; None for other models."""
    found = [architecture_of(part.component, knowledge) for part in pipeline.of_kind("llm")]
    layers = sum(a.layers.value for a in found if a is not None and a.layers is not None)
    if not layers:
        return None
    return 0 if pipeline.gpu is None else layers * pipeline.resident_share // 1000


def weigh(
    component: Component, variant: Variant, knowledge: Knowledge, model: Model | None = None, runtime: str = ""
) -> tuple[int, bool]:
    """Bytes of a variant's weights: the listed size, else parameters x bits (and True).

    Args:
        component: what is weighed.
        variant: its precision and file.
        knowledge: for precisions, and for what a runtime holds at 32 bits where it is asked for 16.
        model: that it is part of.
        runtime: id.
    """
    if model is not None and component.params is not None:
        wide = knowledge.memory.of_runtime(runtime, model.family).holds_wide(model.family, component.kind)
        bits = knowledge.index("precisions")[variant.precision].bits
        if wide and bits is not None and bits.value == _SIXTEEN_BITS:
            return component.params.value * 4, True
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
    if pipeline.offer is not None:
        return _ELSEWHERE
    denoisers = pipeline.of_kind("denoiser")
    encoders = pipeline.of_kind(*ENCODERS)
    decoders = pipeline.of_kind("vae")
    others = [part for part in pipeline.parts if part not in (*denoisers, *encoders, *decoders)]
    family = pipeline.model.family
    habits = knowledge.memory.of_runtime(pipeline.runtime.id, family)
    weights = memory.Weights(
        encoders=np.int64(sum(part.weights for part in encoders)),
        denoiser=np.int64(max((part.weights for part in denoisers), default=0)),
        denoisers=np.int64(sum(part.weights for part in denoisers)),
        decoder=np.int64(sum(part.weights for part in decoders)),
        other=np.int64(sum(part.weights for part in others)),
        extra=np.int64(sum(part.weights for part in pipeline.addon_parts)),
        fixed=np.int64(sum(part.weights for part in denoisers if part.variant.precision in habits.immovable)),
    )
    components = [part.component for part in pipeline.parts]
    levels = working(
        components,
        pipeline.serves,
        pipeline.runtime.id,
        pipeline.size,
        addon_overhead(pipeline.addons),
        knowledge,
        pipeline.cache_bits,
        family,
        habits.further_copies(part.variant.precision for part in denoisers),
    )
    gpu = machine.gpus[pipeline.gpu] if pipeline.gpu is not None else None
    parked = parked_shares(knowledge, pipeline.placement, gpu)
    ends = [
        memory.peaks(weights, level, pipeline.placement, pipeline.resident_share, pipeline.tiled, share)
        for level, share in zip(levels, parked, strict=True)
    ]
    bare = memory.peaks(
        weights, levels[1].without_work(), pipeline.placement, pipeline.resident_share, pipeline.tiled, 0
    )
    serves = pipeline.serves
    moved, streamed = traffic(weights, pipeline.placement, pipeline.resident_share)
    speed = time.speeds(machine, gpu, knowledge.time)
    job = job_of(serves, pipeline.task, components, pipeline.size, knowledge, levels[1].cache)
    left = away(weights, pipeline.placement, pipeline.resident_share)
    expected = time.milliseconds(job, speed, pipeline.time_factor, moved, streamed, weights.other, left)
    lot = (speed, pipeline.time_factor, int(weights.other), int(left))
    carried = over_bus(weights, pipeline.placement, pipeline.resident_share, gpu)
    # What an emulated precision needs on top is there in every phase that computes.
    more = pipeline.vram_extra if pipeline.gpu is not None else 0
    derived = any(part.derived for part in (*pipeline.parts, *pipeline.addon_parts))
    return Estimate(
        phases=tuple(
            Phase(name, Interval(*(int(end.phases[name]) + more for end in ends)), int(bare.phases[name]))
            for name in memory.PHASES
            if _happens(name, bool(encoders), bool(denoisers), bool(decoders), bool(others))
        ),
        peak_vram=Interval(*(int(end.vram) + more for end in ends)),
        held_vram=Interval(*(int(end.held) for end in ends)),
        peak_ram=Interval(*(int(end.ram) for end in ends)),
        milliseconds=None if expected is None else time.bounds(int(expected), time.spread_of(job, speed)),
        load_milliseconds=load_time(int(weights.total), carried, speed),
        swap_milliseconds=swap_time(carried, speed),
        tokens_per_second=time.tokens_per_second(job.reply, *lot) if job.reply else None,
        prompt_tokens_per_second=time.prompt_tokens_per_second(job.reply, *lot) if job.reply else None,
        basis=basis_of(components, knowledge) + (", with a size derived from parameters" if derived else ""),
    )


_NOTHING = Interval(0, 0, 0)
_ELSEWHERE = Estimate((), _NOTHING, _NOTHING, _NOTHING, None, _NOTHING, _NOTHING, None, None, "a service's price")
"""A service's computer does it: nothing is held here, and how long it takes is not known."""


def _happens(phase: str, encoders: bool, denoisers: bool, decoders: bool, others: bool) -> bool:
    return {"text_encode": encoders, "denoise": denoisers, "decode": decoders, "run": others}[phase]


def parked_shares(knowledge: Knowledge, placement: str, gpu: Gpu | None) -> tuple[int, int, int]:
    """Permille of off-card weights taken to be in RAM at the low, expected and high end.

    On a chip with unified memory what is resident is in memory once: the mapped file goes as the card's copy comes.
    """
    if placement == "resident" and gpu is not None and gpu.unified:
        return 0, 0, 0
    low, more = knowledge.memory.parked_low.value, knowledge.memory.parked_high.value
    return low, (low + 1000) // 2, 1000 + more


def addon_overhead(addons: tuple[Addon, ...]) -> int:
    """Bytes of working memory that add-ons take beside the denoiser."""
    return sum(addon.vram_overhead.value for addon in addons if addon.vram_overhead is not None)


def away(weights: memory.Weights, placement: str, share: Any) -> Any:
    """Bytes of a language model's weights whose layers stay in RAM, for the processor to work on."""
    return weights.other * (1000 - share) // 1000 if placement == "streamed" else weights.other * 0


def over_bus(weights: memory.Weights, placement: str, share: int, gpu: Gpu | None) -> int:
    """Bytes that have to be on the card before work starts; with unified memory, and on the processor, none move."""
    if gpu is None or gpu.unified:
        return 0
    if placement == "resident":
        return int(weights.total)
    if placement == "model_offload":
        return 0  # each part comes when its phase begins, and counts in the time of every result
    return int(weights.denoisers + weights.other) * share // 1000


def traffic(weights: memory.Weights, placement: str, share: Any) -> tuple[Any, Any]:
    """Bytes over the bus: once for each result, and in every pass. Numbers or arrays, like the weights."""
    nothing = weights.total * 0
    if placement in ("resident", "cpu"):
        return nothing, nothing
    if placement == "model_offload":
        return weights.encoders + weights.denoisers + weights.decoder + weights.extra, nothing
    return weights.encoders + weights.decoder + weights.extra, weights.denoiser * (1000 - share) // 1000
