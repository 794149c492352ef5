"""One walk through the questions in their order: what is asked, what is answered, and what that makes of the request.

A condition looks at what came before it. So what is answered to a question that is no longer asked counts for
nothing, and going back never has to undo anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rigfit import units
from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.knowledge.flow import known_values, options
from rigfit.machine import names
from rigfit.machine.simulation import NO_GPU
from rigfit.schema.flow import Ask, Choice, Condition, Question, Sets
from rigfit.schema.machine import Machine
from rigfit.schema.request import Policies, TaskRequest

Value = str | tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """A question or detail that is asked, with its answer."""

    question: Question
    ask: Ask
    options: tuple[Choice, ...]
    value: Value
    answered: bool


@dataclass
class State:
    """What the answers so far add up to."""

    preset: str | None = None
    title: str | None = None
    tasks: tuple[TaskRequest, ...] = ()
    policies: Policies = field(default_factory=Policies)
    machine: dict[str, Any] = field(default_factory=dict)
    """Fields of a MachineRequest."""
    taken: dict[str, Value] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """Questions of which at least one option must be taken, and none is."""


def questions(knowledge: Knowledge) -> tuple[Question, ...]:
    """The questions of the wizard in their order."""
    return tuple(sorted(knowledge.rulebook.questions, key=lambda question: question.position))


def check_names(flow: Sequence[Question], answers: Mapping[str, Value]) -> None:
    """Refuse answers to questions that do not exist.

    Raises:
        InputError: with the nearest question.
    """
    known = [ask.id for question in flow for ask in (question, *question.details)]
    for name in answers:
        if name not in known:
            raise unknown("question", name, known)


def walk(
    flow: Sequence[Question],
    answers: Mapping[str, Value],
    machine: Machine | None,
    knowledge: Knowledge,
    state: State,
) -> Iterator[Step]:
    """Every step that is asked; `state` grows as they are taken.

    Args:
        flow: the questions in order.
        answers: what was answered; the rest takes its default.
        machine: what conditions about the machine look at. Without one they hold for what is answered, and for
            nothing else: whoever answered was asked.
        knowledge: presets, tasks, features, profiles and cards.
        state: empty at first.

    Raises:
        InputError: for an answer that cannot be.
    """
    check_names(flow, answers)
    for question in flow:
        if not _asked(question, answers, machine, knowledge, state):
            continue
        for ask in (question, *question.details):
            if ask is not question and not _asked(ask, answers, machine, knowledge, state):
                continue
            offered = options(ask, state.tasks, knowledge)
            if offered or ask.fills is not None:  # some jobs have no features to choose from
                yield _taken(question, ask, offered, answers, knowledge, state)


def _asked(
    ask: Ask,
    answers: Mapping[str, Value],
    machine: Machine | None,
    knowledge: Knowledge,
    state: State,
) -> bool:
    if not ask.show_if:
        return True
    if machine is None and ask.id in answers and any(c.vram_below is not None for c in ask.show_if):
        return True
    return any(_holds(condition, machine, knowledge, state) for condition in ask.show_if)


def _holds(condition: Condition, machine: Machine | None, knowledge: Knowledge, state: State) -> bool:
    if any(not _among(state.taken.get(name), values) for name, values in condition.answered.items()):
        return False
    if any(_among(state.taken.get(name), values) for name, values in condition.not_answered.items()):
        return False
    if condition.task and not {task.task for task in state.tasks} & set(condition.task):
        return False
    if condition.feature_of is not None and not _open_to(condition.feature_of, state, knowledge):
        return False
    below = condition.vram_below
    return below is None or (machine is not None and _largest(machine, knowledge) < below.value)


def _among(value: Value | None, values: Sequence[str]) -> bool:
    return bool({value} & set(values)) if isinstance(value, str) else bool(set(value or ()) & set(values))


def _open_to(feature: str, state: State, knowledge: Knowledge) -> bool:
    """One of the jobs can have a feature, and does not need it yet."""
    rule = knowledge.index("features")[feature]
    return any(
        task.task in rule.tasks and not any(had.partition(":")[0] == feature for had in task.features)
        for task in state.tasks
    )


def _largest(machine: Machine, knowledge: Knowledge) -> int:
    """Bytes of the largest card, as it is sold where a driver reports a little less."""
    sizes = [0]
    for gpu in machine.gpus:
        spec = knowledge.index("gpus").get(gpu.spec or "")
        reported_less = spec is not None and not gpu.unified and gpu.vram >= names.REPORTED_SHARE[0] * spec.memory.value
        sizes.append(max(gpu.vram, spec.memory.value) if spec is not None and reported_less else gpu.vram)
    return max(sizes)


def _taken(
    question: Question,
    ask: Ask,
    offered: tuple[Choice, ...],
    answers: Mapping[str, Value],
    knowledge: Knowledge,
    state: State,
) -> Step:
    answered = ask.id in answers
    value = _value(ask, answers.get(ask.id, ask.default), offered, knowledge)
    state.taken[ask.id] = value
    if ask.kind in ("one", "many"):
        chosen = {value} if isinstance(value, str) else set(value)
        for option in offered:
            if option.value in chosen:
                _apply(option.sets, state, knowledge)
        if ask.at_least_one and not value:
            state.missing.append(ask.id)
    elif value and ask.fills is not None:
        state.machine[ask.fills] = value
    return Step(question, ask, offered, value, answered)


def _value(ask: Ask, given: Value, offered: Sequence[Choice], knowledge: Knowledge) -> Value:
    """An answer in the shape of its question, checked."""
    listed = tuple(dict.fromkeys([given] if isinstance(given, str) else given))
    if ask.kind == "many":
        listed = tuple(one for one in listed if one)  # nothing typed is nothing taken
        _check_known(ask, listed, offered, knowledge)
        return tuple(option.value for option in offered if option.value in listed)
    if ask.kind == "card":
        return _cards(ask, tuple([given] if isinstance(given, str) else given), knowledge)
    if len(listed) != 1:
        raise InputError(f"{ask.id}: one answer is needed, not {len(listed)}", name=ask.id)
    if ask.kind == "one":
        _check_known(ask, listed, offered, knowledge)
    elif listed[0].strip():
        _amount(ask, listed[0])
    return listed[0].strip()


def _check_known(ask: Ask, listed: tuple[str, ...], offered: Sequence[Choice], knowledge: Knowledge) -> None:
    """Refuse values that the question never has; one that is not offered now is no mistake, it counts for nothing."""
    strange = set(listed) - {option.value for option in offered}
    if not strange or strange <= (known := known_values(ask, knowledge)):
        return
    value = next(value for value in listed if value in strange - known)
    raise unknown(f"answer to {ask.id}", value, known, more=_short(known))


def _short(known: frozenset[str]) -> str:
    return f"; known: {', '.join(sorted(known))}" if len(known) <= 6 else ""


def _cards(ask: Ask, listed: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    cards = tuple(name.strip() for given in listed for name in given.split(",") if name.strip())
    for name in cards:
        if name.casefold() not in NO_GPU and not names.by_name(knowledge, name):
            names.choose(knowledge, name)  # raises, with the nearest
    return cards or tuple(ask.default)


def _amount(ask: Ask, text: str) -> int:
    try:
        amount = units.parse_bytes(text, memory=ask.kind == "memory")
    except units.UnitError as problem:
        raise InputError(f"{ask.id}: {problem}", name=text) from None
    if 0 < amount < units.MIB:  # a bare number is bytes, and nobody means so few
        raise InputError(f"{ask.id}: {text} has no unit; write it like '{text} GB'", name=text)
    return amount


def _apply(sets: Sets, state: State, knowledge: Knowledge) -> None:
    if sets.preset is not None:
        request = knowledge.index("presets")[sets.preset].request
        state.preset, state.title = sets.preset, request.title
        state.tasks, state.policies = request.tasks, request.policies
    if sets.task is not None:
        state.tasks = (*state.tasks, TaskRequest(task=sets.task))
    for need in sets.needs:
        state.tasks = tuple(_needing(task, need, knowledge) for task in state.tasks)
    if sets.style is not None:
        state.tasks = tuple(
            task.model_copy(update={"style": sets.style})
            if knowledge.index("tasks")[task.task].width is not None
            else task
            for task in state.tasks
        )
    decided = sets.policies.model_dump(exclude_none=True)
    if decided:
        state.policies = state.policies.model_copy(update=decided)
    if sets.os is not None:
        state.machine["os"] = sets.os


def _needing(task: TaskRequest, need: str, knowledge: Knowledge) -> TaskRequest:
    rule = knowledge.index("features")[need.partition(":")[0]]
    if task.task not in rule.tasks:
        return task
    return task.model_copy(update={"features": tuple(dict.fromkeys((*task.features, need)))})
