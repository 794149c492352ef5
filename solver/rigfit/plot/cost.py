"""Local against cloud as a picture: what so many results have cost in all, and where the lines meet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from rigfit.errors import InputError
from rigfit.plot import page
from rigfit.schema.cost import CostReport, Money, Volume
from rigfit.units import USD

_LINE = 0.2
Counts = npt.NDArray[np.float64]


def figure(report: CostReport) -> Figure:
    """Draw a comparison.

    Raises:
        InputError: when the price of the hardware, of the electricity or of a service is not known.
    """
    if report.hardware is None or report.each is None or report.cloud_each is None:
        raise InputError("--plot: there is nothing to draw: a price or a time is not known (see the notes)")
    even = report.break_even.results if report.break_even is not None else (None, None)
    most = _most(report, even)
    compared = [task for task in report.tasks if task.compared]
    unit = f"{compared[0].unit}s" if len(compared) == 1 else "results of each task"
    height = 4.9 + _LINE * len(report.volumes)
    cards = " + ".join(gpu.name for gpu in report.machine.gpus) or "no graphics card"
    about = "; ".join(
        f"{task.title or 'nothing'} here, {task.against.of or task.against.title} at {task.against.title}"
        for task in compared
        if task.against is not None
    )
    drawn, (axes,) = page.new(
        1, 9, height, f"Cost of {unit}: {cards} against the cloud", page.shortened(about, 130)
    )  # fmt: skip
    drawn.subplots_adjust(left=0.09, right=0.97, top=1 - 0.85 / height, bottom=1 - 4.2 / height)
    count = np.linspace(0, most, 200)
    sides = (
        ("here: hardware and electricity", report.each, report.hardware, page.BLUE),
        ("cloud", report.cloud_each, 0, page.ORANGE),
    )
    for label, each, start, colour in sides:
        _band(axes, count, each, start, colour, label)
    ends = [end for end in even if end is not None and end > 0]
    if ends:
        low, high = ends[0], ends[-1] if len(ends) > 1 else None
        if high is not None and high != low:
            axes.axvspan(low, min(high, most), color=page.GREEN, alpha=0.12, linewidth=0)
            text = f"break-even: {low:,} to {high:,} {unit}"
        elif high is None or high == low:
            text = f"break-even: {low:,} {unit}" if even[1] is not None else f"break-even: {low:,} {unit} at best"
        axes.axvline(low, color=page.GREEN, linewidth=1.4, linestyle="--")
        axes.annotate(text, (low, 0.97), xycoords=("data", "axes fraction"), xytext=(6, 0),
                      textcoords="offset points", va="top", fontsize=page.NORMAL, color=page.GREEN)  # fmt: skip
    axes.set_xlim(0, most)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(unit, fontsize=page.NORMAL)
    axes.set_ylabel("paid in all (US dollars)", fontsize=page.NORMAL)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    axes.legend(loc="lower right", fontsize=page.SMALL, frameon=False)
    for number, volume in enumerate(report.volumes):
        y = 1 - (4.2 + 0.6 + _LINE * number) / height
        drawn.text(0.09, y, volume.title, va="top", fontsize=page.SMALL, fontweight="bold", color=page.INK)
        drawn.text(0.22, y, f"{volume.per_month:,} a month: {_pays(volume)}", va="top", fontsize=page.SMALL)
    return drawn


def _most(report: CostReport, even: tuple[int | None, int | None]) -> float:
    """How far the picture goes: past the break-even, else what the largest volume makes in a year."""
    low, high = even
    if low:
        return 1.6 * min(high, 3 * low) if high else 2.0 * low
    return float(12 * max((volume.per_month for volume in report.volumes), default=1000))


def _band(axes: Axes, count: Counts, each: Money, start: int, colour: str, label: str) -> None:
    low, high = ((start + count * end) / USD for end in (each.low, each.high))
    axes.plot(count, (low + high) / 2, color=colour, linewidth=2, label=label)
    axes.fill_between(count, low, high, color=colour, alpha=0.22, linewidth=0)


def _pays(volume: Volume) -> str:
    if not volume.feasible:
        return "more than one machine can make"
    days = volume.break_even.days if volume.break_even is not None else (None, None)
    if days[0] is None:
        return "the hardware never pays for itself"
    if days == (0, 0):
        return "cheaper at once"
    ends = [f"{day / 30:.1f}" if day < 300 else f"{day / 30:,.0f}" for day in days if day is not None]
    if days[1] is None:
        return f"pays for itself after {ends[0]} months at best"
    return f"pays for itself after {ends[0] if ends[0] == ends[1] else ' to '.join(ends)} months"
