"""Expected verdicts against those that came, as text."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import page
from rigfit.schema.expected import CheckReport, Mismatch


def print_check(found: CheckReport) -> None:
    """Print what differs, or that nothing does."""
    with page() as out:
        unsaid = f"; of {found.unsaid:,} others nothing is expected" if found.unsaid else ""
        if not found.mismatches:
            out.print(Text(f"{found.checked:,} verdicts as expected{unsaid}"))
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("request", "machine", "expected"):
            table.add_column(name)
        table.add_column("but")
        for one in found.mismatches:
            table.add_row(one.request, one.machine, _wanted(one), _came(one))
        out.print(table)
        out.print()
        out.print(Text(f"{len(found.mismatches):,} of {found.checked:,} verdicts differ{unsaid}", style="bold"))


def _wanted(one: Mismatch) -> str:
    words = " or ".join(one.expected.verdict)
    return f"{words} with {' + '.join(one.expected.models)}" if one.expected.models else words


def _came(one: Mismatch) -> Text:
    text = Text(one.verdict, style="red")
    if one.models is not None:
        text.append(f" with {one.models}", style="dim")
    if one.reason is not None:
        text.append(f": {one.reason}", style="dim")
    return text
