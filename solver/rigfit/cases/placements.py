"""What a case asks of the placement: one of ours, in the word of some runtime, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rigfit.cases import words
from rigfit.errors import unknown
from rigfit.estimate.activations import CACHE_BITS
from rigfit.estimate.pipeline import Placement
from rigfit.schema.case import CaseIn

_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True)
class Asked:
    """A placement, None where the runtime or rigfit is to choose; and how much of what streams stays on the card."""

    placement: Placement | None
    share: int | None
    """Permille; None where the word does not say."""
    tiled: bool | None


_CACHE_BITS = {
    **dict.fromkeys(("fp16", "f16", "bf16", "16", "16bit", "none"), 16_000),
    **dict.fromkeys(("q80", "q8", "8bit", "8", "int8"), 8_500),
    **dict.fromkeys(("fp8", "f8", "fp8e4m3", "fp8e5m2"), 8_000),
    **dict.fromkeys(("q51", "q5"), 6_000),
    **dict.fromkeys(("q50",), 5_500),
    **dict.fromkeys(("q41",), 5_000),
    **dict.fromkeys(("q40", "q4", "4bit", "4", "int4"), 4_500),
    **dict.fromkeys(("fp32", "f32"), 32_000),
}  # fmt: skip
"""Precision of a cache -> thousandths of a bit for each number: blocks of 32 with one 16-bit scale (two in Qx_1)."""


def cache_bits_of(case: CaseIn) -> int:
    """Thousandths of a bit of each number in the key-value cache.

    Raises:
        InputError: for a precision that no program keeps its cache in.
    """
    if case.kv_cache is None:
        return CACHE_BITS
    found = _CACHE_BITS.get(words.fold(case.kv_cache))
    if found is None:
        raise unknown("kv_cache", case.kv_cache, ("fp16", "q8_0", "fp8", "q4_0"), more="; known: fp16, fp8, q8_0, q4_0")
    return found


def asked_of(case: CaseIn) -> Asked:
    """What a case asks.

    Raises:
        InputError: for a placement that nobody calls so.
    """
    share = None if case.resident_share is None else round(case.resident_share * 1000)
    if case.placement is None:
        return Asked(None, share, case.tiled)
    word = words.fold(case.placement)
    if word in words.UNDECIDED:
        return Asked(None, share, case.tiled)
    # "blockswap 24": how many blocks a model has is not known here, so the number says only that it streams.
    found = words.PLACEMENTS.get(word) or words.PLACEMENTS.get(_NUMBER.sub("", word))
    if found is None:
        known = (
            "resident",
            "model_offload",
            "streamed",
            "cpu",
            "sequential",
            "lowvram",
            "novram",
            "block_swap",
            "auto",
        )
        raise unknown("placement", case.placement, known, more="; known: resident, model_offload, streamed, cpu")
    placement, meant = found
    if share is None and meant is not None:
        share = round(meant * 1000)
    return Asked(placement, share if placement == "streamed" else None, case.tiled)
