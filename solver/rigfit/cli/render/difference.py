"""How two bundles differ, as text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import page
from rigfit.explain.words import task_words
from rigfit.schema.difference import Difference, Side

_MOST = 12
"""Changes of one section that are shown; --json has them all."""


def print_difference(found: Difference) -> None:
    """Print the two sides, what in the inputs differs, then what in the bundles does."""
    with page() as out:
        out.print(_side("-", found.first, "red"))
        out.print(_side("+", found.second, "green"))
        out.print()
        if found.same:
            out.print("The bundles are the same." if found.inputs else "There is no difference.")
        _section(out, "Inputs", (change.text for change in found.inputs))
        for task in found.tasks:
            words = task_words(task.task)
            _section(out, words[:1].upper() + words[1:], (change.text for change in task.changes))
        _section(out, "Bundle", (change.text for change in found.bundle))


def _side(mark: str, side: Side, style: str) -> Text:
    rank = f"bundle {side.rank}" if side.rank is not None else side.status
    line = Text(f"{mark} ", style=style)
    line.append(side.title, style="bold")
    line.append(f" · {rank} of record {side.record}")
    return line


def _section(out: Console, title: str, texts: Iterable[str]) -> None:
    lines = list(texts)
    if not lines:
        return
    out.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(overflow="fold")
    for line in lines[:_MOST]:
        table.add_row("", line)
    if len(lines) > _MOST:
        table.add_row("", Text(f"{len(lines) - _MOST} more (--json lists them all)", style="dim"))
    out.print(table)
    out.print()
