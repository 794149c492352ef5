"""A request with a way out taken: what the explanation proposes where nothing fits, as a request of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rigfit.explain.relax import LET_GO
from rigfit.schema.reason import DropFeature, GiveUp, Hint, LowerSize, RaiseBudget, RaiseTime
from rigfit.schema.request import Request, TaskRequest

# Hints are named after the guards that they take back.
_POLICIES = {f"allow_{kind}": change for kind, change in LET_GO.items()}


def give_up(request: Request, way: GiveUp) -> Request:
    """The request without what a way out gives up."""
    policies: dict[str, Any] = {}
    waits = [hint.milliseconds for hint in way.hints if isinstance(hint, RaiseTime) and hint.milliseconds is not None]
    if waits:
        policies["max_time"] = max(waits)
    for hint in way.hints:
        policies |= _POLICIES.get(hint.hint, {})
        if isinstance(hint, RaiseBudget):
            policies[hint.budget] = hint.money if hint.budget == "max_cost" else hint.bytes
    gone = {hint.task for hint in way.hints if hint.hint == "drop_task"}
    tasks = [
        _task(task, [hint for hint in way.hints if _speaks_of(hint, number, task)])
        for number, task in enumerate(request.tasks)
        if number not in gone
    ]
    changed = request.policies.model_copy(update=policies)
    return request.model_copy(update={"tasks": tuple(tasks), "policies": changed})


def _speaks_of(hint: Hint, number: int, task: TaskRequest) -> bool:
    if hint.hint == "in_turn":
        return hint.group == task.together
    return getattr(hint, "task", None) == number


def _task(task: TaskRequest, hints: Sequence[Hint]) -> TaskRequest:
    changes: dict[str, Any] = {}
    features = task.features
    for hint in hints:
        if isinstance(hint, DropFeature):
            features = tuple(feature for feature in features if feature != hint.feature)
            changes |= {"features": features, "complexity": None}
        elif isinstance(hint, LowerSize):
            less: dict[str, Any] = {
                name: getattr(hint, name) or None for name in ("width", "height", "batch", "context")
            }
            less |= {"frames": hint.frames if hint.frames > 1 else None, "seconds": hint.seconds or None}
            changes["size"] = task.size.model_copy(update=less)
        elif hint.hint == "allow_models":
            changes |= {"models": (), "exclude": ()}
        elif hint.hint == "allow_variants":
            changes["variants"] = {}
        elif hint.hint == "in_turn":
            changes["together"] = None
        elif hint.hint == "name_model" and hint.model is not None:
            changes["models"] = (hint.model,)
    return task.model_copy(update=changes)
