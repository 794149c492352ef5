"""What others say a model needs: the published rules that rigfit is compared with.

Each is a function from a pipeline to bytes of VRAM. The first four know one file and its size; "sum of weights" knows
all of them; ComfyUI's and InvokeAI's know phases and placements. Constants are facts of their publishers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.fidelity.observations import GIB
from rigfit.estimate import memory
from rigfit.estimate.pipeline import ENCODERS, Pipeline, architecture_of, main_denoiser
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Architecture

_MIB: Final = 1 << 20


@dataclass(frozen=True)
class Rule:
    """A published rule."""

    name: str
    needs: Callable[[Pipeline, Knowledge], float]
    """Bytes of VRAM."""
    knows_placements: bool = False
    """It tells apart what is resident, offloaded and streamed; the others only say whether a model fits."""


def _main(pipeline: Pipeline) -> int:
    """Bytes of the largest network: the file that one downloads a model for."""
    return max(part.weights for part in pipeline.parts)


def _denoiser_by_parameters(pipeline: Pipeline, knowledge: Knowledge) -> float:
    part = max(pipeline.parts, key=lambda p: (p.component.kind == "denoiser", p.weights))
    bits = knowledge.index("precisions")[part.variant.precision].bits
    if part.component.params is None or bits is None:
        return part.weights * 1.1 + 0.5 * GIB
    return float(part.component.params.value * bits.value / 8000 * 1.1 + 0.5 * GIB)


def _phases(pipeline: Pipeline, denoise: float, decode: float, context: int, floor: int) -> float:
    """Weights where the placement has them, and the working memory that a formula gives."""
    denoisers = pipeline.of_kind("denoiser")
    encoders, decoders = pipeline.of_kind(*ENCODERS), pipeline.of_kind("vae")
    known = (*denoisers, *encoders, *decoders)
    weights = memory.Weights(
        encoders=sum(p.weights for p in encoders),
        denoiser=max((p.weights for p in denoisers), default=0),
        denoisers=sum(p.weights for p in denoisers),
        decoder=sum(p.weights for p in decoders),
        other=sum(p.weights for p in pipeline.parts if p not in known),
        extra=0,
    )
    work = memory.Working(
        context=context, floor=floor, encode=0, denoise=int(denoise), decode=int(decode), decode_tiled=int(decode),
        run=int(denoise), cache=0, extra=0, runtime_ram=0,
    )  # fmt: skip
    return float(memory.peaks(weights, work, pipeline.placement, pipeline.resident_share, pipeline.tiled, 0).vram)


def _architectures(pipeline: Pipeline, knowledge: Knowledge) -> tuple[Architecture | None, Architecture | None]:
    main = main_denoiser(pipeline.of_kind("denoiser"))
    decoder = next(iter(pipeline.of_kind("vae")), None)
    return (
        architecture_of(main.component if main else None, knowledge),
        architecture_of(decoder.component if decoder else None, knowledge),
    )


# ComfyUI: elements for each latent position by decoder; "t" where the latent frames count too.
_COMFY_DECODE: Final = {
    "wan21-vae": (7000 * 64, 8, False),
    "wan22-vae": (8000 * 256, 16, False),
    "hunyuanvideo-vae": (1500 * 256, 8, True),
    "ltx-vae": (900 * 512, 32, True),
    "mochi-vae": (1000 * 384, 8, True),
}
_COMFY_TILE: Final = 512


def _comfyui(pipeline: Pipeline, knowledge: Knowledge) -> float:
    """Area x 2 bytes x 0.01 x F MiB to denoise, a constant for each latent position to decode, 400 MiB kept free."""
    network, decoder = _architectures(pipeline, knowledge)
    size = pipeline.size
    denoise = 0.0
    if network is not None:
        stated = network.activation_per_position
        each = stated.value if stated is not None else 2 * 0.01 * _MIB * 2.0
        denoise = size.positions(network) * each
    elements, side, in_time = _COMFY_DECODE.get(decoder.id if decoder is not None else "", (2178 * 64, 8, False))
    frames = (size.frames - 1) // (decoder.temporal_downscale if decoder is not None else 1) + 1 if in_time else 1
    area = min(size.pixels, _COMFY_TILE**2) if pipeline.tiled else size.pixels
    decode = elements * 2 * frames * area / side**2 * size.batch
    return _phases(pipeline, denoise, decode if decoder is not None else 0, 400 * _MIB, 128 * _MIB)


_INVOKE_DECODE: Final = {"wan21-vae": 6500, "wan22-vae": 7000, "qwen-image-vae": 2900}


def _invokeai(pipeline: Pipeline, knowledge: Knowledge) -> float:
    """3 GiB to work in, and a constant for each pixel to decode (InvokeAI, Apache-2.0, vae_working_memory)."""
    _, decoder = _architectures(pipeline, knowledge)
    size = pipeline.size
    elements = _INVOKE_DECODE.get(decoder.id if decoder is not None else "", 2200)
    area = min(size.pixels, _COMFY_TILE**2 * 1.25) if pipeline.tiled else size.pixels
    clip = 2 * 3 * size.frames * size.pixels * 2 if size.frames > 1 else 0
    decode = area * 2 * elements * size.batch + clip
    return _phases(pipeline, 3 * GIB, decode if decoder is not None else 0, 0, 0)


RULES: Final = (
    Rule("size <= VRAM", lambda p, _: _main(p)),
    Rule("size / VRAM <= 0.8", lambda p, _: _main(p) / 0.8),
    Rule("size + 2 GB", lambda p, _: _main(p) + 2e9),
    Rule("parameters x bytes x 1.1 + 0.5 GB", _denoiser_by_parameters),
    Rule("sum of weights", lambda p, _: float(sum(part.weights for part in p.parts))),
    Rule("ComfyUI's formulas", _comfyui, knows_placements=True),
    Rule("InvokeAI's formulas", _invokeai, knows_placements=True),
)
