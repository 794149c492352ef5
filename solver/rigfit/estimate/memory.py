"""Peak memory by phase, as plain arithmetic that works on one pipeline and on arrays of thousands alike.

The peak is the maximum over the phases (text encode, denoise, decode, or the single run of a network that is no
diffusion model), never a sum of everything. System RAM is a second resource. Weights are exact; activations and
overheads carry the interval.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

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
    fixed: Any = 0
    """Of the denoiser, what the runtime cannot take off the card while others work."""

    @property
    def total(self) -> Any:
        """Everything that must be somewhere."""
        return self.encoders + self.denoisers + self.decoder + self.other + self.extra

    @property
    def largest(self) -> Any:
        """The largest single component: what a loader holds in RAM before it reaches the card."""
        return _largest(self.encoders, self.denoiser, self.decoder, self.other)

    def scaled(self, share: int) -> Weights:
        """All of them times a number of thousandths."""
        if share == 1000:
            return self
        return Weights(*(getattr(self, f.name) * share // 1000 for f in fields(self)))


@dataclass(frozen=True)
class Working:
    """Bytes of working memory of each phase at one end of the interval, above the weights."""

    context: int
    floor: int
    """What is in flight of a network that streams, where its layers are not known."""
    encode: int
    denoise: int
    decode: int
    decode_tiled: int
    run: int
    cache: Any
    """Key-value cache of the language models: exact, so it carries no interval."""
    extra: Any
    runtime_ram: int
    weights: int = 1000
    """Permille of the weights that their place on a card takes at this end."""
    flight: int | None = None
    """Permille of the denoiser that is in flight while it streams; None where its layers are not known."""
    ram_copy: int = 0
    """Permille of the weights on the card that RAM holds a copy of."""
    starts_on_card: bool = False
    """Under model offload, denoiser and decoder lie on the card from the start."""

    def without_work(self) -> Working:
        """Nothing but weights: what they take of a phase."""
        nothing: dict[str, Any] = dict.fromkeys(
            ("context", "encode", "denoise", "decode", "decode_tiled", "run", "cache", "extra"), 0
        )
        return replace(self, **nothing)


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


def peaks(weights: Weights, work: Working, placement: str, share: Any, tiled: Any, parked: int) -> Peaks:
    """Peak memory of one placement at one end of the interval.

    Args:
        weights: numbers or arrays.
        work: working memory at that end.
        placement: resident, model_offload, streamed or cpu.
        share: permille of encoders and denoiser, or of a language model's layers, that stay on the card.
        tiled: the decode goes tile by tile (a bool, or an array of them).
        parked: permille of the weights that are off the card and certainly take RAM.
    """
    w = weights.scaled(work.weights)
    decode = np.where(tiled, work.decode_tiled, work.decode)
    encode = np.where(w.encoders > 0, work.encode, 0)
    own = np.where(w.other > 0, work.run + work.cache, 0)
    denoise = work.denoise + work.extra
    if placement == "cpu":
        nothing = w.total * 0
        ram = work.runtime_ram + weights.total + _largest(encode, denoise, decode, own)
        return Peaks(dict.fromkeys(PHASES, nothing), nothing, ram)
    if placement == "resident":
        base = work.context + w.total
        phases = {
            "text_encode": base + encode,
            "denoise": base + denoise,
            "decode": base + decode,
            "run": base + own,
        }
        # Between uses the cache stays: a conversation goes on from it.
        stays = _largest(weights.largest, weights.total * work.ram_copy // 1000)
        return Peaks(phases, base + work.cache, work.runtime_ram + stays * parked // 1000)
    ram = work.runtime_ram + weights.total * parked // 1000
    held = work.context + w.total * 0
    if placement == "model_offload":
        waiting, beside = w.fixed, 0
        if work.starts_on_card:
            waiting, beside = w.denoiser + w.decoder, w.decoder
        phases = {
            "text_encode": work.context + waiting + w.encoders + encode,
            "denoise": work.context + w.denoiser + w.extra + denoise + beside,
            "decode": work.context + w.fixed + w.decoder + decode,
            "run": work.context + w.fixed + w.other + own,
        }
    else:
        # What streams passes through a few blocks' worth of memory; encoders stream like the denoiser.
        flight = work.floor if work.flight is None else w.denoiser * work.flight // 1000
        phases = {
            "text_encode": work.context + _kept(w.encoders, share, work.floor) + encode,
            "denoise": work.context + _kept(w.denoiser, share, flight) + w.extra + denoise,
            "decode": work.context + w.decoder + decode,
        }
        if np.any(work.cache):
            # Layers of a language model stay where they are, and each takes its part of the cache along.
            on_card = w.other * share // 1000 + np.where(w.other > 0, work.cache * share // 1000 + work.run, 0)
            ram = ram + np.where(w.other > 0, work.cache - work.cache * share // 1000, 0)
            held = held + on_card - np.where(w.other > 0, work.run, 0)
        else:
            on_card = _kept(w.other, share, work.floor) + own
        phases["run"] = work.context + on_card
    return Peaks(phases, held, ram)


def _kept(weights: Any, share: Any, floor: Any) -> Any:
    """Bytes on the card of weights that stream: the share that stays, and the blocks that are on their way."""
    return np.minimum(weights, weights * share // 1000 + floor)
