"""One task, here and at services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rigfit.cost import arithmetic
from rigfit.cost.arithmetic import Span, exactly
from rigfit.cost.asked import Asked
from rigfit.estimate.cloud import Offer, does, offers
from rigfit.estimate.size import resolve_size
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import TaskAnswer
from rigfit.schema.cost import CloudOffer, Money, TaskCost
from rigfit.schema.request import TaskRequest

_Match = Literal["same_model", "as_good", "nearest", "unknown"]


@dataclass(frozen=True)
class ComparedTask:
    """A task's cost with the exact numbers behind it."""

    cost: TaskCost
    electricity: Span | None
    cloud: Span | None


def compare_task(
    task: TaskRequest,
    found: TaskAnswer | None,
    watts: list[int | None],
    per_kilowatt_hour: int,
    knowledge: Knowledge,
    asked: Asked,
) -> ComparedTask:
    """What one result costs here, and what services charge for it.

    Args:
        task: as it was asked for.
        found: what does it here, if anything.
        watts: what is drawn while each card works, and last the processor.
        per_kilowatt_hour: millionths of a US dollar.
        knowledge: services and models.
        asked: what the user overrides.
    """
    rule = knowledge.index("tasks")[task.task]
    size, _ = resolve_size(task.size, rule)
    known = [o for o in offers(task.task, size, knowledge) if asked.service in (None, o.service.id)]
    matches = {id(offer): _match(offer, found, task, knowledge) for offer in known}
    known.sort(key=lambda offer: (matches[id(offer)][:2], offer.key))
    against = known[0] if known and asked.cloud_price is None else None
    drawn = None
    if found is not None:
        drawn = watts[-1 if found.gpu is None else found.gpu]
    spent = None
    if found is not None and found.milliseconds is not None and drawn is not None:
        spent = arithmetic.electricity(drawn, found.milliseconds.low, found.milliseconds.high, per_kilowatt_hour)
    shown = tuple(_offer(offer, knowledge) for offer in known)
    if asked.cloud_price is not None:
        cloud: Span | None = exactly(asked.cloud_price)
    else:
        cloud = Span(against.low, against.high) if against is not None else None
    cost = TaskCost(
        task=task.task,
        unit=rule.unit,
        model=found.model if found is not None else None,
        title=found.title if found is not None else None,
        device=found.device if found is not None else None,
        milliseconds=found.milliseconds if found is not None else None,
        watts=drawn,
        electricity=money(spent),
        against=shown[0] if against is not None else None,
        match=matches[id(against)][2] if against is not None else None,
        compared=cloud is not None,
        offers=shown,
    )
    return ComparedTask(cost, spent, cloud)


def _match(offer: Offer, found: TaskAnswer | None, task: TaskRequest, knowledge: Knowledge) -> tuple[int, int, _Match]:
    """How an offer compares with what runs here, in what it makes: a rank, a rank within, and the word for it."""
    index = knowledge.index("models")
    models = [index[name] for name in offer.price.models if task.task in index[name].serves]
    if found is not None and found.model in offer.price.models:
        return 0, 0, "same_model"
    if not models:
        return 3, 0, "unknown"
    best = max(model.serves[task.task].quality.value for model in models)
    if found is None:
        return 1, 0, "as_good"
    capable = any(all(does(offer, model, task.task, feature) for feature in task.features) for model in models)
    if capable and best >= index[found.model].serves[task.task].quality.value:
        return 1, 0, "as_good"
    return 2, -best, "nearest"


def _offer(offer: Offer, knowledge: Knowledge) -> CloudOffer:
    price = offer.price
    fact = price.amount
    most = price.up_to or fact
    return CloudOffer(
        service=offer.service.id,
        title=offer.service.title,
        of=price.of,
        models=price.models,
        price=Money(low=round(offer.low), high=round(offer.high)),
        per=price.per,
        amount=Money(low=fact.value, high=most.value),
        source=fact.source,
        basis=fact.basis.value,
        date=fact.date or knowledge.index("sources")[fact.source].date,
    )


def money(span: Span | None) -> Money | None:
    """A span in whole millionths."""
    if span is None:
        return None
    low, high = span.rounded()
    return Money(low=low, high=high)
