"""The resolution cascade of a task that nothing serves: the steps tried in order, and how far each went.

It starts from the model that the least change brings within reach, the better one where several are about as near,
not from the best of the catalog, of which nothing may be near.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rigfit.candidates.cloud import hosted
from rigfit.candidates.combinations import PLACEMENTS
from rigfit.candidates.open import OpenTask
from rigfit.dominance import Array, Flags
from rigfit.estimate.cloud import offers
from rigfit.explain.guards import UNBOUNDED
from rigfit.explain.nearest import Amounts, amounts, label, short_text
from rigfit.explain.opened import Case
from rigfit.explain.words import describe, enough_usd, task_words
from rigfit.schema.reason import CascadeStep
from rigfit.units import format_usd

_STREAMED = PLACEMENTS.index("streamed")


def cascade(case: Case) -> tuple[CascadeStep, ...]:
    """Steps for every task that nothing serves by itself: each step tries what those before it may do, and more."""
    steps: list[CascadeStep] = []
    for number, task in enumerate(tuple(case.opened.tasks)):
        if not _serves(case, task):
            freed = {case.find(kind, task=number) for kind in ("size", "time")}
            # What does not fit counts too: of several ways the one that misses least is told.
            case.guarded.complete(case.guarded.all - freed, dict.fromkeys(case.guarded.capacities, UNBOUNDED))
            steps += _steps(case, case.opened.tasks[number])
    return tuple(steps)


def _serves(case: Case, task: OpenTask) -> bool:
    others = {n for n, key in enumerate(case.keys) if key.kind == "task" and key.task != task.number}
    return case.guarded.feasible(case.guarded.all - others)


def _steps(case: Case, task: OpenTask) -> Iterator[CascadeStep]:
    size = case.find("size", task=task.number)
    bit = 0 if size is None else sum(1 << r for r in case.guarded.guards[size].refusals)
    open_: Flags = task.mask & ~bit == 0
    plain = open_ & ~task.reduced & (task.rows.key[:, 5] == 0)
    if not plain.any():
        text = "rules, licences or the request itself refuse every pipeline here, however much memory there is"
        yield CascadeStep(step="quantization", task=task.task.task, outcome="refused", text=text)
    else:
        found = amounts(case, task)
        mine = plain & (task.models == _start(task, np.flatnonzero(plain), found))
        streamed = task.rows.key[:, 3] == _STREAMED
        order = case.opened.prepared.knowledge.cascade
        tries = [
            (order.quantization, 0, "quantization", mine & ~streamed),
            (order.streaming, 1, "streaming", mine),
            (order.substitution, 2, "substitution", plain),
            (order.workflow, 3, "workflow", open_),
        ]
        for _, _, step, rows in sorted(tries, key=lambda one: one[:2]):
            if rows.any():
                yield _step(step, task, np.flatnonzero(rows), found, case)
    yield _cloud(case, task)


def _start(task: OpenTask, rows: Array, found: Amounts) -> int:
    """The model to start from: within a doubling of what is missing the better one, then the catalog's order."""
    table, _ = found.ratio(rows)
    doublings = np.ceil(np.log2(np.maximum(table.max(axis=0), 1.0)))
    models, which = np.unique(task.models[rows], return_inverse=True)
    nearest = np.full(len(models), np.inf)
    best = np.zeros(len(models), dtype=np.int64)
    np.minimum.at(nearest, which, doublings)
    np.maximum.at(best, which, task.rows.value[rows])
    return int(models[np.lexsort((models, -best, nearest))[0]])


def _step(step: str, task: OpenTask, rows: Array, found: Amounts, case: Case) -> CascadeStep:
    table, names = found.ratio(rows)
    worst = table.max(axis=0)
    fits = worst <= 1
    # Of what fits the best, else what misses least.
    at = int(np.lexsort((np.arange(len(rows)), -task.rows.value[rows], np.where(fits, 0, worst)))[0])
    row, resource = int(rows[at]), names[int(np.argmax(table[:, at]))]
    needs, has = int(found.needs[resource][row]), int(found.has[resource][row])
    budget = "max_disk" if has == case.guarded.capacities["max_disk"] else ""
    name = label(case, task, row) + (f" at {describe(task.smaller)}" if task.reduced[row] else "")
    name += ", tiled decode" if task.rows.key[row, 5] else ""
    time = int(task.rows.milliseconds[row])
    return CascadeStep.model_validate(
        {
            "step": step,
            "task": task.task.task,
            "outcome": "enough" if fits[at] else "not_enough",
            "model": task.model(row).id,
            "label": name,
            "resource": "disk" if resource == "download" else resource,
            "needs": needs,
            "has": has,
            "quality": int(task.rows.value[row]),
            "milliseconds": time if time >= 0 else None,
            "text": f"{name} fits" if fits[at] else f"{name}: {short_text(resource, needs, has, budget)}",
        }
    )


def _cloud(case: Case, task: OpenTask) -> CascadeStep:
    name, prepared = task.task.task, case.opened.prepared
    services = [s for s in prepared.knowledge.catalog.cloud if name in s.tasks]
    if not services:
        text = f"the catalog knows no service for {task_words(name)}"
        return CascadeStep(step="cloud", task=name, outcome="not_available", text=text)
    priced = offers(name, task.size, prepared.knowledge)
    count = f"{len(services)} service{'s' if len(services) != 1 else ''} of the catalog"
    example = f"{priced[0].title} for {format_usd(int(priced[0].low))} a result" if priced else services[0].title
    text = f"{count} can do {task_words(name)}, such as {example}"
    if prepared.request.policies.cloud == "no":
        text += "; the request keeps to this machine (policies.cloud)"
        return CascadeStep(step="cloud", task=name, outcome="refused", text=text)
    able = hosted(task.task, task.size, prepared.expander.admission)
    if not able:
        text = f"{count} can do {task_words(name)}, but none offers all that is asked for"
        return CascadeStep(step="cloud", task=name, outcome="not_available", text=text)
    least, most = min(one.money for one in able), prepared.request.policies.max_cost
    if most is not None and least > most:
        cheapest = next(one for one in able if one.money == least)
        text = (
            f"{cheapest.model.title} at {cheapest.offer.service.title} costs {enough_usd(least)} a month, "
            f"the request allows {format_usd(most)} (--max-cost)"
        )
        return CascadeStep(step="cloud", task=name, outcome="not_enough", text=text)
    return CascadeStep(step="cloud", task=name, outcome="enough", text=text)
