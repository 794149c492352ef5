"""Peak memory by phase, as plain arithmetic that works on one pipeline and on arrays of thousands alike.

The peak is the maximum over the phases (text encode, denoise, decode, or the single run of a network that is no
diffusion model), never a sum of everything. System RAM is a second resource. Weights are exact; activations and
overheads carry the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Architecture
from rigfit.schema.rules import MemoryConstants

PHASES: Final = ("text_encode", "denoise", "decode", "run")


@dataclass(frozen=True)
class Weights:
    """Bytes of weights by what they do; numbers, or arrays with one element for each pipeline."""

    encoders: Any
    """All text and vision encoders together: runtimes load them as one."""
    denoiser: Any
    """The largest denoiser: the experts of a pair are never needed at the same moment."""
    denoisers: Any
    """All denoisers."""
    decoder: Any
    other: Any
    """Networks that are none of these: speech, upscalers, faces."""
    extra: Any
    """Add-ons held beside the denoiser."""

    @property
    def total(self) -> Any:
        """Everything that must be somewhere."""
        return self.encoders + self.denoisers + self.decoder + self.other + self.extra

    @property
    def largest(self) -> Any:
        """The largest single component: what a loader holds in RAM before it reaches the card."""
        return _largest(self.encoders, self.denoiser, self.decoder, self.other)


@dataclass(frozen=True)
class Working:
    """Bytes of working memory of each phase at one end of the interval, above the weights."""

    context: int
    floor: int
    denoise: int
    decode: int
    decode_tiled: int
    run: int
    extra: Any
    runtime_ram: int


@dataclass(frozen=True)
class Peaks:
    """Bytes of VRAM in each phase, VRAM held between uses, and peak RAM."""

    phases: dict[str, Any]
    held: Any
    ram: Any

    @property
    def vram(self) -> Any:
        """The peak over the phases."""
        return _largest(*self.phases.values())


def _largest(*amounts: Any) -> Any:
    result = amounts[0]
    for amount in amounts[1:]:
        result = np.maximum(result, amount)
    return result


def working(
    denoiser: Architecture | None,
    decoder: Architecture | None,
    others: tuple[Architecture, ...],
    size: ResolvedSize,
    extra: Any,
    constants: MemoryConstants,
) -> tuple[Working, Working, Working]:
    """Working memory at the low, expected and high end.

    Args:
        denoiser: architecture of the denoiser, if there is one.
        decoder: architecture of the VAE, if there is one.
        others: architectures of the other networks.
        size: of one result.
        extra: working memory of add-ons in bytes; a number or an array.
        constants: from rules/.
    """
    per_position = denoiser.activation_per_position if denoiser is not None else None
    denoise = size.positions(denoiser) * per_position.value if denoiser is not None and per_position is not None else 0
    if denoiser is not None and denoiser.fixed_activation is not None:
        denoise += denoiser.fixed_activation.value
    decode = tiled = 0
    if decoder is not None:
        rate = decoder.decode_per_pixel.value if decoder.decode_per_pixel else constants.decode_elements.value
        at_once = size.batch * (size.frames if decoder.decode_all_frames else 1)
        decode = size.pixels * rate * at_once
        tile = constants.tile_pixels.value**2 * rate * at_once
        tiled = min(decode, tile * (1000 + constants.tile_overhead.value) // 1000)
    run = sum(a.fixed_activation.value for a in others if a.fixed_activation is not None)
    rates = [a for a in others if a.activation_per_position is not None]
    run += sum(size.positions(a) * (a.activation_per_position.value if a.activation_per_position else 0) for a in rates)
    run += sum(kv_cache(a, size) for a in others)

    def at(share: int) -> Working:
        def scaled(amount: Any) -> Any:
            return amount * share // 1000

        return Working(
            scaled(constants.context.value),
            constants.stream_floor.value,
            scaled(denoise),
            scaled(decode),
            scaled(tiled),
            scaled(run),
            scaled(extra),
            scaled(constants.runtime_ram.value),
        )

    return at(1000 - constants.low.value), at(1000), at(1000 + constants.high.value)


def kv_cache(architecture: Architecture, size: ResolvedSize, element_bytes: int = 2) -> int:
    """Bytes of a language model's key-value cache: keys and values of every layer for every token of the context.

    Llama 3.1 8B at 16 bits takes 131,072 bytes a token: 1 GiB at 8,192 tokens. 0 where the network has no such cache.
    """
    layers, heads, head = architecture.layers, architecture.kv_heads, architecture.head_size
    if layers is None or heads is None or head is None:
        return 0
    return 2 * layers.value * heads.value * head.value * element_bytes * size.context * size.batch


def peaks(weights: Weights, work: Working, placement: str, share: Any, tiled: Any, parked: int) -> Peaks:
    """Peak memory of one placement at one end of the interval.

    Args:
        weights: numbers or arrays.
        work: working memory at that end.
        placement: resident, model_offload, streamed or cpu.
        share: permille of encoders and denoiser that stay on the card while the rest streams.
        tiled: the decode goes tile by tile (a bool, or an array of them).
        parked: permille of the weights that are off the card and certainly take RAM.
    """
    w = weights
    decode = np.where(tiled, work.decode_tiled, work.decode)
    runs = w.other + np.where(w.other > 0, work.run, 0)
    denoise = work.denoise + work.extra
    if placement == "cpu":
        nothing = w.total * 0
        ram = work.runtime_ram + w.total + _largest(denoise, decode, np.where(w.other > 0, work.run, 0))
        return Peaks(dict.fromkeys(PHASES, nothing), nothing, ram)
    if placement == "resident":
        base = work.context + w.total
        phases = {
            "text_encode": base,
            "denoise": base + denoise,
            "decode": base + decode,
            "run": base + runs - w.other,
        }
        return Peaks(phases, base, work.runtime_ram + w.largest * parked // 1000)
    if placement == "model_offload":
        phases = {
            "text_encode": work.context + w.encoders,
            "denoise": work.context + w.denoiser + w.extra + denoise,
            "decode": work.context + w.decoder + decode,
            "run": work.context + runs,
        }
        off = w.total
    else:
        # What streams passes through one block's worth of memory; encoders stream like the denoiser.
        kept = np.minimum(w.denoiser, w.denoiser * share // 1000 + work.floor)
        phases = {
            "text_encode": work.context + np.minimum(w.encoders, w.encoders * share // 1000 + work.floor),
            "denoise": work.context + kept + w.extra + denoise,
            "decode": work.context + w.decoder + decode,
            "run": work.context + np.minimum(w.other, w.other * share // 1000 + work.floor) + runs - w.other,
        }
        off = w.total
    held = work.context + w.total * 0
    return Peaks(phases, held, work.runtime_ram + off * parked // 1000)
