"""An estimate as text: bars by phase against the card, then RAM, disk, time, the verdict and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import WIDTH, page
from rigfit.schema.case import Amounts, CaseError, CaseOut, Seconds
from rigfit.units import format_file, format_memory, format_milliseconds

_BAR = 40
_UNBOUNDED = 1 << 45
_STYLES = {"resident": "bold green", "offloaded": "bold yellow", "streamed": "bold yellow", "impossible": "bold red"}
_PHASES = {"text_encode": "text encode", "run": "run"}


def print_case(answer: CaseOut) -> None:
    """Print one answer to stdout."""
    with page() as out:
        _print(out, answer)


def _print(out: Console, answer: CaseOut) -> None:
    head = Text(answer.title, style="bold")
    main = ", ".join(f"{part.role} {part.variant}" for part in answer.parts)
    head.append(f" · {answer.runtime} · {answer.placement.replace('_', ' ')}", style="default not bold")
    out.print(head)
    out.print(Text(f"{main} · {_size(answer)}", style="dim"))
    where = f"{answer.device} · {format_memory(answer.usable_vram)} usable" if answer.usable_vram else answer.device
    out.print(Text(where if answer.usable_vram < _UNBOUNDED else answer.device, style="dim"))
    out.print()
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    if answer.gpu is not None:
        scale = max(phase.vram.high for phase in answer.phases)
        bounded = answer.usable_vram < _UNBOUNDED
        scale = max(scale, answer.usable_vram) if bounded else scale
        for phase in answer.phases:
            amounts = Amounts(low=phase.vram.low, expected=phase.vram.expected, high=phase.vram.high)
            peak = " ← peak" if phase.name == answer.phase and len(answer.phases) > 1 else ""
            bar = _bar(phase.weights, amounts, answer.usable_vram if bounded else scale, scale)
            beside = format_memory(max(0, amounts.expected - phase.weights))
            split = f"{format_memory(phase.weights)} + {beside} "
            ends = f"({format_memory(amounts.low)} to {format_memory(amounts.high)})"
            table.add_row(_PHASES.get(phase.name, phase.name), bar, split + ends + peak)
    table.add_row("RAM", "", _range(answer.peak_ram))
    table.add_row("disk", "", format_file(answer.disk) + _fetched(answer))
    table.add_row("time", "", _time(answer.seconds))
    if answer.tokens_per_second is not None:
        rate = answer.tokens_per_second
        table.add_row("speed", "", f"{rate.low:.1f} to {rate.high:.1f} tokens/s")
    table.add_row("loading", "", _time(answer.load_seconds))
    out.print(table)
    if answer.gpu is not None:
        out.print(Text("█ weights + ▓ working memory  ▒ at most  ░ free  │ end of the card", style="dim"))
    out.print()
    verdict = Text(answer.verdict.upper(), style=_STYLES[answer.verdict])
    verdict.append(f"  {answer.reason} ({answer.confidence})", style="default not bold")
    out.print(verdict)
    if answer.verdict == "impossible":
        out.print(Text(f"Variants that fit: rigfit solve --task {answer.task} --model {answer.model}", style="dim"))
    for text in answer.warnings:
        out.print(Text("watch  ", style="yellow").append(text, style="default"))
    out.print(Text(f"basis  {answer.basis}", style="dim"))
    shown = [f"{assumption.field.replace('_', ' ')}: {assumption.value}" for assumption in answer.assumptions]
    if shown:
        out.print(Text("assumed  " + " · ".join(shown), style="dim"))


def _bar(weights: int, amounts: Amounts, capacity: int, scale: int) -> str:
    """Weights, then what works beside them as expected, then what it may be at most; then what is free.

    A mark shows where the card ends.
    """
    edges = [min(_BAR, round(amount * _BAR / scale)) for amount in (weights, amounts.expected, amounts.high)]
    end = min(_BAR, round(capacity * _BAR / scale))
    cells = [
        "█" if cell < edges[0] else "▓" if cell < edges[1] else "▒" if cell < edges[2] else "░" if cell < end else " "
        for cell in range(_BAR)
    ]
    return "".join(cells[:end]) + "│" + "".join(cells[end:])


def _range(amounts: Amounts) -> str:
    low, high = format_memory(amounts.low), format_memory(amounts.high)
    return f"{format_memory(amounts.expected)} ({low} to {high})" if low != high else low


def _time(seconds: Seconds | None) -> str:
    if seconds is None:
        return "unknown"
    low, high = (format_milliseconds(round(end * 1000)) for end in (seconds.low, seconds.high))
    return low if low == high else f"{low} to {high}"


def _fetched(answer: CaseOut) -> str:
    missing = sum(file.download for file in answer.files)
    return "" if missing == answer.disk else f", {format_file(missing)} of it to download"


def _size(answer: CaseOut) -> str:
    size = answer.size
    words = []
    if "width" in size:
        words.append(f"{size['width']} x {size['height']}")
    if "frames" in size:
        words.append(f"{size['frames']} frames")
    elif "seconds" in size and "width" not in size:
        words.append(f"{size['seconds']:g} s")
    if "context" in size:
        words.append(f"{size['context']:,} tokens")
    if size.get("batch", 1) != 1:
        words.append(f"batch {size['batch']}")
    return ", ".join(words) or "one result"


def _lacking(answer: CaseOut) -> str:
    """Why it cannot be, without the placement that came nearest: the peak alone would not say what is missing."""
    head, needs, amount = answer.reason.partition(" needs ")
    return f"needs {amount}" if needs and head.startswith("even ") else answer.reason


def print_cases(answers: Iterable[CaseOut | CaseError]) -> None:
    """One line of text for each case, as the answers come."""
    from rigfit.cli.render.console import console

    out = console()
    for answer in answers:
        name = "" if answer.id is None else str(answer.id)
        if isinstance(answer, CaseError):
            line = f"{name:<12.12} error       {answer.error}"
        elif answer.verdict == "impossible":
            line = f"{name:<12.12} impossible  {_lacking(answer)} · {answer.title}"
        else:
            peak = f"{format_memory(answer.peak_vram.low)} to {format_memory(answer.peak_vram.high)}"
            line = (
                f"{name:<12.12} {answer.verdict:<11} {peak:<20} {answer.title} · {answer.runtime} · {answer.placement}"
            )
        clean = "".join(char if char.isprintable() else " " for char in line)
        out.print(Text(clean[:WIDTH]), no_wrap=True, overflow="ellipsis")
