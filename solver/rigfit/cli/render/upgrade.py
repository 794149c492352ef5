"""Upgrades as text: the cheapest that helps, those worth their price, and what nobody prices."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.answer import machine_line
from rigfit.cli.render.console import page
from rigfit.knowledge import Knowledge
from rigfit.schema.upgrade import Change, Upgrade
from rigfit.schema.whatif import Outcome
from rigfit.units import format_milliseconds, format_usd
from rigfit.whatif.words import bundle_line

_NAMED = 4
_TIMES = re.compile(r"[0-9.]+ (s|min|h|days) → [0-9.]+ (s|min|h|days)")
_HELPS = ("better", "newly possible")


def print_upgrade(found: Upgrade, knowledge: Knowledge, *, everything: bool = False) -> None:
    """Print upgrades to stdout.

    Args:
        found: all of it.
        knowledge: names of variants.
        everything: changes that are not worth their price too.
    """
    with page() as out:
        out.print(machine_line(found.machine))
        out.print(Text(f"best now: {bundle_line(found.outcomes[0], knowledge)}"))
        out.print()
        out.print(Text(_headline(found), style="bold"))
        out.print()
        priced = [one for one in found.changes if one.price is not None]
        shown = priced if everything else [one for one in priced if one.pareto]
        if shown:
            _print_changes(
                out, "Priced" if everything else "Nothing that costs no more is as good and as fast", shown, found
            )
        free = [one for one in found.changes if one.price is None and (everything or one.verdict in _HELPS)]
        if free:
            _print_changes(
                out, "Without a price: name one in a file (--prices FILE, rigfit schema prices)", free, found
            )
        for line in _footer(found, shown):
            out.print(Text(line, style="dim"))


def _headline(found: Upgrade) -> str:
    possible = bool(found.outcomes[0].tasks)
    if found.cheapest is None:
        # Text for a machine on which no change helps, or none of those that help has a price.
        what = "better" if possible else "possible"
        return f"No single change with a price makes the request {what}."
    one = found.changes[found.cheapest]
    price = f"{format_usd(one.price.amount)} ({_dated(one)})" if one.price is not None else "no price"
    what = "gives a better answer" if possible else "makes the request possible"
    return f"The cheapest that {what}: {one.title}, {price}: {worth(one, found)}."


def worth(change: Change, found: Upgrade) -> str:
    """What a change brings, in numbers: "+4.6 points, 12 min saved, 3 models gained"."""
    parts = []
    outcome = found.outcomes[change.outcome]
    if change.quality_gain is not None:
        parts.append(f"{change.quality_gain / 100:+.1f} points")
    elif outcome.quality is not None:
        parts.append(f"{outcome.quality / 100:.1f} points")
    if change.milliseconds_saved is not None:
        more = "saved" if change.milliseconds_saved >= 0 else "more"
        parts.append(f"{format_milliseconds(abs(change.milliseconds_saved))} {more}")
    elif outcome.milliseconds is not None:
        parts.append(f"{format_milliseconds(outcome.milliseconds)} in all")
    for models, how in ((change.gained, "gained"), (change.lost, "lost")):
        if models:
            parts.append(f"{len(models)} model{'' if len(models) == 1 else 's'} {how}")
    return ", ".join(parts) or "no bundle"


def _print_changes(out: Console, title: str, changes: Sequence[Change], found: Upgrade) -> None:
    out.print(Text(title, style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("change", no_wrap=True)
    for name in ("price", "dated", "points", "saves", "models"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what changes")
    for one in changes:
        table.add_row(
            Text(one.title, style="bold" if one.pareto else ""),
            format_usd(one.price.amount) if one.price is not None else "?",
            (one.price.date or "-")[:7] if one.price is not None else "-",
            *_gains(one, found.outcomes[one.outcome]),
            _models(one),
            _what(one),
        )
    out.print(table)
    out.print()


def _gains(change: Change, then: Outcome) -> tuple[str, str]:
    """Points and time against now; where nothing works now, as they are then."""
    points = "-" if then.quality is None else f"{then.quality / 100:.1f}"
    if change.quality_gain is not None:
        points = f"{change.quality_gain / 100:+.1f}"
    spent = "-"
    if change.milliseconds_saved is not None:
        sign = "-" if change.milliseconds_saved < 0 else ""
        spent = f"{sign}{format_milliseconds(abs(change.milliseconds_saved))}"
    elif then.milliseconds is not None and change.quality_gain is None:
        spent = f"in {format_milliseconds(then.milliseconds)}"
    return points, spent


def _models(change: Change) -> str:
    parts = [f"+{len(change.gained)}"] if change.gained else []
    parts += [f"-{len(change.lost)}"] if change.lost else []
    return " ".join(parts) or "-"


def _what(change: Change) -> Text:
    if change.verdict in ("no longer possible", "impossible", "undecided"):
        return Text(change.verdict, style="red" if change.verdict == "no longer possible" else "dim")
    if change.verdict in ("same", "worse") and not change.changes:
        return Text(change.verdict, style="dim")
    # Points and seconds have columns of their own.
    kept = [_without_numbers(sentence) for sentence in change.changes]
    text = "; ".join(part for part in kept if part) or "the same bundle, faster"
    new = "newly possible: " if change.verdict == "newly possible" else ""
    return Text.assemble((new, "bold green"), ("worse: " if change.verdict == "worse" else "", "yellow"), text)


def _without_numbers(sentence: str) -> str:
    """A sentence less what it says of points and of time; nothing where nothing else is left."""
    task, colon, rest = sentence.partition(": ")
    parts = [part for part in (rest if colon else task).split(", ") if not part.endswith(" points")]
    left = ", ".join(part for part in parts if not _TIMES.fullmatch(part))
    return f"{task}{colon}{left}" if colon and left else left


def _footer(found: Upgrade, shown: Sequence[Change]) -> list[str]:
    lines = []
    priced = [one for one in found.changes if one.price is not None]
    if len(shown) < len(priced):
        lines.append(f"{len(priced) - len(shown)} more cost more for no more, or help nothing (--all shows them).")
    if found.passed_over:
        better = "of the same generation another is no slower, smaller or dearer"
        lines.append(f"{len(found.passed_over)} cards are not looked at: {better}.")
    if found.unpriced:
        some = ", ".join(found.unpriced[:_NAMED])
        more = f" and {len(found.unpriced) - _NAMED} more" if len(found.unpriced) > _NAMED else ""
        lines.append(f"No price is known of {some}{more}; --to names them all the same.")
    sources = sorted({one.price.source for one in shown if one.price is not None})
    if sources:
        lines.append(f"Prices: {', '.join(sources)}; announced prices are those of their day, before tax.")
    lines += [f"{note[:1].upper()}{note[1:]}." for note in found.notes]
    lines.append("The rest of the machine stays as it is; its power supply and slots are not looked at.")
    lines.append(f"{found.solves} solve{'' if found.solves == 1 else 's'} for {len(found.changes)} changes")
    return lines


def _dated(change: Change) -> str:
    if change.price is None:
        return ""
    return change.price.source + (f", {change.price.date}" if change.price.date else "")
