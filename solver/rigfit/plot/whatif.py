"""A what-if as a picture: quality and time over one resource with its steps, or a map over two."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rigfit.errors import InputError
from rigfit.explain.words import task_words
from rigfit.knowledge import Knowledge
from rigfit.plot import page
from rigfit.plot.axes import NAMES, gigabytes, spread, time_axis
from rigfit.schema.whatif import Step, WhatIf
from rigfit.whatif.words import bundle_line, kinds

_LABELLED = 12
_LINE = 0.185
"""Inches from one line of a key to the next."""


def figure(found: WhatIf, knowledge: Knowledge) -> Figure:
    """Draw a what-if.

    Raises:
        InputError: when nothing varies, or nothing works anywhere.
    """
    reached = {step.outcome for step in found.steps} | {cell.outcome for cell in found.cells}
    if not any(found.outcomes[number].tasks for number in reached):
        raise InputError("--plot: there is nothing to draw without --vary and an amount that is enough")
    return _steps(found, knowledge) if found.steps else _map(found)


def _steps(found: WhatIf, knowledge: Knowledge) -> Figure:
    varied = found.varied[0]
    resource = varied.resource
    labelled = _labelled(found)
    height = 5.4 + 0.15 + _LINE * (len(labelled) + 1)
    drawn, (above, below) = page.new(
        2, 9, height, f"Quality and time over {NAMES[resource]}", _about(found), sharex=True,
        gridspec_kw={"height_ratios": [3, 2]},
    )  # fmt: skip
    top, bottom = 1 - 1.0 / height, 1 - 4.85 / height
    drawn.subplots_adjust(left=0.085, right=0.98, top=top, bottom=bottom, hspace=0.12)
    edges = [gigabytes(resource, step.low) for step in found.steps]
    edges.append(gigabytes(resource, found.steps[-1].high))
    outcomes = [found.outcomes[step.outcome] for step in found.steps]
    points = [np.nan if one.quality is None else one.quality / 100 for one in outcomes]
    times = [np.nan if one.milliseconds is None else one.milliseconds for one in outcomes]
    above.stairs(points, edges, baseline=None, color=page.BLUE, linewidth=2)
    if not np.isnan(times).all():
        below.stairs(times, edges, baseline=None, color=page.VERMILION, linewidth=2)
        time_axis(below, [time for time in times if not np.isnan(time)])
    above.set_ylabel("quality (points)", fontsize=page.NORMAL)
    below.set_ylabel("time of all tasks", fontsize=page.NORMAL)
    below.set_xlabel(f"{NAMES[resource]} (GB)", fontsize=page.NORMAL)
    least, most = np.nanmin(points), np.nanmax(points)
    margin = max(1.0, (most - least) * 0.1)
    above.set_ylim(least - margin, most + margin)
    above.set_xlim(edges[0], edges[-1])
    for axes in (above, below):
        for step, edge in zip(found.steps[1:], edges[1:], strict=False):
            axes.axvline(edge, color=page.GREY, linewidth=0.8 if step.models_change else 0.4,
                         linestyle="-" if step.models_change else ":", zorder=0)  # fmt: skip
        if varied.low <= varied.has <= varied.high:
            axes.axvline(gigabytes(resource, varied.has), color=page.GREEN, linewidth=1.4, linestyle="--")
    if varied.low <= varied.has <= varied.high:
        below.annotate(
            "this machine", (gigabytes(resource, varied.has), 0.95), xycoords=("data", "axes fraction"),
            xytext=(4, 0), textcoords="offset points", fontsize=page.SMALL, color=page.GREEN, va="top",
        )  # fmt: skip
    _numbers(above, found, labelled)
    _key(drawn, found, labelled, knowledge, 4.85 + 0.55, height)
    return drawn


def _labelled(found: WhatIf) -> list[Step]:
    """Steps that get a number: those with other models, else the largest, at most a dozen."""
    steps = [step for step in found.steps if found.outcomes[step.outcome].tasks]

    def gain(step: Step) -> int:
        place = found.steps.index(step)
        before = found.outcomes[found.steps[place - 1].outcome].quality if place else None
        return abs((found.outcomes[step.outcome].quality or 0) - (before or 0))

    chosen = sorted(steps, key=lambda step: (not step.models_change, -gain(step), step.low))[:_LABELLED]
    return sorted(chosen, key=lambda step: step.low)


def _numbers(axes: Axes, found: WhatIf, labelled: list[Step]) -> None:
    """Numbers above the chart, led to where each labelled step begins."""
    resource = found.varied[0].resource
    low, high = axes.get_xlim()
    begins = [gigabytes(resource, step.low) for step in labelled]
    across = axes.get_xaxis_transform()
    for number, (x, at) in enumerate(zip(begins, spread(begins, (high - low) / 46), strict=True), 1):
        axes.plot([x, at], [1.0, 1.035], transform=across, color=page.GREY, linewidth=0.8, clip_on=False)
        axes.text(
            at, 1.065, str(number), transform=across, ha="center", va="center", fontsize=page.SMALL - 1.5,
            color="white", bbox={"boxstyle": "circle,pad=0.25", "facecolor": page.BLUE, "edgecolor": "none"},
        )  # fmt: skip


def _key(
    drawn: Figure, found: WhatIf, labelled: list[Step], knowledge: Knowledge, from_top: float, height: float
) -> None:
    resource = found.varied[0].resource
    for number, step in enumerate(labelled, 1):
        y = 1 - (from_top + _LINE * (number - 1)) / height
        outcome = found.outcomes[step.outcome]
        cells = (
            (0.03, str(number), "right", page.BLUE),
            (0.1, f"{gigabytes(resource, step.low):.2f} GB", "right", page.INK),
            (0.185, f"{(outcome.quality or 0) / 100:.1f} points", "right", page.INK),
            (0.2, page.shortened(bundle_line(outcome, knowledge), 112), "left", page.INK),
        )
        for x, text, side, colour in cells:
            drawn.text(x, y, text, ha=side, va="top", fontsize=page.SMALL - 0.5, color=colour)
    rest = len(found.steps) - len(labelled)
    if rest > 0:
        y = 1 - (from_top + _LINE * len(labelled)) / height
        text = f"{rest} more; dotted where only variants or placement change"
        if not found.outcomes[found.steps[0].outcome].tasks:
            text += "; below the first number nothing works"
        drawn.text(0.2, y, text, va="top", fontsize=page.SMALL - 0.5, color="#555555")


def _map(found: WhatIf) -> Figure:
    down, across = (varied.resource for varied in found.varied)
    rows = sorted({cell.amounts[down] for cell in found.cells})
    columns = sorted({cell.amounts[across] for cell in found.cells})
    grid = np.full((len(rows), len(columns)), np.nan)
    letters = kinds(found.cells, found.outcomes)
    legend = [
        line
        for kind, (letter, outcome) in letters.items()
        if kind
        for line in wrap(f"{letter}  {' + '.join(task.title for task in outcome.tasks)}", 118, subsequent_indent="    ")
    ]
    tall = 0.36 * len(rows) + 0.3
    height = 0.85 + tall + 0.65 + _LINE * (len(legend) + 1)
    drawn, (axes,) = page.new(
        1, 9, height, f"The best bundle over {NAMES[down]} and {NAMES[across]}", _about(found)
    )  # fmt: skip
    drawn.subplots_adjust(left=0.09, right=0.9, top=1 - 0.85 / height, bottom=1 - (0.85 + tall) / height)
    for cell in found.cells:
        outcome = found.outcomes[cell.outcome]
        if outcome.quality is not None:
            grid[rows.index(cell.amounts[down]), columns.index(cell.amounts[across])] = outcome.quality / 100
    image = axes.imshow(grid, origin="lower", aspect="auto", cmap=page.SCALE)
    axes.set_facecolor("#F2F2F2")
    axes.grid(visible=False)
    middle = (np.nanmin(grid) + np.nanmax(grid)) / 2
    for cell in found.cells:
        row, column = rows.index(cell.amounts[down]), columns.index(cell.amounts[across])
        outcome = found.outcomes[cell.outcome]
        kind = tuple(task.model for task in outcome.tasks)
        text = f"{letters[kind][0]} {grid[row, column]:.0f}" if outcome.tasks else "–"
        dark = outcome.tasks and grid[row, column] <= middle
        axes.text(column, row, text, ha="center", va="center", fontsize=page.SMALL - 0.5,
                  color="white" if dark else page.INK)  # fmt: skip
    axes.set_xticks(range(len(columns)), [f"{gigabytes(across, amount):.4g}" for amount in columns])
    axes.set_yticks(range(len(rows)), [f"{gigabytes(down, amount):.4g}" for amount in rows])
    axes.set_xlabel(f"{NAMES[across]} (GB)", fontsize=page.NORMAL)
    axes.set_ylabel(f"{NAMES[down]} (GB)", fontsize=page.NORMAL)
    bar = drawn.add_axes((0.915, 1 - (0.85 + tall) / height, 0.015, tall / height))
    drawn.colorbar(image, cax=bar)
    bar.tick_params(labelsize=page.SMALL)
    bar.set_ylabel("quality (points)", fontsize=page.SMALL)
    start = 0.85 + tall + 0.6
    for number, line in enumerate([*legend, "–  no bundle" if np.isnan(grid).any() else ""]):
        y = 1 - (start + _LINE * number) / height
        drawn.text(0.09, y, line, va="top", fontsize=page.SMALL - 0.5, color=page.INK)
    return drawn


def _about(found: WhatIf) -> str:
    """What was asked for, on what."""
    machine = found.machine
    cards = " + ".join(gpu.name for gpu in machine.gpus) or "no graphics card"
    wanted = found.request.preset or " + ".join(task_words(task.task) for task in found.request.tasks)
    free = [f"{gigabytes('ram', machine.ram):.4g} GB RAM", f"{gigabytes('disk', machine.disk_free):.4g} GB free"]
    varies = {varied.resource for varied in found.varied}
    kept = [text for name, text in zip(("ram", "disk"), free, strict=True) if name not in varies]
    return page.shortened(" · ".join([wanted, cards, *kept]), 130)
