"""Which tier of hardware a machine belongs to: what its fleet says, else the memory that one buys."""

from __future__ import annotations

from functools import lru_cache

from rigfit.units import GIB

# The tiers that cards are sold in. A card reports a little less than it is called by, so amounts are rounded.
_CARDS = (4, 6, 8, 10, 12, 16, 24, 32)
_UNIFIED = (8, 16, 32, 64, 128)


@lru_cache(maxsize=4096)
def memory_tier(os: str | None, gpu: str | None, vram: int | None, ram: int | None) -> tuple[tuple[int, int], str]:
    """A tier by the memory of the largest card; for Apple's chips by all memory. With a key that orders tiers."""
    if os == "macos":
        step = _step(ram or 0, _UNIFIED)
        return (1, step), f"Apple {step} GB" if step else "Apple, less"
    if gpu in (None, "none"):
        return (0, -1), "no card"
    step = _step(vram or 0, _CARDS)
    return (0, step), f"{step} GB" if step else f"under {_CARDS[0]} GB"


def _step(amount: int, steps: tuple[int, ...]) -> int:
    """The largest step that an amount reaches; 0 for none."""
    return max((step for step in steps if round(amount / GIB) >= step), default=0)
