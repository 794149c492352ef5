"""Other cards in place of the one there is: better, the same, newly possible, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rigfit.engines import Status
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import names, simulate
from rigfit.machine.capacity import usable
from rigfit.problem import allowed
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request
from rigfit.schema.whatif import CardVerdict, Verdict
from rigfit.whatif import words
from rigfit.whatif.answers import Proved
from rigfit.whatif.classes import point
from rigfit.whatif.outcomes import Outcomes
from rigfit.whatif.session import Session

# What a person notices of a bundle; tiers on other criteria only order bundles that are alike in these.
_NOTICED = ("value", "net_value", "cascade", "seconds")


@dataclass(frozen=True)
class NamedCard:
    """A card of the catalog, and the machine with it."""

    id: str
    title: str
    machine: Machine


def named_cards(
    knowledge: Knowledge, wanted: Sequence[str], machine: Machine, stated: MachineRequest
) -> list[NamedCard]:
    """The machine with each of some cards in place of its own.

    A simulated machine is simulated anew with what was stated of it. One that was detected or read from a file keeps
    all its other facts. A chip with unified memory comes with the memory of its own.

    Raises:
        InputError: when no card or several have a name, or a card cannot stand in this machine.
    """
    return [_with_card(knowledge, name, machine, stated) for name in wanted]


def _with_card(knowledge: Knowledge, name: str, machine: Machine, stated: MachineRequest) -> NamedCard:
    if name.strip().casefold() == "none":
        raise InputError("'none' is no card to compare with: give --gpu none in place of --gpu-list", name=name)
    spec = names.choose(knowledge, name)
    changes: dict[str, Any] = {"gpus": (spec.id,), "vram": None}
    if spec.unified:
        changes["ram"] = None
    if not machine.simulated and not spec.unified:
        changes |= {"os": machine.os, "ram": machine.ram, "disk": machine.disk_free}
    other = simulate(knowledge, stated.model_copy(update=changes))
    if machine.simulated or spec.unified:
        kept = ("installed", "disk_rotational", "reserve_vram", "reserve_ram")
        other = other.model_copy(update={name: getattr(machine, name) for name in kept})
    else:
        other = machine.model_copy(update={"gpus": other.gpus})
    return NamedCard(spec.id, spec.title, other)


def verdict(card: NamedCard, here: Proved, session: Session, request: Request, outcomes: Outcomes) -> CardVerdict:
    """What the best bundle with a card is against the best one here.

    They are compared as the profile does, on what a person notices of a result: value, waiting, cascade, seconds.
    """
    answers = session.answers(request, card.machine, 1, one_of_many=True)
    there, _ = answers.at(point(usable(card.machine, session.knowledge)))
    old, number = outcomes[outcomes.number(here)], outcomes.number(there)
    new = outcomes[number]
    gain = saved = None
    if old.quality is not None and new.quality is not None:
        gain = new.quality - old.quality
    if old.milliseconds is not None and new.milliseconds is not None:
        saved = old.milliseconds - new.milliseconds
    return CardVerdict(
        gpu=card.id,
        title=card.title,
        vram=card.machine.gpus[0].vram,
        verdict=compared(here, there),
        changes=words.changes(old, new, session.knowledge),
        quality_gain=gain,
        milliseconds_saved=saved,
        machine=card.machine,
        outcome=number,
    )


def compared(here: Proved, there: Proved) -> Verdict:
    """What one answer is against another, as the profile sees it, on what a person notices of a result."""
    if Status.UNDECIDED in (here.status, there.status):
        return "undecided"
    if not there.choices:
        return "no longer possible" if here.choices else "impossible"
    if not here.choices:
        return "newly possible"
    for tier, old, new in zip(there.whole.problem.tiers, here.costs, there.costs, strict=True):
        if tier.key not in _NOTICED or max(old, new) <= allowed(min(old, new), tier.within):
            continue
        return "better" if new < old else "worse"
    return "same"
