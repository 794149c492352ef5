"""How the tasks of a bundle share cards, in a line for each card."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from rigfit.explain.words import task_words
from rigfit.schema.answer import Bounds, Bundle, CardUse
from rigfit.units import format_memory, format_milliseconds


def sharing_lines(bundle: Bundle, cards: int) -> Iterator[Text]:
    """A line for each card that several tasks use; with several cards also for those that one task uses.

    Args:
        bundle: with its cards.
        cards: how many the machine has.
    """
    if len(bundle.tasks) > 1:
        for card in bundle.cards:
            if card.how != "alone" or cards > 1:
                yield _line(card)


def _line(card: CardUse) -> Text:
    names = [task_words(task.task) for task in card.tasks]
    amount = f"{format_memory(card.used).removesuffix(' GB')} of {format_memory(card.capacity)}"
    if card.how == "alone":
        return _named("alone", f"{card.device} is for {names[0]}: {amount}")
    if card.how == "together":
        held = [f"{n} keeps {format_memory(task.held)}" for n, task in zip(names, card.tasks, strict=True)]
        return _named("together", f"on {card.device}: {', '.join(held)}; {amount} at the highest peak")
    if card.how == "side_by_side":
        return _named("in turn", f"all of it fits on {card.device} at once: nothing has to be swapped ({amount})")
    times = [
        f"{task_words(swap.task)} {_span(swap.from_ram if swap.source == 'ram' else swap.from_disk)}"
        for swap in card.swaps
    ]
    whence = "RAM" if card.swaps[0].source == "ram" else "disk"
    need = f"; from RAM with {format_memory(card.ram_to_swap or 0)} of it for models" if whence == "disk" else ""
    text = f"on {card.device}, back from {whence} before each turn: {', '.join(times)}{need}; comes on top of the times"
    return _named("in turn", text)


def _span(bounds: Bounds) -> str:
    if bounds.high == 0:
        return "within its own time"
    return f"{format_milliseconds(bounds.low)} to {format_milliseconds(bounds.high)}"


def _named(what: str, text: str) -> Text:
    line = Text()
    line.append(f"{what} ", style="bold")
    line.append(text)
    return line
