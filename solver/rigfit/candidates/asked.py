"""What a request asks for, checked against the knowledge and completed from it."""

from __future__ import annotations

from rigfit.candidates.admission import is_asked_for
from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Model
from rigfit.schema.request import Request, TaskRequest
from rigfit.schema.rules import TaskRule


def check_names(request: Request, knowledge: Knowledge) -> None:
    """Every task, feature, model and runtime that a request names must exist.

    Raises:
        InputError: for the first that does not, with the nearest names.
    """
    if not request.tasks:
        raise InputError("the request names no task: add --task TASK or --preset PRESET")
    tasks, features = knowledge.index("tasks"), knowledge.index("features")
    for task in request.tasks:
        if task.task not in tasks:
            raise unknown("task", task.task, tasks)
        for feature in (*task.features, *task.wishes):
            base, _, qualifier = feature.partition(":")
            if base not in features:
                raise unknown("feature", feature, features)
            rule = features[base]
            if qualifier and qualifier not in rule.qualifiers:
                raise unknown("feature", feature, [f"{base}:{q}" for q in rule.qualifiers])
            if task.task not in rule.tasks:
                belongs = ", ".join(rule.tasks)
                message = f"the feature {feature!r} means nothing for {task.task}; it belongs to {belongs}"
                raise InputError(message, name=feature)
        for model in (*task.models, *task.exclude):
            if model not in knowledge.model_names:
                raise unknown("model", model, knowledge.model_names)
        for role, variant in task.variants.items():
            _check_variant(role, variant, task, knowledge)
    for runtime in request.policies.runtimes:
        if runtime not in knowledge.index("runtimes"):
            raise unknown("runtime", runtime, knowledge.index("runtimes"))


def _check_variant(role: str, variant: str, task: TaskRequest, knowledge: Knowledge) -> None:
    """A variant that a request fixes must exist for some model it asks for."""
    components: dict[str, Component] = knowledge.index("components")
    models = [m for m in knowledge.catalog.models if task.task in m.serves and is_asked_for(m, task)]
    roles = {name for model in models for name in model.components}
    if models and role not in roles:
        raise unknown("role", role, roles)
    known = {v.key for model in models if role in model.components for v in components[model.components[role]].variants}
    if models and variant not in known:
        raise unknown(f"variant of {role}", variant, known)


def completed(task: TaskRequest, knowledge: Knowledge) -> TaskRequest:
    """The task with the features that its complexity adds, and with a mode where the request names none."""
    rule: TaskRule = knowledge.index("tasks")[task.task]
    added = rule.complexity.get(task.complexity, ()) if task.complexity is not None else ()
    wanted = (*task.features, *added)
    if rule.modes and not any(mode in wanted for mode in rule.modes) and not task.models:
        wanted = (rule.modes[0], *wanted)
    return task.model_copy(update={"features": tuple(dict.fromkeys(wanted))})


def shared_files(tasks: list[TaskRequest], knowledge: Knowledge) -> frozenset[str]:
    """Keys of files that pipelines of more than one of the tasks could use."""
    components: dict[str, Component] = knowledge.index("components")
    users: dict[str, set[int]] = {}
    for number, task in enumerate(tasks):
        for model in knowledge.catalog.models:
            if task.task in model.serves and is_asked_for(model, task):
                for key in _file_keys(model, components, knowledge):
                    users.setdefault(key, set()).add(number)
    return frozenset(key for key, of in users.items() if len(of) > 1)


def shared_runtimes(tasks: list[TaskRequest], knowledge: Knowledge) -> frozenset[str]:
    """Ids of runtimes that could execute models of more than one of the tasks."""
    users: dict[str, set[int]] = {}
    for number, task in enumerate(tasks):
        for model in knowledge.catalog.models:
            if task.task in model.serves and is_asked_for(model, task):
                for runtime in model.runtimes:
                    users.setdefault(runtime, set()).add(number)
    return frozenset(runtime for runtime, of in users.items() if len(of) > 1)


def _file_keys(model: Model, components: dict[str, Component], knowledge: Knowledge) -> set[str]:
    addons = [a for a in knowledge.catalog.addons if model.family in a.families or model.id in a.models]
    used = [*model.components.values(), *(c for a in addons for c in a.components.values())]
    keys = set()
    for component in used:
        for variant in components[component].variants:
            if variant.file is None:
                keys.add(f"{component}/{component}.{variant.key}")
            else:
                keys.add(f"{variant.file.repo or component}/{variant.file.name}")
    return keys | {f"{c.file.repo or model.id}/{c.file.name}" for c in model.checkpoints}
