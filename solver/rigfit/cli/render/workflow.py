"""The report about a workflow as text: verdict, models, what to fetch and to replace, licences, packages."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.answer import machine_line
from rigfit.cli.render.console import bar, page
from rigfit.schema.case import Seconds
from rigfit.schema.workflow import FileReport, PipelineReport, Replacement, WorkflowReport
from rigfit.units import format_file, format_memory, format_milliseconds

_STYLES = {
    "resident": "bold green", "offloaded": "bold yellow", "streamed": "bold yellow", "impossible": "bold red",
    "unknown": "bold yellow", "elsewhere": "bold blue",
}  # fmt: skip
_WORDS = {
    "resident": "RUNS, everything on the card",
    "offloaded": "RUNS, parts take turns on the card",
    "streamed": "RUNS, weights stream through the card",
    "impossible": "DOES NOT RUN",
    "unknown": "UNKNOWN",
    "elsewhere": "RUNS AT SERVICES",
}
_MARKS = {"name": "by name", "size": "by size only", "unknown": "unknown"}


def print_workflow(report: WorkflowReport) -> None:
    """Print one report to stdout."""
    with page() as out:
        _print(out, report)


def print_line(report: WorkflowReport) -> None:
    """Print the gist of one of several reports."""
    with page() as out:
        line = Text(f"{_word(report):42}", style=_STYLES[report.verdict])
        line.append(f"{format_file(report.download):>9} to download  {report.workflow}", style="default")
        out.print(line)


def _word(report: WorkflowReport) -> str:
    if report.runs and not report.pipelines and not report.services:
        return "RUNS"
    if report.runs or report.verdict in ("impossible", "unknown"):
        return _WORDS[report.verdict]
    return "DOES NOT RUN" if not report.refusals else "NOT ALLOWED"


def _print(out: Console, report: WorkflowReport) -> None:
    out.print(machine_line(report.machine))
    out.print()
    head = Text(_word(report), style=_STYLES[report.verdict] if report.runs else "bold red")
    head.append(f"  {report.workflow}", style="default bold")
    inside = f", {report.subgraphs} subgraph{'s' if report.subgraphs != 1 else ''}" if report.subgraphs else ""
    nodes = f"{report.nodes} node{'s' if report.nodes != 1 else ''}"
    head.append(f" · {nodes}{inside} · {report.format.upper()} format", style="dim not bold")
    out.print(head)
    for reason in report.refusals:
        out.print(Text("not allowed  ", style="red").append(f"{reason.text} (rule {reason.rule})", style="default"))
    for pipeline in report.pipelines:
        out.print()
        _print_pipeline(out, pipeline)
    if not report.pipelines and not report.services:
        out.print(Text("It runs no model of its own.", style="dim"))
    if report.services:
        names = ", ".join(report.services.services)
        out.print(Text("services ", style="yellow").append(f"{names}: paid work on their computers", style="default"))
    if report.files:
        out.print()
        _print_files(out, report)
    _print_rest(out, report)


def _print_pipeline(out: Console, one: PipelineReport) -> None:
    head = Text(one.title, style="bold")
    main = " · ".join(f"{role.replace('_', ' ')} {variant}" for role, variant in one.variants.items())
    if main:
        head.append(f" · {main}", style="default not bold")
    out.print(head)
    if one.task is not None:
        out.print(Text(f"   {one.task.replace('_', ' ')} · {_size(one)}", style="dim"))
    line = Text("   ")
    if one.peak_vram is not None and one.usable_vram and one.placement != "cpu":
        line.append(bar(one.peak_vram.high, one.usable_vram) + " ")
    line.append(f"{one.verdict}", style=_STYLES[one.verdict]).append(f": {one.reason}")
    if one.seconds is not None and one.verdict != "impossible":
        line.append(f" · {_time(one.seconds)}")
    out.print(line)
    for text in one.warnings:
        out.print(Text("   watch  ", style="yellow").append(text, style="default"))
    if one.replacement is not None:
        _print_replacement(out, one.replacement)
    elif one.no_replacement is not None:
        out.print(Text("   replace ", style="dim").append(f"nothing: {one.no_replacement}", style="dim"))


def _print_replacement(out: Console, one: Replacement) -> None:
    for file in one.files:
        line = Text("   replace ", style="green")
        line.append(f"{file.file} by {file.by_file} ({format_file(file.by_bytes)})", style="default")
        if file.by_loader != file.loader:
            package = f", needs {file.needs_node}" if file.needs_node else ""
            line.append(f", loaded by {file.by_loader}{package}", style="default")
        out.print(line)
        if file.blocked is not None:
            out.print(Text(f"           by hand: {file.blocked}", style="dim"))
    cost = ""
    if one.quality_cost is not None:
        lost = one.quality_cost / 100
        cost = f", costs {lost:.1f} points of quality" if lost > 0 else ", at no loss of quality"
    spent = f" · {_time(one.seconds)}" if one.seconds is not None else ""
    text = f"   then it is {one.verdict}: {format_memory(one.peak_vram)} at the peak{cost}{spent}"
    out.print(Text(text, style="default"))


def _print_files(out: Console, report: WorkflowReport) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for file in report.files:
        table.add_row(_amount(file), Text(file.name, style="default" if file.needed else "dim"), _about(file))
    out.print(table)
    line = f"{format_file(report.download)} to download"
    if report.total != report.download:
        line += f" of {format_file(report.total)}"
    if report.unsized:
        line += f", and {len(report.unsized)} file{'s' if len(report.unsized) > 1 else ''} of unknown size"
    out.print(Text(line, style="bold"))


def _amount(file: FileReport) -> str:
    return "?" if file.bytes is None else format_file(file.bytes)


def _about(file: FileReport) -> Text:
    words = [file.folder or "folder not known"]
    if file.present:
        words.append("on the disk")
    if not file.needed:
        words.append(f"not needed: {', '.join(sorted({n.idle for n in file.nodes if n.idle}))}")
    if file.by in _MARKS:
        words.append(_MARKS[file.by])
    return Text(" · ".join(words), style="dim")


def _row(out: Console, head: str, text: str) -> None:
    out.print(Text(head, style="dim").append(text, style="default"))


def _print_rest(out: Console, report: WorkflowReport) -> None:
    if report.licences:
        out.print(
            Text("licences ", style="dim").append(", ".join(one.title for one in report.licences), style="default")
        )
    if report.packages:
        names = ", ".join(
            one.package if one.known else f"{one.package} (not in the catalog)" for one in report.packages
        )
        out.print(Text("packages ", style="dim").append(names, style="default"))
    for text in report.conflicts:
        out.print(Text("conflict ", style="red").append(text, style="default"))
    if report.unknown_types:
        out.print(
            Text("nodes of unknown packages ", style="dim").append(", ".join(report.unknown_types), style="default")
        )
    own = {text for pipeline in report.pipelines for text in pipeline.warnings}
    for text in report.warnings:
        if text not in own:
            out.print(Text("watch    ", style="yellow").append(text, style="default"))
    shown = dict.fromkeys(f"{one.field.replace('_', ' ')}: {one.value}" for one in report.assumptions)
    if shown:
        out.print(Text("assumed  " + " · ".join(shown), style="dim"))


def _size(one: PipelineReport) -> str:
    words = []
    if one.size.get("width") and one.size.get("height"):
        words.append(f"{one.size['width']} x {one.size['height']}")
    if one.size.get("frames"):
        words.append(f"{one.size['frames']} frames")
    elif one.size.get("seconds") and not words:
        words.append(f"{one.size['seconds']:g} s")
    if (one.size.get("batch") or 1) != 1:
        words.append(f"batch {one.size['batch']}")
    return ", ".join(words) or "one result"


def _time(seconds: Seconds) -> str:
    low, high = (format_milliseconds(round(end * 1000)) for end in (seconds.low, seconds.high))
    return low if low == high else f"{low} to {high}"
