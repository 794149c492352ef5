"""Precisions of a language model's key-value cache: one more lever beside the variants of its weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rigfit.estimate.activations import CACHE_BITS
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Runtime

USUAL = "f16"
"""What every runtime keeps its cache in when nobody asks for anything else."""


@dataclass(frozen=True, slots=True)
class Cache:
    """One precision of a cache."""

    name: str | None
    """None where the model keeps no cache."""
    bits: int
    """Thousandths of a bit for each number."""

    @property
    def is_quantised(self) -> bool:
        """It is smaller than the usual one."""
        return self.bits < CACHE_BITS


NONE = Cache(None, CACHE_BITS)


def caches_of(components: Iterable[Component], runtime: Runtime, knowledge: Knowledge) -> tuple[Cache, ...]:
    """The caches that a runtime can keep for a model, the usual one first; one without a name where there is none.

    Args:
        components: of the model.
        runtime: declares the precisions that it knows beside the usual one.
        knowledge: for architectures and the bits of each precision.
    """
    architectures = knowledge.index("architectures")
    writers = [architectures[c.architecture] for c in components if c.kind == "llm" and c.architecture is not None]
    if not any(architecture.kv_heads is not None for architecture in writers):
        return (NONE,)
    bits = knowledge.memory.cache_bits
    return (Cache(USUAL, CACHE_BITS), *(Cache(name, bits[name].value) for name in runtime.caches))
