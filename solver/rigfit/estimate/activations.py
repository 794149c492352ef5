"""Working memory above the weights: activations from the facts of architectures, the decoder and the cache.

Weights are exact; what is here carries the interval. Every amount grows with every side of the size and depends on no
precision of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from rigfit.estimate.memory import Working
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.base import Basis
from rigfit.schema.catalog import Architecture, Component, Serves
from rigfit.schema.rules import MemoryConstants, RuntimeMemory

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge

ELEMENT: Final = 2
"""Bytes of one number in activations: 16 bits, whatever the weights are stored in."""
CACHE_BITS: Final = 16_000
"""Thousandths of a bit for each number in a key-value cache, where nothing says otherwise."""
_EDITING: Final = "instruction_editing"
_OF_DIFFUSION: Final = ("denoiser", "vae", "text_encoder", "vision")


def working(
    components: Iterable[Component],
    serves: Serves,
    runtime: str,
    size: ResolvedSize,
    extra: Any,
    knowledge: Knowledge,
    cache_bits: int = CACHE_BITS,
    family: str | None = None,
    copies: Any = 0,
) -> tuple[Working, Working, Working]:
    """Working memory at the low, expected and high end; for one pipeline as for thousands.

    Args:
        components: of the model, without add-ons.
        serves: what the model does for the task.
        runtime: id; runtimes differ in the copies they hold and in whether guidance goes in one batch.
        size: of one result.
        extra: working memory of add-ons in bytes; a number or an array.
        knowledge: for architectures and constants.
        cache_bits: precision of the key-value cache, in thousandths of a bit for each number.
        family: of the model; some runtimes treat some families differently.
        copies: of the hidden states that the denoiser's products need on top (`RuntimeMemory.further_copies`); a number
            or an array.
    """
    constants = knowledge.memory
    habits = constants.of_runtime(runtime, family)
    parts = list(components)
    architectures: dict[str, Architecture] = knowledge.index("architectures")
    denoisers = [c for c in parts if c.kind == "denoiser"]
    main = max(denoisers, key=lambda c: c.params.value if c.params else 0, default=None)
    denoiser = architectures[main.architecture] if main is not None and main.architecture else None
    decoder = next((c for c in parts if c.kind == "vae"), None)
    others = [architectures[c.architecture] for c in parts if c.kind not in _OF_DIFFUSION and c.architecture]
    denoise = 0 if denoiser is None else denoising(denoiser, serves, size, habits, constants)
    if denoiser is not None:
        extra = extra + copies * one_copy(denoiser, serves, size, habits, constants)
    decode, tiled = 0, 0
    if decoder is not None and decoder.architecture is not None:
        decode, tiled = decoding(architectures[decoder.architecture], size, constants)
    encode = constants.encode.value if any(c.kind == "text_encoder" for c in parts) else 0
    run = sum(whole_run(a, size) for a in others)
    cache = cache_of(parts, size, knowledge, cache_bits)
    layers = denoiser.layers.value if denoiser is not None and denoiser.layers is not None else 0
    flight = min(1000, constants.stream_blocks.value * 1000 // layers) if layers else None

    def at(share: int, still: int, clip: int, weights: int) -> Working:
        decoding_share = clip if size.frames > 1 else still

        def scaled(amount: Any) -> Any:
            return amount * share // 1000

        return Working(
            context=scaled(constants.context.value),
            floor=constants.stream_floor.value,
            encode=scaled(encode),
            denoise=scaled(denoise),
            decode=decode * decoding_share // 1000,
            decode_tiled=tiled * decoding_share // 1000,
            run=run * still // 1000,
            cache=cache,
            extra=scaled(extra),
            runtime_ram=constants.runtime_ram.value * weights // 1000,
            weights=weights,
            flight=flight,
            ram_copy=habits.ram_copy.value if habits.ram_copy is not None else 0,
            starts_on_card=habits.starts_on_card,
        )

    low = 1000 - constants.low.value
    more = constants.high, constants.decode_high, constants.clip_high, constants.weights_high
    return at(low, low, low, 1000), at(*[1000] * 4), at(*(1000 + share.value for share in more))


def pictures(architecture: Architecture, serves: Serves) -> int:
    """Pictures that a denoiser sees at once: one that edits by instruction has the one to edit beside the result."""
    return 2 if _EDITING in serves.features and architecture.temporal_downscale == 1 else 1


def denoising(
    architecture: Architecture,
    serves: Serves,
    size: ResolvedSize,
    habits: RuntimeMemory,
    constants: MemoryConstants,
    copies: int | None = None,
) -> int:
    """Bytes of activations while the denoiser works.

    A transformer holds so many copies of its hidden states at its widest point (queries, keys, values, the widened
    part of the feed-forward): tokens x width x copies. Where its width is not known, and for UNets, an amount for each
    latent position is stated.

    Args:
        architecture: of the denoiser.
        serves: what the model does for the task.
        size: of one result.
        habits: of the runtime.
        constants: from rules/.
        copies: of a transformer's hidden states, in place of those that the runtime holds.
    """
    if architecture.fixed_activation is not None:  # it works in sections, or at one size of its own
        return architecture.fixed_activation.value * size.batch
    copies = habits.copies.value if copies is None else copies
    at_once = serves.guidance_passes if habits.guidance_batched and not architecture.guidance_apart else 1
    positions = size.positions(architecture) * pictures(architecture, serves)
    if architecture.network == "transformer" and architecture.hidden_size is not None:
        text = architecture.text_tokens.value * size.batch if architecture.text_tokens is not None else 0
        tokens = positions // (architecture.patch**2 * architecture.temporal_patch) + text
        return tokens * architecture.hidden_size.value * ELEMENT * copies * at_once
    if architecture.activation_per_position is None:
        return 0
    amount = positions * architecture.activation_per_position.value * at_once
    if architecture.network == "transformer":
        amount = amount * copies // constants.of_runtime("").copies.value
    return amount


def one_copy(
    architecture: Architecture, serves: Serves, size: ResolvedSize, habits: RuntimeMemory, constants: MemoryConstants
) -> int:
    """Bytes of one copy of a transformer's hidden states; 0 for what is none, or works at a size of its own."""
    if architecture.network != "transformer" or architecture.fixed_activation is not None:
        return 0
    return denoising(architecture, serves, size, habits, constants, 1)


