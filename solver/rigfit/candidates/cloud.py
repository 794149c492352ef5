"""What services could do in place of this machine: options of the same decision that take nothing here and cost money.

Only a model of the catalog can be chosen at a service: what it is worth is known, and which features it has by itself.
Its licence is held against the policies as it is for weights, because the catalog does not hold the terms of services.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from rigfit.candidates.admission import Admission
from rigfit.candidates.features import best_grade
from rigfit.candidates.rows import Rows
from rigfit.dominance import Array
from rigfit.estimate.cloud import Offer, does, offers
from rigfit.estimate.pipeline import Pipeline
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import CloudService, Model, Runtime
from rigfit.schema.request import Policies, TaskRequest
from rigfit.schema.rules import GradeTable


@dataclass(frozen=True)
class Hosted:
    """A model at a service, for one task."""

    model: Model
    offer: Offer
    pipeline: Pipeline
    value: int
    """Hundredths of a point."""
    money: int
    """Millionths of a US dollar a month, at the end of the price that the policy counts with."""


def hosted(task: TaskRequest, size: ResolvedSize, admission: Admission) -> list[Hosted]:
    """Every model that a service runs for a task, with all that is needed; none where the policy forbids services."""
    policies = admission.policies
    if policies.cloud == "no" or task.variants:  # which files a service runs is its own affair
        return []
    found = []
    for offer in offers(task.task, size, admission.knowledge):
        for model in _models(offer, task, admission):
            met = tuple(f for f in (*task.features, *task.wishes) if does(offer, model, task.task, f))
            price = per_month(offer, policies, volume(policies, admission.knowledge.costs.volume.value))
            pipeline = Pipeline(
                task=task.task,
                model=model,
                runtime=_as_runtime(offer.service),
                packaging=offer.price.of or "any",
                parts=(),
                addons=(),
                addon_parts=(),
                placement="cloud",
                resident_share=1000,
                tiled=False,
                gpu=None,
                size=size.for_model(model.serves[task.task]),
                features=tuple(dict.fromkeys(met)),
                offer=offer,
            )
            found.append(Hosted(model, offer, pipeline, _value(model, task, met, admission.knowledge.grades), price))
    return found


def volume(policies: Policies, usual: int) -> int:
    """Results of each task a month."""
    return policies.monthly_volume if policies.monthly_volume is not None else usual


def per_month(offer: Offer, policies: Policies, results: int) -> int:
    """Millionths of a US dollar for so many results, rounded up, at the end that the policy counts with."""
    middle = (offer.low + offer.high) / 2
    each = {"safe": offer.high, "expected": middle, "optimistic": offer.low}[policies.confidence]
    return ceil(each * results)


def hosted_rows(found: Sequence[Hosted], first: int, needs: int, depth: int, width: int = 7) -> Rows:
    """Models at services as rows.

    Args:
        found: what there is.
        first: number of the first one, after those of the branches that run here.
        needs: row of the table of needs that needs nothing.
        depth: how far down the cascade a service is.
        width: of the key that orders rows.
    """
    count = len(found)

    def full(value: int) -> Array:
        return np.full(count, value, dtype=np.int64)

    key = np.zeros((count, width), dtype=np.int64)
    key[:, 0] = first + np.arange(count)
    return Rows(
        value=np.array([one.value for one in found], dtype=np.int64),
        milliseconds=full(-1),
        cascade=full(depth),
        vram=full(0),
        held=full(0),
        ram=full(0),
        gpu=full(-1),
        runtime=full(100),
        hosted=full(1),
        money=np.array([one.money for one in found], dtype=np.int64),
        base=full(0),
        needs=full(needs),
        key=key,
    )


def _models(offer: Offer, task: TaskRequest, admission: Admission) -> Iterator[Model]:
    models = admission.knowledge.index("models")
    for name in offer.price.models:
        model: Model = models[name]
        untried = model.maturity == "experimental" and not admission.policies.experimental
        if task.task not in model.serves or untried or admission.refusals(model, task):
            continue
        if all(does(offer, model, task.task, feature) for feature in task.features):
            yield model


def _value(model: Model, task: TaskRequest, met: tuple[str, ...], grades: GradeTable) -> int:
    """Base quality with the grade of each feature and the style's strength, as for what runs here."""
    serves = model.serves[task.task]
    worth = 1000
    for feature in (*task.features, *(wish for wish in task.wishes if wish not in task.features)):
        graded = best_grade(feature, serves.features)
        own = grades.feature[graded.grade] if graded is not None else 1000
        worth = worth * (own if feature in met else grades.wish_missing) // 1000
    if task.style != "no_preference":
        style = serves.styles.get(task.style)
        worth = worth * (grades.style[style.grade] if style is not None else grades.style_missing) // 1000
    return serves.quality.value * worth // 1000


def _as_runtime(service: CloudService) -> Runtime:
    """A service in the place of the program that runs a model: it runs on nothing of this machine."""
    return Runtime.model_construct(
        id=service.id, title=service.title, licence="", platforms={}, placements=(), source=service.source
    )
