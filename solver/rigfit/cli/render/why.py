"""Why a model is in an answer or not, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.answer import machine_line
from rigfit.cli.render.console import page
from rigfit.explain.words import task_words
from rigfit.schema.machine import Machine
from rigfit.schema.reason import Gained, Reason
from rigfit.schema.why import Change, Judgement, Regret, Why, WhyNot
from rigfit.units import MIB, format_file, format_milliseconds

_REASONS, _CHANGES = 4, 5
_STYLES = {"chosen": "bold green", "beaten": "yellow", "too_large": "red", "refused": "red"}
_WORDS = {"chosen": "chosen", "beaten": "beaten", "too_large": "too large", "refused": "refused"}
_SCALES = {"centipoints": ("points", 1000), "ms": ("s", 1000)}


def print_why_not(found: WhyNot) -> None:
    """Print what became of one model or of all variants."""
    with page() as out:
        out.print(machine_line(found.machine))
        best = found.winner.title if found.winner is not None else "no bundle"
        out.print(f"best now: {best}")
        out.print()
        if found.asked is None:
            _print_all(out, found.judgements)
        else:
            for judgement in found.judgements:
                _print_one(out, judgement)
            _print_changes(out, found)
        for note in found.notes:
            out.print(Text(note, style="yellow"))


def _print_one(out: Console, judgement: Judgement) -> None:
    head = Text(f"{_WORDS[judgement.verdict]}  ", style=_STYLES[judgement.verdict])
    head.append(f"{_sentence(judgement.text)}", style="default not bold")
    out.print(head)
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    if judgement.best is not None:
        table.add_row("", "at best", _gained(judgement.best))
    shown = [regret for regret in judgement.regrets if regret.cost]
    for number, regret in enumerate(shown):
        label = "" if number else "compared"
        table.add_row("", label, f"{regret.text}{' (decides)' if regret.decides else ''}")
    for number, reason in enumerate(_distinct(judgement.reasons)[:_REASONS]):
        said = number == 0 and reason.text in judgement.text
        table.add_row("", "" if number else "by", _traced(reason) if said else f"{reason.text} ({_traced(reason)})")
    left = len(judgement.reasons) - min(_REASONS, len(_distinct(judgement.reasons)))
    if left > 0:
        table.add_row("", "", Text(f"{left} more (--json lists them all)", style="dim"))
    out.print(table)
    out.print()


def _print_changes(out: Console, found: WhyNot) -> None:
    if all(judgement.rank == 1 for judgement in found.judgements):
        return
    if not any(change.effect == "best" for change in found.changes):
        out.print("No one wish, policy or amount of memory that could be changed would make it the best.")
        if any(judgement.verdict == "beaten" for judgement in found.judgements):
            out.print(f"Asked for by name it is taken all the same: --model {found.judgements[0].model}")
        out.print()
    for effect, title in (("best", "What would make it the best"), ("possible", "What would make it fit")):
        changes = [change for change in found.changes if change.effect == effect]
        if changes:
            out.print(Text(title, style="bold"))
            table = Table.grid(padding=(0, 1))
            table.add_column(width=2)
            table.add_column(overflow="fold")
            for change in changes[:_CHANGES]:
                table.add_row("", _change(change))
            out.print(table)
            out.print()


def _change(change: Change) -> str:
    return _sentence(change.text)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _gained(one: Gained) -> str:
    variants = ", ".join(f"{role} {key}" for role, key in sorted(one.variants.items()))
    time = f", {format_milliseconds(one.milliseconds)}" if one.milliseconds is not None else ""
    return f"{one.quality / 100:.1f} points{time}, {one.runtime}, {one.placement.replace('_', ' ')} ({variants})"


def _distinct(reasons: Iterable[Reason]) -> list[Reason]:
    """The first of each rule."""
    found: dict[str, Reason] = {}
    for reason in reasons:
        found.setdefault(reason.rule, reason)
    return list(found.values())


def _traced(reason: Reason) -> str:
    """Where a reason is written."""
    source = f", source {reason.source}" if reason.source else ""
    where = f", {reason.origin}" if reason.origin else ""
    return f"rule {reason.rule}{source}{where}"


def _print_all(out: Console, judgements: Sequence[Judgement]) -> None:
    counts = Counter[str](judgement.verdict for judgement in judgements)
    out.print(", ".join(f"{counts[verdict]} {word}" for verdict, word in _WORDS.items() if counts[verdict]))
    for task in dict.fromkeys(judgement.task for judgement in judgements):
        out.print()
        out.print(Text(task_words(task), style="bold"))
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        model = ""
        for one in (j for j in judgements if j.task == task):
            if one.model != model:
                model = one.model
                table.add_row("", Text(one.title, style="bold"), "")
            verdict = Text(_WORDS[one.verdict], style=_STYLES[one.verdict])
            table.add_row(verdict, f"  {one.role} {one.variant}", _short(one))
        out.print(table)


def _short(one: Judgement) -> str:
    """The end of its sentence: what comes after its name."""
    decides = next((regret.text for regret in one.regrets if regret.decides), None)
    return decides if one.verdict == "beaten" and decides is not None else one.text


def print_why(found: Why, machine: Machine) -> None:
    """Print why a model is in the answer, or that it is not."""
    with page() as out:
        out.print(machine_line(machine))
        out.print()
        out.print(Text(_sentence(found.text), style="bold"))
        for sentence in found.sentences:
            out.print(f"  {_sentence(sentence)}")
        if found.bundle is not None:
            out.print()
            _print_criteria(out, found)
        for step in found.next_steps[:2]:
            out.print(_sentence(step.text))
        for note in found.notes:
            out.print(Text(note, style="yellow"))


def _print_criteria(out: Console, found: Why) -> None:
    """The criteria in order of weight, each with its parts and what the next best has of it."""
    assert found.bundle is not None
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    table.add_column("criterion")
    table.add_column("value", justify="right")
    table.add_column("the next best" if found.against is not None else "", overflow="fold")
    others: Sequence[Regret] = found.against.regrets if found.against is not None else ()
    for number, criterion in enumerate(found.bundle.criteria):
        other = others[number] if number < len(others) else None
        text = "" if other is None else f"{other.text}{' (decides)' if other.decides else ''}"
        table.add_row(criterion.name.replace("_", " "), _value(criterion.value, criterion.unit), text)
    out.print(table)
    out.print()


def _value(value: int, unit: str) -> str:
    if unit == "MiB":
        return format_file(value * MIB)
    name, scale = _SCALES.get(unit, (unit if unit != "count" else "", 1))
    shown = f"{abs(value) / scale:.1f}" if scale > 1 else f"{value}"
    return f"{shown} {name}".rstrip()
