"""Upgrades as a picture: quality and time over price, those worth their price joined and named."""

from __future__ import annotations

from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from rigfit.errors import InputError
from rigfit.explain.words import task_words
from rigfit.plot import page
from rigfit.plot.axes import spread, time_axis
from rigfit.schema.upgrade import Change, Upgrade
from rigfit.units import USD

_LINE = 0.185


def figure(found: Upgrade) -> Figure:
    """Draw upgrades.

    Raises:
        InputError: when nothing that has a price works.
    """
    shown = [one for one in found.changes if one.price is not None and found.outcomes[one.outcome].quality is not None]
    if not shown:
        raise InputError("--plot: there is nothing to draw: nothing that has a price works")
    best = [one for one in shown if one.pareto]
    height = 6.0 + _LINE * ((len(best) + 1) // 2)
    wanted = found.request.preset or " + ".join(task_words(task.task) for task in found.request.tasks)
    now = " + ".join(gpu.name for gpu in found.machine.gpus) or "no graphics card"
    drawn, (above, below) = page.new(
        2, 9, height, "What one change costs and brings", f"{wanted} · now: {now} · announced prices unless stated",
        sharex=True,
    )  # fmt: skip
    drawn.subplots_adjust(left=0.085, right=0.98, top=1 - 0.85 / height, bottom=1 - 5.2 / height, hspace=0.1)
    here = found.outcomes[0]
    timed = [one for one in shown if found.outcomes[one.outcome].milliseconds is not None]
    numbered = {id(one): number for number, one in enumerate(best, 1)}

    def points(one: Change) -> float:
        return (found.outcomes[one.outcome].quality or 0) / 100

    def spent(one: Change) -> float:
        return float(found.outcomes[one.outcome].milliseconds or 0)

    for axes, dots, height_of in ((above, shown, points), (below, timed, spent)):
        worth = [one for one in best if one in dots]
        _scatter(axes, dots, worth, [numbered[id(one)] for one in worth], height_of)
    times = [spent(one) for one in timed]
    if here.quality is not None:
        above.axhline(here.quality / 100, color=page.GREEN, linestyle="--", linewidth=1.2)
        above.annotate("now", (1, here.quality / 100), xycoords=("axes fraction", "data"), xytext=(-4, 4),
                       textcoords="offset points", ha="right", fontsize=page.SMALL, color=page.GREEN)  # fmt: skip
    if here.milliseconds is not None:
        below.axhline(here.milliseconds, color=page.GREEN, linestyle="--", linewidth=1.2)
        times.append(float(here.milliseconds))
    if times:
        time_axis(below, times)
    above.margins(y=0.18)
    above.set_ylabel("quality (points)", fontsize=page.NORMAL)
    below.set_ylabel("time of all tasks", fontsize=page.NORMAL)
    below.set_xlabel("price (US dollars)", fontsize=page.NORMAL)
    below.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:,.0f}"))
    below.set_xlim(left=0)
    rows = (len(best) + 1) // 2
    for number, one in enumerate(best, 1):
        column, row = divmod(number - 1, rows)
        y = 1 - (5.2 + 0.6 + _LINE * row) / height
        price = f"${one.price.amount / USD:,.0f}" if one.price is not None else ""
        x = 0.085 + 0.46 * column
        drawn.text(x - 0.012, y, str(number), ha="right", va="top", fontsize=page.SMALL, color=page.BLUE)
        drawn.text(x, y, page.shortened(f"{one.title}, {price}{_brings(one)}", 66), va="top", fontsize=page.SMALL,
                   color=page.INK)  # fmt: skip
    return drawn


def _brings(change: Change) -> str:
    return f": {change.quality_gain / 100:+.1f} points" if change.quality_gain is not None else ""


def _scatter(
    axes: Axes, shown: list[Change], best: list[Change], numbers: list[int], height: Callable[[Change], float]
) -> None:
    """Dots in grey, those worth their price in blue with their number."""
    rest = [one for one in shown if one not in best]
    axes.scatter([_price(one) for one in rest], [height(one) for one in rest], s=16, color="#C4C4C4", zorder=2)
    axes.scatter([_price(one) for one in best], [height(one) for one in best], s=34, color=page.BLUE, zorder=3)
    near = max((_price(one) for one in shown), default=1.0) / 40
    placed = spread([_price(one) for one in best], near)
    for number, one, at in zip(numbers, best, placed, strict=True):
        shift = (at - _price(one)) / near * 9
        axes.annotate(
            str(number), (_price(one), height(one)), xytext=(shift, 10), textcoords="offset points", ha="center",
            va="center", fontsize=page.SMALL, color=page.BLUE, zorder=4,
        )  # fmt: skip


def _price(change: Change) -> float:
    """Dollars."""
    return change.price.amount / USD if change.price is not None else 0.0
