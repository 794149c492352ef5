"""A request without some of its wishes and policies: what a give-up asks for, to be solved as any other request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rigfit.candidates.guards import Key
from rigfit.explain.opened import Case
from rigfit.schema.request import Request, TaskRequest

LET_GO: dict[str, dict[str, Any]] = {
    "runtimes": {"runtimes": ()},
    "licence": {"use": "personal", "sells_output": False, "revenue_usd": None},
    "territory": {"territory": None},
    "experimental": {"experimental": True},
    "max_disk": {"max_disk": None},
    "max_download": {"max_download": None},
    "max_cost": {"max_cost": None},
}
"""Kind of guard -> what of the policies goes with it."""


def without(case: Case, gone: Sequence[int]) -> Request:
    """The request with guards taken back.

    A longer wait is as long as it must be; a smaller size is the one that rules/ say; a model that is offered only by
    name is the one that a choice without the guards uses.

    Raises:
        UndecidedError: when the engine cannot decide what is needed.
    """
    request = case.opened.prepared.request
    kept = case.guarded.all.difference(gone)
    keys = [case.keys[number] for number in gone]
    policies: dict[str, Any] = {}
    waits = [
        case.guarded.least(f"time.{case.keys[number].task}", kept | {number}) or 0
        for number in gone
        if case.keys[number].kind == "time"
    ]
    if waits:
        policies["max_time"] = max(waits)
    for key in keys:
        policies.update(LET_GO.get(key.kind, {}))
    for number in gone:
        if case.keys[number].kind == "max_cost":
            policies["max_cost"] = case.guarded.least("max_cost", kept | {number})
    let_go = {key.task for key in keys if key.kind == "task"}
    tasks = []
    for number, task in enumerate(request.tasks):
        if number not in let_go:
            mine = [
                key for key in keys if key.task == number or (key.kind == "together" and key.detail == task.together)
            ]
            tasks.append(_task(task, mine, case, number, gone))
    changed = request.policies.model_copy(update=policies)
    return request.model_copy(update={"tasks": tuple(tasks), "policies": changed, "top": 1})


def _task(task: TaskRequest, keys: Sequence[Key], case: Case, number: int, gone: Sequence[int]) -> TaskRequest:
    changes: dict[str, Any] = {}
    features = case.opened.prepared.tasks[number].features
    for key in keys:
        if key.kind == "feature":
            features = tuple(feature for feature in features if feature != key.detail)
            changes |= {"features": features, "complexity": None}
        elif key.kind == "models":
            changes |= {"models": (), "exclude": ()}
        elif key.kind == "variants":
            changes["variants"] = {}
        elif key.kind == "together":
            changes["together"] = None
        elif key.kind == "size":
            less = case.opened.tasks[number].smaller
            fields: dict[str, Any] = {"width": less.width or None, "height": less.height or None, "batch": less.batch}
            fields |= {"frames": less.frames if less.frames > 1 else None, "context": less.context or None}
            fields |= {"seconds": less.seconds or None, "fps": task.size.fps, "steps": task.size.steps}
            changes["size"] = task.size.model_copy(update=fields)
    if any(key.kind == "by_name" for key in keys):
        choice = case.guarded.choice(*case.guarded.without(gone))
        if choice is not None and 0 <= choice[number] < len(case.kept[number]):
            row = int(case.kept[number][choice[number]])
            changes["models"] = (case.opened.tasks[number].model(row).id,)
    return task.model_copy(update=changes)
