"""Local against cloud as text: one result, a month, when it pays, and every input with its source."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.answer import machine_line
from rigfit.cli.render.console import page
from rigfit.cost.arithmetic import DAY
from rigfit.cost.claims import span_of_months
from rigfit.explain.words import task_words
from rigfit.knowledge import Knowledge
from rigfit.schema.cost import BreakEven, CloudOffer, CostInput, CostReport, Money, TaskCost, Volume
from rigfit.units import USD, format_milliseconds, format_usd

_OFFERS_SHOWN = 4
_CHART_WIDTH, _CHART_HEIGHT = 84, 8
_TOO_MANY, _PERHAPS_TOO_MANY = "(!)", "(?)"
_CHEAPER = {"local": "green", "cloud": "yellow", "depends": "", "unknown": "dim"}


def print_cost(report: CostReport, knowledge: Knowledge) -> None:
    """Print a comparison to stdout."""
    days_in_month = knowledge.costs.days_in_month.value
    with page() as out:
        out.print(machine_line(report.machine))
        out.print()
        own = next((e.value for e in report.inputs if e.name == "cloud_price" and e.of is None), None)
        for task in report.tasks:
            _print_task(out, task, own)
        _print_hardware(out, report)
        if out.is_terminal:
            print_chart(out, report)
        if report.volumes:
            _print_volumes(out, report, days_in_month)
        if report.claims or report.corrections:
            _print_claims(out, report)
        _print_inputs(out, report)
        for note in report.notes:
            out.print(Text(note[:1].upper() + note[1:] + ".", style="yellow"))


def span(money: Money) -> str:
    """From the least to the most, once where both read alike."""
    low, high = format_usd(money.low), format_usd(money.high)
    return low if low == high else f"{low} to {high}"


def _print_task(out: Console, task: TaskCost, own: int | None) -> None:
    lines = Table.grid(padding=(0, 1))
    lines.add_column(no_wrap=True)
    lines.add_column()
    out.print(Text(task_words(task.task), style="bold"))
    lines.add_row("  here", _here(task))
    if own is not None:
        text = Text(f"{format_usd(own)} {_article(task.unit)}: your own price").append("  ← compared", style="cyan")
        lines.add_row("  cloud", text)
    for number, offer in enumerate(task.offers[:_OFFERS_SHOWN]):
        chosen = offer == task.against
        text = Text(f"{span(offer.price)} {_article(task.unit)}: {_what(offer)}", style="" if chosen else "dim")
        if chosen:
            how = {"same_model": ", the same model", "as_good": ", a model as good"}.get(task.match or "", "")
            text.append(f"  ← compared{how}", style="cyan")
        lines.add_row("  cloud" if number == 0 and own is None else "", text)
    if len(task.offers) > _OFFERS_SHOWN:
        lines.add_row("", Text(f"{len(task.offers) - _OFFERS_SHOWN} more (--json lists them all)", style="dim"))
    out.print(lines)


def _here(task: TaskCost) -> str:
    if task.title is None:
        return "nothing fits"
    parts = [task.title]
    if task.milliseconds is not None:
        low, high = format_milliseconds(task.milliseconds.low), format_milliseconds(task.milliseconds.high)
        parts.append(f"{low} to {high} {_article(task.unit)}")
    else:
        parts.append("time unknown")
    parts.append(f"{task.watts} W" if task.watts is not None else "power unknown")
    if task.electricity is not None:
        parts.append(f"{span(task.electricity)} of electricity {_article(task.unit)}")
    return " · ".join(parts)


def _article(unit: str) -> str:
    return f"an {unit}" if unit[:1] in "aeiou" else f"a {unit}"


def _what(offer: CloudOffer) -> str:
    return f"{offer.of}, {offer.title}" if offer.of else offer.title


def _print_hardware(out: Console, report: CostReport) -> None:
    if report.hardware == 0:
        out.print(Text("The hardware is there: only electricity counts.", style="bold"))
    elif report.hardware is not None and report.break_even is not None:
        low, high = report.break_even.results
        what = _units(report)
        if low is None:
            text = f"Hardware of {format_usd(report.hardware)} never pays for itself: a result costs no more elsewhere."
        else:
            count = f"{low:,}" if low == high else f"{low:,} to {high:,}" if high is not None else f"{low:,} or never"
            text = f"Hardware of {format_usd(report.hardware)} has paid for itself after {count} {what}."
        out.print(Text(text, style="bold"))
    out.print()


def print_chart(out: Console, report: CostReport) -> None:
    """What so many results have cost in all, here and elsewhere, past where the two meet; nothing where they do not."""
    low, high = report.break_even.results if report.break_even is not None else (None, None)
    if not low or report.hardware is None or report.each is None or report.cloud_each is None:
        return
    most = 2 * (high if high is not None and high <= 3 * low else low)
    here, elsewhere = (each.low + each.high for each in (report.each, report.cloud_each))  # twice the middle
    width = min(_CHART_WIDTH, out.width - 10)
    counts = [most * column // (width - 1) for column in range(width)]
    paid = [(report.hardware + here * count // 2, elsewhere * count // 2) for count in counts]
    top = max(max(pair) for pair in paid) or 1
    levels = [tuple((amount * (_CHART_HEIGHT - 1) + top // 2) // top for amount in pair) for pair in paid]
    for row in reversed(range(_CHART_HEIGHT)):
        line = Text(f"{format_usd(top * row // (_CHART_HEIGHT - 1)):>9} ", style="dim")
        for local, cloud in levels:
            line.append("╳" if local == cloud == row else "━" if local == row else "╱" if cloud == row else " ",
                        style="cyan" if local == row else "yellow")  # fmt: skip
        out.print(line)
    ends = (f"0 {_units(report)}", "━ here  ╱ cloud", f"{most:,}")
    gap = width - sum(map(len, ends))
    out.print(Text(f"{' ' * 10}{ends[0]}{' ' * (gap // 2)}{ends[1]}{' ' * (gap - gap // 2)}{ends[2]}", style="dim"))
    out.print()


def _units(report: CostReport) -> str:
    compared = [task for task in report.tasks if task.compared]
    return f"{compared[0].unit}s" if len(compared) == 1 else "results of each task"


def _print_volumes(out: Console, report: CostReport, days_in_month: int) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("usage", "a month", "busy a day", "electricity", "here, all in", "cloud", "break-even"):
        table.add_column(name, justify="left" if name in ("usage", "break-even") else "right", no_wrap=True)
    for volume in report.volumes:
        table.add_row(
            Text(volume.title, style="bold"),
            f"{volume.per_month:,}",
            _busy(volume),
            _short(volume.electricity),
            _short(volume.local),
            _short(volume.cloud),
            Text(_even(volume.break_even, days_in_month), style=_CHEAPER[volume.cheaper]),
        )
    out.print(table)
    horizon = next(entry.value for entry in report.inputs if entry.name == "horizon")
    out.print(Text(f"dollars a month; all in: electricity and the hardware spread over {horizon} months", style="dim"))
    marks = {_mark(volume) for volume in report.volumes}
    if _TOO_MANY in marks:
        out.print(Text(f"{_TOO_MANY} A day is too short: one machine cannot make so many.", style="yellow"))
    if _PERHAPS_TOO_MANY in marks:
        out.print(Text(f"{_PERHAPS_TOO_MANY} A day may be too short for one machine.", style="yellow"))
    out.print()


def _mark(volume: Volume) -> str:
    """What stands beside a volume that fills more than a day, or fills it at the careful end of the time."""
    if volume.busy_milliseconds is None:
        return ""
    if not volume.feasible:
        return _TOO_MANY
    return _PERHAPS_TOO_MANY if volume.busy_milliseconds.high > DAY else ""


def _busy(volume: Volume) -> str:
    if volume.busy_milliseconds is None:
        return "?"
    return f"{format_milliseconds(volume.busy_milliseconds.high)} {_mark(volume)}".rstrip()


def _short(money: Money | None) -> str:
    """The most it may be, with "to" only where the ends differ by a tenth."""
    if money is None:
        return "?"
    if money.high * 10 <= money.low * 11:
        return format_usd(money.high)
    return f"{format_usd(money.low)}-{format_usd(money.high).removeprefix('$')}"


def _even(even: BreakEven | None, days_in_month: int) -> str:
    if even is None:
        return "unknown"
    low, high = even.days
    if low is None:
        return "never"
    if low == 0 and high == 0:
        return "at once"
    ends = [low * 1000 // days_in_month, None if high is None else high * 1000 // days_in_month]
    return span_of_months(ends[0], ends[1])


def _print_claims(out: Console, report: CostReport) -> None:
    if report.claims:
        out.print(Text(f"Months to break even by {report.claims[0].source}, reckoned again", style="bold"))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("scenario", "setup", "it says", "no electricity", "its electricity", "card's power", ""):
            table.add_column(name, no_wrap=True)
        for claim in report.claims:
            says = f"{claim.says[0]}" if claim.says[0] == claim.says[1] else f"{claim.says[0]} to {claim.says[1]}"
            table.add_row(
                claim.scenario,
                claim.setup or "not named",
                says,
                _months(*claim.without_running),
                _months(*claim.with_running),
                _months(*claim.with_power) if claim.with_power is not None else "",
                Text("holds", style="green") if claim.holds else Text("off", style="red"),
            )
        out.print(table)
    for text in report.corrections:
        out.print(Text(f"{text[:1].upper()}{text[1:]}."))
    out.print()


def _months(low: int | None, high: int | None) -> str:
    return span_of_months(low, high).replace(" months", "")


def _print_inputs(out: Console, report: CostReport) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim", no_wrap=True)
    for entry in report.inputs:
        name = entry.name.replace("_", " ")
        what = f"{name}: {entry.of}" if entry.of else name
        source = entry.source + (f", {entry.date}" if entry.date else "")
        table.add_row(what, _value(entry), source)
    out.print(Text("What it follows from", style="bold"))
    out.print(table)
    out.print()


def _value(entry: CostInput) -> str:
    if entry.unit == "micro-USD/kWh":
        return f"{_exact(entry.value)}/kWh"
    if entry.unit == "micro-USD":
        per = f" {entry.note}" if entry.name == "cloud_price" and entry.note else ""
        return f"{_exact(entry.value)}{per}"
    return f"{entry.value:,} {entry.unit.replace('/', ' a ').replace('results a', 'a')}"


def _exact(amount: int) -> str:
    """Money to the last digit: whoever reckons again needs all of them."""
    whole, part = divmod(amount, USD)
    return f"${whole:,}" + (f".{part:06d}".rstrip("0") if part else "")
