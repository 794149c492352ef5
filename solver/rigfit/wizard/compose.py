"""From answers to a request and a machine, and to the document that a front end shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rigfit import units
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.stated import stated_machine
from rigfit.schema.flow import Flow, Outcome, Question, ShownDetail, ShownOption, ShownQuestion
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request
from rigfit.wizard.walk import State, Step, Value, walk

if TYPE_CHECKING:
    from rigfit.wizard.outcomes import Outcomes


def compose(
    flow: Sequence[Question],
    answers: Mapping[str, Value],
    knowledge: Knowledge,
    *,
    machine: Machine | None = None,
) -> Request:
    """The request that answers add up to; what is not answered takes its default.

    Args:
        flow: `questions(knowledge)`.
        answers: question or detail -> value or values; of what is not asked, nothing counts.
        knowledge: what the options stand for.
        machine: what conditions about the machine look at; without one, such a question counts where it is answered.

    Raises:
        InputError: for an answer that cannot be, or where no job is chosen.
    """
    state = _through(flow, answers, machine, knowledge)
    if state.missing:
        raise InputError(f"{state.missing[0]}: at least one must be chosen", name=state.missing[0])
    return _request(state)


def machine_request(flow: Sequence[Question], answers: Mapping[str, Value], knowledge: Knowledge) -> MachineRequest:
    """What answers say of the machine.

    Raises:
        InputError: for a card that nobody knows, or an amount that is none.
    """
    return _machine(_through(flow, answers, None, knowledge))


def machine_of(
    flow: Sequence[Question], answers: Mapping[str, Value], knowledge: Knowledge, here: Callable[[], Machine]
) -> Machine:
    """The machine that answers speak of.

    Args:
        flow: `questions(knowledge)`.
        answers: as for `compose`.
        knowledge: the cards, and what is assumed.
        here: the machine that stands for "this one"; asked only where it is meant.

    Raises:
        InputError: for a machine that cannot be.
    """
    return stated_machine(machine_request(flow, answers, knowledge), knowledge, here)


def visible(
    flow: Sequence[Question],
    answers: Mapping[str, Value],
    machine: Machine,
    knowledge: Knowledge,
    *,
    outcomes: Outcomes | None = None,
    of: str | None = None,
) -> Flow:
    """What is asked now, with every answer or default in place.

    Args:
        flow: `questions(knowledge)`.
        answers: what was answered so far.
        machine: the one that the answers speak of (`machine_of`).
        knowledge: presets, tasks, features, profiles and cards.
        outcomes: where it is given, each option of a question that is tried is solved on the machine.
        of: only the options of this question are, in place of all.

    Raises:
        InputError: for an answer that cannot be.
    """
    state = State()
    steps = list(walk(flow, answers, machine, knowledge, state))
    request = None if state.missing else _request(state)

    def outcome(step: Step, value: str) -> Outcome | None:
        if outcomes is None or not step.ask.tried or of not in (None, step.ask.id):
            return None
        tried = _through(flow, {**answers, step.ask.id: value}, machine, knowledge)
        return None if tried.missing else outcomes.of(_request(tried), machine)

    shown: list[ShownQuestion] = []
    for question in dict.fromkeys(step.question.id for step in steps):
        first, *rest = [step for step in steps if step.question.id == question]
        details = tuple(ShownDetail(**_fields(step, machine, outcome)) for step in rest)
        shown.append(
            ShownQuestion(
                **_fields(first, machine, outcome),
                number=len(shown) + 1,
                title=first.question.title,
                details=details,
            )
        )
    return Flow(
        machine=machine,
        questions=tuple(shown),
        answers=state.taken,
        request=request,
        machine_request=_machine(state),
    )


def _through(
    flow: Sequence[Question], answers: Mapping[str, Value], machine: Machine | None, knowledge: Knowledge
) -> State:
    state = State()
    for _ in walk(flow, answers, machine, knowledge, state):
        pass
    return state


def _machine(state: State) -> MachineRequest:
    try:
        return MachineRequest.model_validate(state.machine)
    except ValidationError as problem:
        raise InputError(problem.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _request(state: State) -> Request:
    stated = _machine(state)
    return Request(
        title=state.title,
        preset=state.preset,
        tasks=state.tasks,
        policies=state.policies,
        machine=stated if stated != MachineRequest() else None,
    )


def _fields(step: Step, machine: Machine, outcome: Callable[[Step, str], Outcome | None]) -> dict[str, Any]:
    ask = step.ask
    return {
        "id": ask.id,
        "question": ask.question,
        "help": ask.help,
        "kind": ask.kind,
        "options": tuple(
            ShownOption(
                value=option.value,
                label=option.label,
                description=option.description,
                outcome=outcome(step, option.value),
            )
            for option in step.options
        ),
        "default": ask.default,
        "value": step.value,
        "answered": step.answered,
        "at_least_one": ask.at_least_one,
        "tried": ask.tried,
        "now": _now(ask.fills, machine),
    }


def _now(field: str | None, machine: Machine) -> str:
    """What the machine has of a field that is typed."""
    if field == "gpus":
        return ", ".join(gpu.name for gpu in machine.gpus) or "none"
    if field == "vram":
        return units.format_memory(max((gpu.vram for gpu in machine.gpus), default=0))
    if field == "ram":
        return units.format_memory(machine.ram)
    return units.format_file(machine.disk_free) if field == "disk" else ""
