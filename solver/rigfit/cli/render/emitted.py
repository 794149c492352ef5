"""What was, or would be, written for a bundle, as text."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import page
from rigfit.schema.emitted import Emitted


def print_emitted(emitted: Emitted, folder: Path | None, written: int) -> None:
    """Files, commands, notes."""
    with page() as out:
        if folder is None:
            out.print(Text(f"Would write {len(emitted.files)} files; --out DIR writes them."))
        else:
            out.print(Text(f"Written: {written} files below {folder}"))
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_column(no_wrap=True)
        table.add_column()
        for file in emitted.files:
            table.add_row(Text(f"  {file.path}"), Text(file.about))
        out.print(table)
        if emitted.commands:
            out.print(Text("\nRun there, in this order"))
            for number, command in enumerate(emitted.commands, 1):
                out.print(_hanging(f"{number} ", command))
        if emitted.notes:
            out.print(Text("\nTo know"))
            for note in emitted.notes:
                out.print(_hanging("- ", note))
        out.print(Text(f"\nrecord {emitted.record} · bundle {emitted.bundle}"))


def _hanging(mark: str, text: str) -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {mark}"), Text(text))
    return grid
