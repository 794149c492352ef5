"""`rigfit upgrade`: one change of a machine at a time, what it brings in points, seconds and models, what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from rigfit.candidates.compiler import capacities
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.machine.prices import Prices
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.upgrade import Change, Gained, PassedOver, StatedPrice, Upgrade
from rigfit.version import VERSION
from rigfit.whatif import shop, words
from rigfit.whatif.answers import Answers, Proved
from rigfit.whatif.cards import compared
from rigfit.whatif.classes import point
from rigfit.whatif.outcomes import Outcomes
from rigfit.whatif.session import Session
from rigfit.whatif.shop import Offer

_IMPROVES = ("better", "newly possible")
_KIND = {"card": 0, "ram": 1, "disk": 2}
_FOREVER = 2**62
_Runs = frozenset[tuple[int, int]]
"""Places of a task in the request and of a model in the catalog."""


def upgrade(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    prices: Prices,
    *,
    to: Sequence[str] = (),
    since: str | None = None,
    budget: int | None = None,
) -> Upgrade:
    """What one more card, more RAM or another drive would bring, and the cheapest change that helps.

    Args:
        request: tasks and policies; only the best bundle is followed, whatever `top` says.
        machine: as it is; each change leaves all else of it.
        knowledge: catalog and rules.
        prices: the catalog's, or the user's own.
        to: only these cards, with or without a price.
        since: only cards released on that day or later (ISO), in place of six years up to the newest one.
        budget: millionths of a US dollar that nothing may cost more than.

    Raises:
        InputError: when the request or `to` names something unknown, or a card that cannot stand in the machine.
    """
    passed: list[PassedOver] = []
    unpriced: list[str] = []
    notes: list[str] = []
    if to:
        offers = shop.named(to, machine, knowledge, prices)
    else:
        offers = shop.memory_and_disks(machine, knowledge, prices)
        reason = shop.why_no_card(machine, knowledge)
        if reason is None:
            found, passed, unpriced = shop.cards(machine, knowledge, prices, since)
            offers = [*found, *offers]
        else:
            notes.append(reason)
    if budget is not None:
        offers = [offer for offer in offers if offer.price is None or offer.price.amount <= budget]
    offers.sort(key=_order)
    if len(machine.gpus) > 1 and any(offer.kind == "card" for offer in offers):
        notes.append(f"a card takes the place of the first, {machine.gpus[0].name}; the others stay")
    # A machine with another card is of another class, and its answers are not needed again.
    session = Session(knowledge, keep=2)
    answers = session.answers(request, machine, 1, one_of_many=True)
    here, _ = answers.at(point(usable(machine, knowledge)))
    runs = _running(answers, machine, knowledge)
    outcomes = Outcomes()
    outcomes.number(here)
    changes = []
    solves = 0
    for offer in offers:
        if offer.kind == "card":
            there = session.answers(request, offer.machine, 1, one_of_many=True)
            before = there.solves
            change = _change(offer, there, here, runs, outcomes, knowledge)
            solves += there.solves - before
        else:
            change = _change(offer, answers, here, runs, outcomes, knowledge)
        changes.append(change)
    changes = _useful(changes)
    changes = [one.model_copy(update={"pareto": _is_pareto(one, changes, outcomes)}) for one in changes]
    helps = [number for number, one in enumerate(changes) if one.price is not None and one.verdict in _IMPROVES]
    return Upgrade(
        request=request,
        machine=machine,
        catalog=knowledge.catalog_digest,
        rules=knowledge.rules_digest,
        rigfit=VERSION,
        outcomes=tuple(outcomes.found),
        changes=tuple(changes),
        cheapest=helps[0] if helps else None,
        passed_over=tuple(passed),
        unpriced=tuple(unpriced),
        notes=tuple(notes),
        solves=solves + answers.solves,
    )


def _order(offer: Offer) -> tuple[bool, int, int, int, str]:
    amount = offer.price.amount if offer.price is not None else 0
    return offer.price is None, amount, _KIND[offer.kind], offer.amount, offer.title


def _change(
    offer: Offer, answers: Answers, here: Proved, runs: _Runs, outcomes: Outcomes, knowledge: Knowledge
) -> Change:
    there, _ = answers.at(point(usable(offer.machine, knowledge)))
    old, number = outcomes[0], outcomes.number(there)
    new = outcomes[number]
    then = _running(answers, offer.machine, knowledge)
    gain = saved = None
    if old.quality is not None and new.quality is not None:
        gain = new.quality - old.quality
    if old.milliseconds is not None and new.milliseconds is not None:
        saved = old.milliseconds - new.milliseconds
    return Change(
        kind=offer.kind,
        title=offer.title,
        gpu=offer.gpu,
        amount=offer.amount,
        adds=offer.adds,
        price=StatedPrice.model_validate(asdict(offer.price)) if offer.price is not None else None,
        verdict=compared(here, there),
        changes=words.changes(old, new, knowledge),
        quality_gain=gain,
        milliseconds_saved=saved,
        gained=_models(then - runs, answers, knowledge),
        lost=_models(runs - then, answers, knowledge),
        outcome=number,
        pareto=False,
    )


def _running(answers: Answers, machine: Machine, knowledge: Knowledge) -> _Runs:
    """What runs on a machine, each task by itself: some pipeline of the model is admitted and fits."""
    whole = answers.whole
    bounds = capacities(whole.prepared.request, usable(machine, knowledge))
    have = np.array([bounds[limit.capacity] for limit in whole.problem.limits], dtype=np.int64)
    found = set()
    for number, (gathered, needs) in enumerate(zip(whole.prepared.gathered, whole.tables.alone, strict=True)):
        if gathered.table is not None:
            local = gathered.table.rows.key[:, 0] < len(gathered.branches)
            fits = (needs <= have).all(axis=1) & local
            found |= {(number, model) for model in np.unique(gathered.table.groups[fits]).tolist()}
    return frozenset(found)


def _models(runs: _Runs, answers: Answers, knowledge: Knowledge) -> tuple[Gained, ...]:
    tasks, models = answers.whole.prepared.tasks, knowledge.catalog.models
    return tuple(
        Gained(task=tasks[number].task, model=models[model].id, title=models[model].title)
        for number, model in sorted(runs)
    )


def _useful(changes: list[Change]) -> list[Change]:
    """Of RAM and of drives only sizes that bring more than the size before: the same for less is better."""
    kept: list[Change] = []
    last: dict[str, tuple[object, ...]] = {}
    for one in sorted(changes, key=lambda change: change.amount):
        told = (one.outcome, one.gained)
        if one.kind == "card" or (last.get(one.kind, (0, ())) != told):
            kept.append(one)
        last[one.kind] = told
    place = {id(one): number for number, one in enumerate(changes)}
    return sorted(kept, key=lambda one: place[id(one)])


def _is_pareto(change: Change, changes: list[Change], outcomes: Outcomes) -> bool:
    if change.price is None or change.verdict not in _IMPROVES:
        return False
    mine = _worth(change, outcomes)
    for other in changes:
        if other is not change and other.price is not None and other.verdict in _IMPROVES:
            theirs = _worth(other, outcomes)
            no_worse = all(a <= b for a, b in zip(theirs, mine, strict=True))
            if no_worse and (theirs != mine or changes.index(other) < changes.index(change)):
                return False
    return True


def _worth(change: Change, outcomes: Outcomes) -> tuple[int, int, int]:
    """Price, quality and time, each the less the better."""
    outcome = outcomes[change.outcome]
    spent = outcome.milliseconds if outcome.milliseconds is not None else _FOREVER
    return change.price.amount if change.price is not None else _FOREVER, -(outcome.quality or 0), spent
