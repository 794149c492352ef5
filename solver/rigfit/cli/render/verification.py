"""What a check of an answer found, as text."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import page
from rigfit.schema.verification import Verification

_STYLES = {"holds": "green", "fails": "bold red", "skipped": "dim"}


def print_verification(found: Verification) -> None:
    """Print the checks, then what does not hold."""
    with page() as out:
        if found.holds:
            rest = "" if found.decided else ", as far as it could be checked"
            out.print(Text(f"The answer holds{rest}.", style="bold green"))
        else:
            count = len(found.findings) + found.unfound
            things = f"{count} thing{'' if count == 1 else 's'}"
            out.print(Text(f"The answer does not hold: {things} found.", style="bold red"))
        out.print()
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column()
        for check in found.checks:
            table.add_row("", Text(check.verdict, style=_STYLES[check.verdict]), check.name, check.text)
        out.print(table)
        if found.findings:
            out.print()
            table = Table.grid(padding=(0, 1))
            table.add_column(width=2)
            table.add_column(no_wrap=True)
            table.add_column(overflow="fold")
            for finding in found.findings:
                rule = f" (rule {finding.rule})" if finding.rule else ""
                table.add_row("", Text(finding.kind, style="yellow"), finding.text + rule)
            if found.unfound:
                table.add_row("", "", f"{found.unfound} more")
            out.print(table)
        if found.record is not None:
            out.print()
            out.print(Text(f"record {found.record}", style="dim"))
