"""The arithmetic of costs, in exact fractions of millionths of a US dollar; rounded only where it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

_KILOWATT_HOUR = 3_600_000_000
"""Watts x milliseconds."""
DAY = 86_400_000
"""Milliseconds."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the least to the most."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def times(self, factor: Fraction | int) -> Span:
        """Both ends by a factor that is not negative."""
        return Span(self.low * factor, self.high * factor)

    def rounded(self) -> tuple[int, int]:
        """Whole millionths that hold it."""
        return floor(self.low), ceil(self.high)


NOTHING = Span(Fraction(0), Fraction(0))


def exactly(amount: int) -> Span:
    """A span of one amount."""
    return Span(Fraction(amount), Fraction(amount))


def electricity(watts: int, low: int, high: int, per_kilowatt_hour: int) -> Span:
    """What it costs to draw so many watts for `low` to `high` milliseconds."""
    each = Fraction(watts * per_kilowatt_hour, _KILOWATT_HOUR)
    return Span(low * each, high * each)


Results = tuple[int | None, int | None]


def break_even(hardware: Span, cloud: Span, local: Span) -> Results:
    """After how many results hardware has paid for itself, at best and at worst; None: never.

    Args:
        hardware: what it costs once.
        cloud: what one result costs elsewhere.
        local: what one result costs here, the hardware apart.
    """
    return _paid(hardware.low, cloud.high - local.low), _paid(hardware.high, cloud.low - local.high)


def _paid(hardware: Fraction, saved: Fraction) -> int | None:
    return ceil(hardware / saved) if saved > 0 else None


def days(results: Results, per_month: int, days_in_month: int) -> Results:
    """Whole days until so many results are made."""
    low, high = (None if r is None or not per_month else ceil(Fraction(r * days_in_month, per_month)) for r in results)
    return low, high


def months(hardware: Span, saved: Span) -> tuple[int | None, int | None]:
    """Thousandths of a month until savings of so much a month have paid for hardware; None: never.

    Args:
        hardware: what it costs once.
        saved: a month, from the least to the most.
    """
    low = _thousandths(hardware.low, saved.high)
    return low, _thousandths(hardware.high, saved.low)


def _thousandths(hardware: Fraction, saved: Fraction) -> int | None:
    return round(hardware * 1000 / saved) if saved > 0 else None
