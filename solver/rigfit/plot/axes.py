"""Axes of time and of amounts, labelled as people say them."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from rigfit.units import GB, GIB, format_milliseconds

# Where a logarithmic axis of time has its ticks, in milliseconds: what clocks count in.
_TIMES = tuple(
    1000 * seconds
    for seconds in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400)
)
NAMES = {"vram": "VRAM", "ram": "RAM", "disk": "free disk space"}


def time_axis(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic time axis over milliseconds, with round times as ticks."""
    low, high = min(values) / 1.4, max(values) * 1.4
    inside = [one for one in _TIMES if low <= one <= high]
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator(inside or [min(values), max(values)]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: format_milliseconds(round(value)).replace(".0 ", " "))
    )


def _said(value: float, _: int) -> str:
    return format_milliseconds(round(value)).replace(".0 ", " ")


def gigabytes(resource: str, amount: int) -> float:
    """Bytes as one buys them: binary gigabytes of memory, decimal ones of disk."""
    return amount / (GB if resource == "disk" else GIB)


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved as little as possible so that neighbours are at least so far apart (least squares)."""
    groups: list[tuple[float, int]] = []  # the mean of what is left when the gaps are taken out, and how many
    for number, place in enumerate(places):
        mean, count = place - number * gap, 1
        while groups and groups[-1][0] > mean:
            before, many = groups.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        groups.append((mean, count))
    return [mean + number * gap for number, mean in enumerate(mean for mean, count in groups for _ in range(count))]
