"""A quantity known within bounds."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.schema.request import Confidence

LEVELS: tuple[Confidence, ...] = ("optimistic", "expected", "safe")
"""The end of an interval that each policy `confidence` holds against a capacity: low, expected, high."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Low, expected and high value in one base unit."""

    low: int
    expected: int
    high: int

    def at(self, confidence: Confidence) -> int:
        """The end that a policy counts with: safe takes the high one."""
        return (self.low, self.expected, self.high)[LEVELS.index(confidence)]
