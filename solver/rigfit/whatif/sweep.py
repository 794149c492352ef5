"""`rigfit whatif`: how the best bundle changes over a range, over two, and from card to card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.whatif import Cell, Region, Resource, Step, Varied, WhatIf
from rigfit.units import GB, GIB, MIB, format_file, format_memory
from rigfit.version import VERSION
from rigfit.whatif import words
from rigfit.whatif.answers import Answers
from rigfit.whatif.cards import NamedCard, verdict
from rigfit.whatif.classes import check_varies, has_amount, point
from rigfit.whatif.cover import Axes, cover
from rigfit.whatif.outcomes import Outcomes
from rigfit.whatif.session import Session


@dataclass(frozen=True)
class Range:
    """A resource and the bytes between which it varies, both ends included, before reserves."""

    resource: Resource
    low: int
    high: int


def whatif(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    ranges: Sequence[Range] = (),
    cards: Sequence[NamedCard] = (),
    session: Session | None = None,
    *,
    exact: bool = False,
) -> WhatIf:
    """How the best bundle changes along one resource (exact steps), over two (a map), and with other cards.

    Args:
        request: tasks and policies; only the best bundle is followed, whatever `top` says.
        machine: what everything is compared with; what does not vary stays as it has it.
        knowledge: catalog and rules.
        ranges: none, one or two, of different resources.
        cards: machines with another card, from `rigfit.whatif.cards.named_cards`.
        session: answers that are proved already, where the caller keeps some.
        exact: cut a map into exact regions too, in place of looking only at the sizes that are sold.

    Raises:
        InputError: when the request names something unknown, or a resource cannot vary on this machine.
    """
    _check(ranges, machine)
    session = session or Session(knowledge)
    answers = session.answers(request, machine, 1)
    solved, asked_engine = session.solves, session.engine_solves
    asked = 1 + len(cards)
    outcomes = Outcomes()
    here, _ = answers.at(point(usable(machine, knowledge)))
    outcomes.number(here)
    steps: tuple[Step, ...] = ()
    cells: tuple[Cell, ...] = ()
    regions: tuple[Region, ...] = ()
    axes = Axes(machine, knowledge, [r.resource for r in ranges])
    if len(ranges) == 1:
        steps, looked = _steps(answers, axes, ranges[0], outcomes)
        asked += looked
    elif ranges:
        if exact:
            regions = _regions(answers, axes, ranges, outcomes)
        cells = _cells(answers, axes, ranges, outcomes, knowledge)
        asked += len(regions) + len(cells)
    verdicts = tuple(verdict(card, here, session, request, outcomes) for card in cards)
    solves = session.solves - solved
    return WhatIf(
        request=request,
        machine=machine,
        catalog=knowledge.catalog_digest,
        rules=knowledge.rules_digest,
        rigfit=VERSION,
        outcomes=tuple(outcomes.found),
        varied=tuple(
            Varied(resource=r.resource, low=r.low, high=r.high, has=has_amount(machine, r.resource)) for r in ranges
        ),
        steps=steps,
        cells=cells,
        regions=regions,
        cards=verdicts,
        solves=solves,
        engine_solves=session.engine_solves - asked_engine,
        reused=asked - solves,
    )


def _check(ranges: Sequence[Range], machine: Machine) -> None:
    names = [r.resource for r in ranges]
    if len(set(names)) != len(names) or len(names) > 2:
        raise InputError("--vary takes one resource, or two different ones for a map")
    for one in ranges:
        check_varies(machine, one.resource)
        shown = format_file if one.resource == "disk" else format_memory
        if one.low > one.high:
            raise InputError(f"--vary {one.resource}: {shown(one.low)} is more than {shown(one.high)}")
        if -(-one.low // MIB) > one.high // MIB:
            raise InputError(f"--vary {one.resource}: the range holds no whole MiB")


def _ends(ranges: Sequence[Range]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ranges in whole MiB."""
    return tuple(-(-r.low // MIB) for r in ranges), tuple(r.high // MIB for r in ranges)


def _steps(answers: Answers, axes: Axes, along: Range, outcomes: Outcomes) -> tuple[tuple[Step, ...], int]:
    """Steps from the least amount up, neighbours with the same outcome joined; and how many answers were looked at."""
    found = sorted(cover(answers, axes, *_ends([along])), key=lambda region: region.low)
    joined: list[tuple[int, int, int]] = []
    for region in found:
        number = outcomes.number(region.answer)
        if joined and joined[-1][2] == number:
            joined[-1] = (joined[-1][0], region.high[0], number)
        else:
            joined.append((region.low[0], region.high[0], number))
    steps = []
    for place, (low, high, number) in enumerate(joined):
        before = outcomes[joined[place - 1][2]] if place else None
        steps.append(
            Step(
                low=low * MIB,
                high=high * MIB,
                outcome=number,
                changes=words.changes(before, outcomes[number], answers.whole.prepared.knowledge),
                models_change=words.models_change(before, outcomes[number]),
                only_levers=words.only_levers_move(before, outcomes[number]),
            )
        )
    return tuple(steps), len(found)


def _cells(
    answers: Answers, axes: Axes, ranges: Sequence[Range], outcomes: Outcomes, knowledge: Knowledge
) -> tuple[Cell, ...]:
    """The answers at every pair of sizes that are sold, largest machines solved first."""
    columns = [sold(knowledge, one) for one in ranges]
    amounts = [(first, second) for first in columns[0] for second in columns[1]]
    found = answers.resolve([axes.usable((a // MIB, b // MIB)) for a, b in amounts])
    return tuple(
        Cell(
            amounts={r.resource: amount for r, amount in zip(ranges, pair, strict=True)},
            outcome=outcomes.number(answers[number]),
        )
        for pair, number in zip(amounts, found.tolist(), strict=True)
    )


def sold(knowledge: Knowledge, along: Range) -> list[int]:
    """The amounts of a resource in a range that can be bought, and the ends of the range.

    Memory of cards: the sizes in the gpu catalog, servers' apart. RAM: powers of two, and three quarters of them. Disk
    space: 1, 2, 5, 10, ... GB.
    """
    if along.resource == "vram":
        sizes = {spec.memory.value for spec in knowledge.catalog.gpus if spec.kind in ("desktop", "laptop")}
    elif along.resource == "ram":
        sizes = {GIB * factor << power for power in range(20) for factor in (1, 3)}
    else:
        sizes = {GB * factor * 10**power for power in range(9) for factor in (1, 2, 5)}
    inside = {size for size in sizes if along.low <= size <= along.high}
    return sorted(inside | {along.low, along.high})


def _regions(answers: Answers, axes: Axes, ranges: Sequence[Range], outcomes: Outcomes) -> tuple[Region, ...]:
    found = sorted(cover(answers, axes, *_ends(ranges)), key=lambda region: (region.low, region.high))
    names = [r.resource for r in ranges]
    return tuple(
        Region(
            low={name: amount * MIB for name, amount in zip(names, region.low, strict=True)},
            high={name: amount * MIB for name, amount in zip(names, region.high, strict=True)},
            outcome=outcomes.number(region.answer),
        )
        for region in found
    )
