"""The real networks: published configurations, built from classes of diffusers and transformers with random weights.

The configurations lie in configs/, each with where it was published. A network can be built on the meta device, which
holds shapes and no values: its parameters are then counted without memory.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import yaml

CONFIGS = Path(__file__).resolve().parent / "configs"

Kind = Literal["denoiser", "decoder", "text"]
_FILES: dict[str, Kind] = {"images": "denoiser", "videos": "denoiser", "vaes": "decoder", "text": "text"}

_DEPTHS = ("num_layers", "num_single_layers", "n_layers", "num_hidden_layers", "num_visual_blocks")
"""What configurations call the number of equal blocks. UNets and VAEs have none."""
_BLOCK_LISTS = ("dual_attention_layers", "vace_layers")
"""Lists of block numbers."""


@dataclass(frozen=True)
class Network:
    """One class with one configuration."""

    id: str
    kind: Kind
    class_name: str
    source: str
    """The repository and file that published the configuration."""
    config: Mapping[str, Any] = field(repr=False)
    components: tuple[str, ...] = ()
    """The catalog's components that it is the network of."""
    latent: tuple[int, int] = (1, 1)
    """Pixels of one side, and frames, that make one latent position."""
    text_tokens: int = 0
    """Tokens of the prompt as its pipeline pads them."""

    @property
    def library(self) -> str:
        """`transformers` for text encoders and language models, else `diffusers`."""
        return "transformers" if self.kind == "text" else "diffusers"

    @property
    def video(self) -> bool:
        """Whether it works on frames."""
        return self.latent[1] > 1 or self.class_name == "UNetSpatioTemporalConditionModel"

    @property
    def depth(self) -> int:
        """Blocks in all; 0 where the network is not a stack of equal blocks."""
        return sum(_stack(self.config).get(name, 0) for name in _DEPTHS)


def load_networks(folder: Path = CONFIGS) -> dict[str, Network]:
    """Every network by id, in the order of the files.

    Raises:
        ValueError: when two have the same id.
    """
    networks: dict[str, Network] = {}
    for name, kind in _FILES.items():
        for entry in yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))["networks"]:
            network = Network(
                id=entry["id"],
                kind=kind,
                class_name=entry["class"],
                source=entry["source"],
                config=entry["config"],
                components=tuple(entry.get("components", ())),
                latent=tuple(entry.get("latent", (1, 1))),
                text_tokens=entry.get("text_tokens", 0),
            )
            if network.id in networks:
                raise ValueError(f"two networks are called {network.id!r}")
            networks[network.id] = network
    return networks


def build(network: Network, device: str, precision: str = "fp32") -> Any:
    """The network with random weights on a device, ready for inference: a torch.nn.Module.

    Args:
        network: what to build.
        device: `meta`, `cpu` or `cuda`.
        precision: fp32, fp16, bf16, or fp8_e4m3fn: weights at 8 bits, cast to bf16 layer by layer as they are used.

    Raises:
        ImportError: without the library, or when its version lacks the class.
    """
    import torch

    model_class = getattr(importlib.import_module(network.library), network.class_name, None)
    if model_class is None:
        raise ImportError(f"this version of {network.library} has no {network.class_name}")
    with _quiet(), _default_dtype(DTYPES[precision]), torch.device(device):
        if network.library == "transformers":
            model = model_class(model_class.config_class(**network.config))
        else:
            model = model_class(**network.config)
    model.eval().requires_grad_(False)
    if precision == "fp8_e4m3fn":
        if not hasattr(model, "enable_layerwise_casting"):
            raise ValueError(f"{network.library} casts no layers, so {network.id} has no {precision}")
        model.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16)
    return model


DTYPES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "fp8_e4m3fn": "bfloat16"}
"""What a precision computes in."""
BYTES = {"fp32": 4, "fp16": 2, "bf16": 2, "fp8_e4m3fn": 2}
"""Bytes of one weight while the network is built."""


def count(model: Any) -> int:
    """Values that a checkpoint of the model holds: parameters, and tables stored with them.

    SD 3's table of positions is not trained and is in every file: on disk and in memory it weighs like a parameter.
    """
    stored = model.state_dict().keys()
    tables = (table for name, table in model.named_buffers() if name in stored)
    return sum(int(values.numel()) for values in chain(model.parameters(), tables))


def shallower(network: Network, blocks: int) -> Network:
    """The network with at most so many blocks of each sort; activations of inference do not depend on their number."""
    stack = _stack(network.config)
    shorter = {name: min(stack[name], blocks) for name in _DEPTHS if name in stack}
    for name in _BLOCK_LISTS:
        if name in stack:
            shorter[name] = [number for number in stack[name] if number < shorter["num_layers"]]
    if "llama_layers" in stack:  # one text layer for each block
        shorter["llama_layers"] = stack["llama_layers"][: shorter["num_layers"] + shorter["num_single_layers"]]
    if "text_config" in network.config:
        return replace(network, config={**network.config, "text_config": {**stack, **shorter}})
    return replace(network, config={**stack, **shorter})


def _stack(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a configuration that has the stack of blocks: of a vision-language model, the text part."""
    stack: Mapping[str, Any] = config.get("text_config", config)
    return stack


@contextmanager
def _default_dtype(name: str) -> Iterator[None]:
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, name))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the libraries' advice about deprecated names, which is not ours to act on."""
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    before = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, before, strict=True):
                logger.setLevel(level)
