"""A report as text: coverage, tiers, what stops requests, what would help."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rigfit.batch.html import percent
from rigfit.cli.render.console import page
from rigfit.schema.batch import Verdict
from rigfit.schema.report import Report

# So many requests stand side by side in 100 columns.
_ACROSS = 4
_STOPS_SHOWN = 3
_GAINS_SHOWN = 3
_PLACES: tuple[Verdict, ...] = ("resident", "offloaded", "streamed", "cpu", "cloud")


def print_report(report: Report) -> None:
    """Print a report to stdout."""
    with page() as out:
        _print_coverage(out, report)
        for start in range(0, len(report.requests), _ACROSS):
            _print_tiers(out, report, report.requests[start : start + _ACROSS])
        _print_stops(out, report)
        _print_gains(out, report)
        if report.assumptions:
            out.print(Text("What every share rests on", style="bold"))
            for one in report.assumptions:
                out.print(Padding(Text(one, style="dim"), (0, 0, 0, 2)))
            out.print()
        for note in report.notes:
            out.print(Text(f"{note[:1].upper()}{note[1:]}.", style="yellow"))


def _print_coverage(out: Console, report: Report) -> None:
    unread = f"; {report.invalid:,} more could not be read" if report.invalid else ""
    out.print(Text(f"{report.title}: {report.machines:,} machines{unread}", style="bold"))
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("runs on", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    bounded = any(one.bounds for one in report.coverage)
    if bounded:
        table.add_column("at least", justify="right", no_wrap=True)
        table.add_column("at most", justify="right", no_wrap=True)
    places = [name for name in _PLACES if any(name in one.verdicts for one in report.coverage)]
    for verdict in places:
        table.add_column(verdict, justify="right", no_wrap=True)
    for one in report.coverage:
        verdicts = [percent(one.verdicts[name]) if name in one.verdicts else "" for name in places]
        ends = [percent(end) for end in one.bounds or ()] if bounded else []
        table.add_row(one.request, percent(one.runs.share), *ends, *verdicts)
    out.print(table)
    if bounded:
        words = "share: if card and system memory were independent; at least and at most: whatever goes with what"
        out.print(Text(words, style="dim"))
    out.print()


def _print_tiers(out: Console, report: Report, requests: tuple[str, ...]) -> None:
    cells = {(cell.request, cell.tier): cell for cell in report.cells}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("tier", no_wrap=True)
    for request in requests:
        table.add_column(request, justify="right")
    for tier in report.tiers:
        row = []
        for request in requests:
            cell = cells.get((request, tier))
            if cell is None:
                row.append(Text("·", style="dim"))
                continue
            share = cell.runs.share
            style = "green" if share == 100_00 else "red" if share == 0 else "yellow"
            row.append(Text(percent(share) if share else "none", style=style))
        table.add_row(tier, *row)
    out.print(table)
    out.print()


def _print_stops(out: Console, report: Report) -> None:
    if not report.stops:
        return
    out.print(Text("What stops them, on how many machines", style="bold"))
    for request in report.requests:
        stops = [one for one in report.stops if one.request == request]
        for number, one in enumerate(stops[:_STOPS_SHOWN]):
            name = request if number == 0 else ""
            out.print(Text(f"{name:24} {percent(one.cost.share):>11}  {one.cost.machines:>9,}  {one.stopped_by}"))
            out.print(Padding(Text(one.example, style="dim"), (0, 0, 0, 4)))
        if len(stops) > _STOPS_SHOWN:
            out.print(Padding(Text(f"{len(stops) - _STOPS_SHOWN} more (--json)", style="dim"), (0, 0, 0, 4)))
    out.print()


def _print_gains(out: Console, report: Report) -> None:
    if report.gains is None:
        return
    out.print(Text("What one relaxation would gain", style="bold"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for request in report.requests:
        mine = [one for one in report.gains if one.request == request]
        for number, one in enumerate(mine[:_GAINS_SHOWN]):
            name = request if number == 0 else ""
            table.add_row(name, f"+{percent(one.gain.share)}", f"+{one.gain.machines:,}", one.text)
        if not mine:
            table.add_row(request, Text("nothing", style="dim"), "", "")
    out.print(table)
    out.print()
