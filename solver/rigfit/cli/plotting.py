"""`--plot FILE`: looked at before anything is solved, drawn at the end."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rigfit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

F = TypeVar("F", bound=Callable[..., Any])

_FORMATS = (".svg", ".png")


def plot_options(function: F) -> F:
    """`--plot` and `--force`."""
    function = click.option("--force", is_flag=True, help="Let --plot take the place of a file.")(function)
    return click.option(
        "--plot", "plot_file", metavar="FILE", type=click.Path(path_type=Path), help="Draw it too: a .svg or .png file."
    )(function)


def check_plot(file: Path | None, *, force: bool) -> None:
    """Refuse before the work is done.

    Raises:
        InputError: for another format, a file that is there, a folder that is not, or where the extra is missing.
    """
    if file is None:
        if force:
            raise InputError("--force belongs to --plot FILE")
        return
    if file.suffix.lower() not in _FORMATS:
        raise InputError(f"--plot {file}: give the file a name that ends in {' or '.join(_FORMATS)}")
    if find_spec("matplotlib") is None:
        raise InputError('--plot needs matplotlib: pip install "rigfit[plot]"')
    if file.is_dir() or (file.exists() and not force):
        raise InputError(f"--plot {file}: it exists" + ("" if file.is_dir() else "; --force takes its place"))
    if not file.parent.is_dir():
        raise InputError(f"--plot {file}: there is no folder {file.parent}")


def write_plot(file: Path | None, draw: Callable[[], Figure]) -> None:
    """Draw and save, where a file was asked for.

    Raises:
        InputError: when there is nothing to draw, or the file cannot be written.
    """
    if file is None:
        return
    from rigfit.plot.page import save

    try:
        save(draw(), file)
    except OSError as problem:
        raise InputError(f"--plot {file}: {problem.strerror or problem}") from None
    click.echo(f"drawn: {file}", err=True)
