"""The options of the wizard's questions: their own, then one for each entry of a collection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rigfit.schema.flow import Ask, Choice, PolicyChoice, Sets
from rigfit.schema.request import TaskRequest

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge


def options(ask: Ask, tasks: Sequence[TaskRequest], knowledge: Knowledge) -> tuple[Choice, ...]:
    """What can be taken, where `tasks` are asked for so far."""
    return (*ask.options, *(_FROM[ask.options_from](tasks, knowledge) if ask.options_from is not None else ()))


def known_values(ask: Ask, knowledge: Knowledge) -> frozenset[str]:
    """Every value the question could ever have, whatever is asked for."""
    every = tuple(TaskRequest(task=task.id) for task in knowledge.rulebook.tasks)
    return frozenset(option.value for option in options(ask, every, knowledge))


def _presets(tasks: Sequence[TaskRequest], knowledge: Knowledge) -> tuple[Choice, ...]:
    entries = sorted(knowledge.catalog.presets, key=lambda preset: (preset.tier.value, preset.id))
    return tuple(
        Choice(value=entry.id, label=entry.title, description=entry.description, sets=Sets(preset=entry.id))
        for entry in entries
    )


def _tasks(tasks: Sequence[TaskRequest], knowledge: Knowledge) -> tuple[Choice, ...]:
    return tuple(Choice(value=rule.id, label=rule.title, sets=Sets(task=rule.id)) for rule in knowledge.rulebook.tasks)


def _features(tasks: Sequence[TaskRequest], knowledge: Knowledge) -> tuple[Choice, ...]:
    asked = {task.task for task in tasks}
    found = []
    for rule in knowledge.rulebook.features:
        if asked & set(rule.tasks):
            found.append(Choice(value=rule.id, label=rule.title, sets=Sets(needs=(rule.id,))))
            for qualifier in rule.qualifiers:
                name = f"{rule.id}:{qualifier}"
                label = f"{rule.title}: {qualifier.replace('_', ' ')}"
                found.append(Choice(value=name, label=label, sets=Sets(needs=(name,))))
    return tuple(found)


def _profiles(tasks: Sequence[TaskRequest], knowledge: Knowledge) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            value=profile.id,
            label=profile.title,
            description=profile.reason,
            sets=Sets(policies=PolicyChoice(prefer=profile.id)),
        )
        for profile in knowledge.rulebook.profiles
    )


_FROM: dict[str, Callable[[Sequence[TaskRequest], Knowledge], tuple[Choice, ...]]] = {
    "presets": _presets,
    "tasks": _tasks,
    "features": _features,
    "profiles": _profiles,
}
