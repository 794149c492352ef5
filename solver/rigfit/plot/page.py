"""One style for every picture, and files whose bytes follow from the result alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rigfit.version import VERSION

# Okabe and Ito's palette: told apart with any colour vision, and in grey by lightness.
BLUE, ORANGE, GREEN, VERMILION, GREY, INK = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#9A9A9A", "#222222"
# Perceptually uniform and readable with any colour vision.
SCALE = "cividis"
SMALL, NORMAL, LARGE = 8, 9.5, 12.5

_DPI = 160
_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is the same everywhere
    "svg.hashsalt": "rigfit",
    "svg.fonttype": "path",
    "savefig.dpi": _DPI,
}


def new(rows: int, width: float, height: float, title: str, subtitle: str, **more: Any) -> tuple[Figure, list[Axes]]:
    """A figure of one column of axes, in inches, with a title and a line of what it is about."""
    figure = Figure(figsize=(width, height), facecolor="white")
    grid = figure.subplots(rows, 1, squeeze=False, **more)
    figure.text(0.02, 1 - 0.14 / height, title, fontsize=LARGE, fontweight="bold", color=INK, va="top")
    figure.text(0.02, 1 - 0.42 / height, subtitle, fontsize=SMALL, color="#555555", va="top")
    axes = [row[0] for row in grid]
    for one in axes:
        plain(one)
    return figure, axes


def plain(axes: Axes) -> None:
    """Axes without a frame, with a light grid."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(labelsize=SMALL, color=GREY, labelcolor=INK)
    axes.grid(color="#E6E6E6", linewidth=0.6)
    axes.set_axisbelow(True)


def save(figure: Figure, file: Path) -> None:
    """Write a picture; the same figure gives the same bytes (no date, no random ids).

    Raises:
        OSError: when the file cannot be written.
    """
    kind = file.suffix.lower().removeprefix(".")
    made_by = f"rigfit {VERSION}"
    metadata = {"Date": None, "Creator": made_by} if kind == "svg" else {"Software": made_by}
    with matplotlib.rc_context(cast(Any, _STYLE)):
        figure.savefig(file, format=kind, metadata=metadata)


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip(" +,·") + "…"
