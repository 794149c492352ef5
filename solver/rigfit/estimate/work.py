"""Operations of one result: what there is to compute, whatever it runs on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from rigfit.estimate.activations import pictures
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Architecture, Component, Serves
from rigfit.schema.rules import TimeConstants

Network = Literal["transformer", "unet"]


@dataclass(frozen=True, slots=True)
class Work:
    """Floating-point operations of one result, by what a card does well and less well."""

    denoise: int
    """All passes of the denoiser, or the whole run of a network that is no diffusion model."""
    network: Network
    encode: int = 0
    decode: int = 0

    def without_ends(self) -> Work:
        """The passes alone, as programs print them: neither prompt nor picture."""
        return replace(self, encode=0, decode=0)


def passes(serves: Serves, size: ResolvedSize) -> int:
    """Forward passes of the denoiser for one result: steps, twice with classifier-free guidance."""
    steps = size.steps or (serves.steps.value if serves.steps else 1)
    return steps * serves.guidance_passes


def one_pass(
    denoiser: Component | None,
    architecture: Architecture | None,
    size: ResolvedSize,
    wide: int,
    seen: int = 1,
) -> int:
    """Operations of one forward pass of the whole batch; 0 where nothing says.

    The linear layers cost 2 operations for each weight that a token meets. Attention is counted apart, because it
    grows with the square of the tokens: 4 x layers x width for each pair (two products of 2 operations). At 720p and
    81 frames it is 70 % of a pass of Wan 14B.

    Args:
        denoiser: its parameters count where the architecture does not state the operations.
        architecture: of the denoiser.
        size: of one result.
        wide: width of the attention where the architecture does not state it.
        seen: pictures that the denoiser sees at once, the result among them.
    """
    if denoiser is None or architecture is None:
        return 0
    positions = size.positions(architecture) // size.batch * seen
    tokens = positions // (architecture.patch**2 * architecture.temporal_patch)
    transformer = architecture.network == "transformer"
    if architecture.flops_per_position is not None:
        linear = positions * architecture.flops_per_position.value
    elif denoiser.params is not None and transformer:
        linear = 2 * denoiser.params.value * tokens
    else:
        return 0
    if architecture.attention_per_pair is not None:  # a UNet attends within one frame
        frames = (size.frames - 1) // architecture.temporal_downscale + 1
        attention = (positions // frames) ** 2 * frames * architecture.attention_per_pair.value
    elif transformer:
        pairs = (tokens + (architecture.text_tokens.value if architecture.text_tokens else 0)) ** 2
        attention = 4 * _width(architecture, linear, tokens, wide) * pairs
    else:
        attention = 0
    return (linear + attention) * size.batch


def _width(architecture: Architecture, linear: int, tokens: int, wide: int) -> int:
    """Layers x width. Where not stated: a block of width w holds about 12 w^2 weights, so layers = weights / 12 w^2."""
    if architecture.layers is not None and architecture.hidden_size is not None:
        return architecture.layers.value * architecture.hidden_size.value
    return linear // max(1, 2 * tokens) // (12 * wide)


def of_result(
    serves: Serves,
    denoiser: Component | None,
    architecture: Architecture | None,
    encoders: Iterable[Component],
    decodes: bool,
    size: ResolvedSize,
    nominal: ResolvedSize,
    constants: TimeConstants,
) -> Work | None:
    """Operations of one result, or None where nothing says.

    Args:
        serves: what the model does for the task; it may state the operations of a run at the task's usual size.
        denoiser: the main one.
        architecture: of the denoiser.
        encoders: of the prompt.
        decodes: there is a VAE.
        size: what is asked for.
        nominal: the task's usual size.
        constants: from rules/.
    """
    if serves.work_flops is not None:
        whole = serves.work_flops.value * size.amount // nominal.amount
        if size.steps is not None and serves.steps is not None:
            whole = whole * size.steps // serves.steps.value
        return Work(whole, "transformer")
    seen = pictures(architecture, serves) if architecture is not None else 1
    whole = one_pass(denoiser, architecture, size, constants.attention_width.value, seen) * passes(serves, size)
    if architecture is None or whole == 0:
        return None
    weights = sum(c.params.value for c in encoders if c.params is not None)
    return Work(
        denoise=whole,
        network="unet" if architecture.network == "unet" else "transformer",
        encode=2 * weights * constants.prompt_tokens.value * serves.guidance_passes,
        decode=size.pixels * size.frames * size.batch * constants.decode_flops.value if decodes else 0,
    )
