"""A what-if as text: steps with a chart of quality, a map, a table of cards."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.answer import machine_line
from rigfit.cli.render.console import page
from rigfit.knowledge import Knowledge
from rigfit.knowledge.profiles import find_profile
from rigfit.schema.whatif import CardVerdict, Outcome, Step, Varied, WhatIf
from rigfit.units import GB, GIB, MIB, format_file, format_memory, format_milliseconds
from rigfit.whatif.words import bundle_line, kind, kinds

_NAMES = {"vram": "VRAM", "ram": "RAM", "disk": "disk"}
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_CHART_WIDTH, _CHART_HEIGHT = 84, 6
# A table that is longer than a screen is not read: steps on which only levers move are then counted, not listed.
_SCREEN = 20
# What a criterion weighs against points.
_WON = {"net_value": "a shorter wait", "seconds": "a shorter wait", "disk": "disk space"}
_STYLES = {"better": "green", "newly possible": "bold green", "worse": "yellow", "no longer possible": "red"}


def print_whatif(found: WhatIf, knowledge: Knowledge, *, everything: bool = False) -> None:
    """Print a what-if to stdout.

    Args:
        found: what to print.
        knowledge: for the names of things.
        everything: list every step, however many there are.
    """
    with page() as out:
        out.print(machine_line(found.machine))
        out.print(Text(f"best now: {bundle_line(found.outcomes[0], knowledge)}"))
        out.print()
        if found.steps:
            _print_steps(out, found, knowledge, everything=everything)
        if found.cells:
            _print_map(out, found, knowledge)
        if found.cards:
            _print_cards(out, found.cards, knowledge)
        solves = f"{found.solves} solve{'' if found.solves == 1 else 's'}"
        reused = f"{found.reused} answer{'' if found.reused == 1 else 's'} from what was proved"
        out.print(Text(f"{solves} ({found.engine_solves} by the engine), {reused}", style="dim"))


def _amount(resource: str, amount: int) -> str:
    """Exact to the MiB, with two decimals where one would hide a step."""
    if resource == "disk":
        return f"{amount / GB:.2f} GB"
    return f"{amount / GIB:.2f} GB"


def _print_steps(out: Console, found: WhatIf, knowledge: Knowledge, *, everything: bool) -> None:
    varied = found.varied[0]
    if out.is_terminal:
        print_chart(out, found.steps, found.outcomes, varied)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(f"{_NAMES[varied.resource]} from", justify="right", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("what changes")
    fold = len(found.steps) > _SCREEN and not everything
    folded = 0
    for step in found.steps:
        here = step.low <= varied.has <= step.high
        if fold and step.only_levers and not here:
            folded += 1
            continue
        outcome = found.outcomes[step.outcome]
        points = f"{outcome.quality / 100:.1f}" if outcome.quality is not None else "-"
        text = Text("; ".join(step.changes), style="" if step.models_change else "dim")
        amount = Text(_amount(varied.resource, step.low), style="bold cyan" if here else "")
        told = Text.assemble(text, ("  ← this machine", "cyan") if here else "")
        table.add_row(amount, points, _time(outcome), told)
    out.print(table)
    if folded:
        out.print(Text(f"{folded} smaller steps between them move only levers (--all lists them)", style="dim"))
    tiers = find_profile(found.request.policies.prefer, knowledge).tiers
    won = next((_WON[tier.criterion] for tier in tiers if tier.criterion in _WON), None)
    if won is not None and _falls([found.outcomes[step.outcome].quality for step in found.steps]):
        out.print(Text(f"Where points fall, {won} counts for more; --prefer quality puts points first", style="dim"))
    if all(found.outcomes[step.outcome].status == "infeasible" for step in found.steps):
        out.print(f"No amount of {_NAMES[varied.resource]} in this range is enough; rigfit solve says why.")
    out.print()


def _falls(points: Sequence[int | None]) -> bool:
    """They are lower somewhere than one step before."""
    return any(a is not None and b is not None and b < a for a, b in pairwise(points))


def _time(outcome: Outcome) -> str:
    """Of all tasks one after another; a question mark stands for those nobody knows."""
    known = [task.milliseconds.expected for task in outcome.tasks if task.milliseconds is not None]
    if not known:
        return "-"
    return format_milliseconds(sum(known)) + (" + ?" if len(known) < len(outcome.tasks) else "")


def print_chart(out: Console, steps: Sequence[Step], outcomes: Sequence[Outcome], varied: Varied) -> None:
    """Quality over the amount: every column is the answer at its middle."""
    columns: list[int | None] = []
    width = min(_CHART_WIDTH, out.width - 8)
    span = max(1, varied.high - varied.low)
    for column in range(width):
        at = varied.low + span * (2 * column + 1) // (2 * width)
        step = next((s for s in steps if s.low <= at < s.high + MIB), steps[-1])
        columns.append(outcomes[step.outcome].quality)
    known = [value for value in columns if value is not None]
    if not known:
        return
    # From a little below the least, so that it can be told from nothing.
    floor = max(0, min(known) - max(100, (max(known) - min(known)) // 4))
    levels = [
        0 if value is None else max(1, (value - floor) * 8 * _CHART_HEIGHT // max(1, max(known) - floor))
        for value in columns
    ]
    for row in reversed(range(_CHART_HEIGHT)):
        label = f"{(floor + (max(known) - floor) * (row + 1) // _CHART_HEIGHT) / 100:6.1f} "
        bars = "".join(_EIGHTHS[min(8, max(0, level - 8 * row))] for level in levels)
        out.print(Text.assemble((label, "dim"), (bars, "green")))
    low, high = (f"{end / (GB if varied.resource == 'disk' else GIB):.4g} GB" for end in (varied.low, varied.high))
    name = f"points over {_NAMES[varied.resource]}"
    gap = width - len(low) - len(high) - len(name)
    line = f"{' ' * 7}{low}{' ' * (gap // 2)}{name}{' ' * (gap - gap // 2)}{high}"
    out.print(Text(line, style="dim"))
    out.print()


def _print_map(out: Console, found: WhatIf, knowledge: Knowledge) -> None:
    """Letters in a grid, the legend below; the same letter is the same models, whatever their variants."""
    rows, columns = (varied.resource for varied in found.varied)
    letters = kinds(found.cells, found.outcomes)
    across = sorted({cell.amounts[columns] for cell in found.cells})
    at = {(cell.amounts[rows], cell.amounts[columns]): cell.outcome for cell in found.cells}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(f"{_NAMES[rows]} \\ {_NAMES[columns]}", justify="right", no_wrap=True)
    for amount in across:
        table.add_column(_round(columns, amount), justify="right", no_wrap=True)
    for first in sorted({cell.amounts[rows] for cell in found.cells}, reverse=True):
        cells = []
        for second in across:
            outcome = found.outcomes[at[(first, second)]]
            points = f" {outcome.quality / 100:.0f}" if outcome.quality is not None else ""
            cells.append(f"{letters[kind(outcome)][0]}{points}" if outcome.tasks else "·")
        table.add_row(_round(rows, first), *cells)
    out.print(table)
    out.print()
    for models, (letter, outcome) in letters.items():
        if models:
            out.print(Text(f"{letter}  {' + '.join(task.title for task in outcome.tasks)}"))
    if any(not outcome.tasks for outcome in found.outcomes):
        out.print(Text("·  no bundle"))
    out.print(Text("Numbers are points. Each cell is the exact answer at that size.", style="dim"))
    out.print()


def _round(resource: str, amount: int) -> str:
    return format_file(amount) if resource == "disk" else format_memory(amount).replace(".0 ", " ")


def _print_cards(out: Console, cards: tuple[CardVerdict, ...], knowledge: Knowledge) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("instead", no_wrap=True)
    table.add_column("VRAM", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("what changes")
    for card in cards:
        words = "; ".join(card.changes) or "the same bundle, as fast"
        verdict = Text(card.verdict, style=_STYLES.get(card.verdict, ""))
        table.add_row(card.title, format_memory(card.vram), verdict, words)
    out.print(table)
    out.print()
