"""A population known by two marginals: machines to solve for, and what share of it a request can have at all.

A survey says which cards there are and how much RAM there is, not which goes with which. Every coverage made from it
is therefore an interval: over all ways in which the two can go together, and over the cards that a class may be. The
middle figure rests on independence and on the cards of a class being equally frequent, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

from rigfit.schema.fleet import CardClass, FleetFile, RamClass, Survey


@dataclass(frozen=True)
class Member:
    """A machine of a fleet document."""

    said: dict[str, Any]
    """As a line of a fleet says it."""
    tier: str | None
    card: int = -1
    """For one of a survey its class of cards."""
    ram: int = -1
    """Its class of RAM."""


@dataclass(frozen=True)
class Bounds:
    """A share of a population."""

    low: Fraction
    high: Fraction


def members(fleet: FleetFile) -> Iterator[Member]:
    """The machines of a fleet document, in its order."""
    if fleet.survey is not None:
        yield from _surveyed(fleet.survey)
        return
    for one in fleet.machines:
        said = one.model_dump(exclude={"tier"}, exclude_none=True)
        yield Member(said, one.tier)


def _surveyed(survey: Survey) -> Iterator[Member]:
    for c, cards in enumerate(survey.cards):
        for r, ram in enumerate(survey.ram):
            for gpu in cards.cards:
                said: dict[str, Any] = {
                    "name": f"{cards.name}, {gpu}, RAM {ram.name}",
                    "weight": _weight(cards, ram),
                    "gpu": gpu,
                    "ram": ram.ram,
                    "vram": cards.vram,
                    "os": survey.os,
                    "disk": survey.disk,
                }
                yield Member({key: value for key, value in said.items() if value is not None}, cards.name, c, r)


def _weight(cards: CardClass, ram: RamClass) -> float:
    """Percent of the population, if the two were independent and the cards of a class equally frequent."""
    return cards.share.value * ram.share.value / 10**6 / len(cards.cards)


def bounds(survey: Survey, run: Collection[int]) -> Bounds:
    """The least and the largest share of the population on which something runs, over all joint distributions.

    Args:
        survey: the marginals.
        run: numbers (from 1) of the machines on which it runs, in the order of `members`.
    """
    every: dict[tuple[int, int], bool] = {}
    some: dict[tuple[int, int], bool] = {}
    for number, member in enumerate(_surveyed(survey), start=1):
        cell = (member.card, member.ram)
        runs = number in run
        every[cell] = every.get(cell, True) and runs
        some[cell] = some.get(cell, False) or runs
    cards, ram = _shares([one.share.value for one in survey.cards]), _shares([one.share.value for one in survey.ram])
    # A class that names no card can be anything.
    fails = {(c, r) for c in range(len(cards)) for r in range(len(ram)) if not every.get((c, r), False)}
    can = {(c, r) for c in range(len(cards)) for r in range(len(ram)) if some.get((c, r), True)}
    return Bounds(1 - most_in(fails, cards, ram), most_in(can, cards, ram))


def _shares(values: list[int]) -> list[Fraction]:
    """Rounded shares need not add up to 100 %; theirs to each other stay."""
    return [Fraction(value, sum(values)) for value in values]


def most_in(cells: Collection[tuple[int, int]], rows: list[Fraction], columns: list[Fraction]) -> Fraction:
    """The largest probability of a set of cells among all joint distributions with these marginals.

    It is the largest flow from rows to columns through the cells, so by the theorem of the minimal cut the least over
    all sets of columns of: the columns in the set, and the rows that have a cell outside it. (For a set of the kind
    "at least so much of both" these are the Fréchet bounds.)
    """
    reached = [{c for r, c in cells if r == row} for row in range(len(rows))]
    least = Fraction(1)
    for size in range(len(columns) + 1):
        for cut in combinations(range(len(columns)), size):
            inside = set(cut)
            cost = sum((columns[c] for c in cut), Fraction(0))
            cost += sum((share for share, to in zip(rows, reached, strict=True) if to - inside), Fraction(0))
            least = min(least, cost)
    return least
