"""How long weights take to reach the place where they are used: from disk at first, from RAM later."""

from __future__ import annotations

from rigfit.estimate.interval import Interval
from rigfit.estimate.speed import Speeds


def load_time(weights: int, over_bus: int, speed: Speeds) -> Interval:
    """Milliseconds of a cold start: everything from disk, and what belongs there onto the card, one after the other.

    Args:
        weights: bytes of all weights.
        over_bus: bytes of them that go on to the card; 0 on the processor and where memory is one.
        speed: of the machine; the interval is that of the drive.
    """
    copy = over_bus * 1000 // speed.bus
    slow, usual, fast = speed.disk.low, speed.disk.expected, speed.disk.high
    return Interval(*(weights * 1000 // rate + copy for rate in (fast, usual, slow)))


def swap_time(over_bus: int, speed: Speeds) -> Interval:
    """Milliseconds until weights that are held in RAM are back on the card.

    Pinned memory over a newer slot is up to twice as fast as the usual figure, pageable memory half as fast.
    """
    usual = over_bus * 1000 // speed.bus
    return Interval(usual // 2, usual, usual * 2)