def decoding(architecture: Architecture, size: ResolvedSize, constants: MemoryConstants) -> tuple[int, int]:
    """Bytes to decode at once, and tile by tile; a clip is held whole beside either.

    Video decoders that go through time in pieces state what one piece takes for each pixel of a frame.
    """
    rate = architecture.decode_per_pixel.value if architecture.decode_per_pixel else constants.decode_elements.value
    at_once = size.batch * (size.frames if architecture.decode_all_frames else 1)
    clip = size.pixels * size.frames * size.batch * constants.clip_bytes.value if size.frames > 1 else 0
    decode = size.pixels * rate * at_once
    if architecture.decode_tile is not None:
        tile = architecture.decode_tile**2 * rate * at_once
    else:
        tile = constants.tile_pixels.value**2 * rate * at_once * (1000 + constants.tile_overhead.value) // 1000
    return decode + clip, min(decode, tile) + clip


def whole_run(architecture: Architecture, size: ResolvedSize) -> int:
    """Bytes that a network which is no part of a diffusion model takes for its run."""
    amount = architecture.fixed_activation.value * size.batch if architecture.fixed_activation is not None else 0
    if architecture.activation_per_position is not None:
        amount += size.positions(architecture) * architecture.activation_per_position.value
    return amount


def basis_of(components: Iterable[Component], knowledge: Knowledge) -> str:
    """What the working memory rests on, by its weakest part.

    Returns:
        "measured" (a run of this network), "published" (its publisher or a runtime states it), "formula" (counted from
        the facts of its architecture) or "interpolated" (taken from networks like it).
    """
    architectures: dict[str, Architecture] = knowledge.index("architectures")
    found = {_KINDS[basis] for c in components if c.architecture for basis in _bases(architectures[c.architecture])}
    return max(found, key=_WEAKER.index, default="formula")


_KINDS: Final = {
    Basis.MEASURED: "measured",
    Basis.OFFICIAL: "published",
    Basis.CLAIM: "published",
    Basis.FILE: "published",
    Basis.DERIVED: "formula",
    Basis.PRIOR: "interpolated",
}
_WEAKER: Final = ("measured", "published", "formula", "interpolated")


def _bases(architecture: Architecture) -> Iterator[Basis]:
    if architecture.fixed_activation is None and architecture.hidden_size is not None and architecture.kv_heads is None:
        yield Basis.DERIVED
    elif (rate := architecture.fixed_activation or architecture.activation_per_position) is not None:
        yield rate.basis
    if architecture.decode_per_pixel is not None:
        yield architecture.decode_per_pixel.basis


def cache_of(
    components: Iterable[Component], size: ResolvedSize, knowledge: Knowledge, cache_bits: int = CACHE_BITS
) -> int:
    """Bytes of the key-value caches of a model's components, encoders apart: those forget each prompt at once."""
    architectures: dict[str, Architecture] = knowledge.index("architectures")
    others = [architectures[c.architecture] for c in components if c.kind not in _OF_DIFFUSION and c.architecture]
    return sum(kv_cache(a, size, cache_bits) for a in others)


def kv_cache(architecture: Architecture, size: ResolvedSize, cache_bits: int = CACHE_BITS) -> int:
    """Bytes of a language model's key-value cache: keys and values of every layer for every token of the context.

    Llama 3.1 8B at 16 bits takes 131,072 bytes a token: 1 GiB at 8,192 tokens. Layers with a sliding window keep only
    the tokens inside it. 0 where the network has no such cache.
    """
    layers, heads, head = architecture.layers, architecture.kv_heads, architecture.head_size
    if layers is None or heads is None or head is None:
        return 0
    held = layers.value * size.context
    if architecture.window is not None and architecture.window_layers is not None:
        inside = min(size.context, architecture.window.value)
        held -= architecture.window_layers.value * (size.context - inside)
    return 2 * held * heads.value * head.value * size.batch * cache_bits // 8000
