"""The guards of an open expansion: a number for each thing that a person could change, and the gate that asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rigfit.candidates.reasons import Gate, Held, Reason
from rigfit.schema.machine import Machine
from rigfit.schema.request import Policies, TaskRequest

# Masks are 64-bit integers; what the last guards of a request with more than this stand for counts as nobody's.
_MOST = 60
_OF_TASK = ("feature", "models", "variants", "by_name", "size")
_OF_CARD = ("architecture", "platform")


@dataclass(frozen=True, slots=True)
class Key:
    """What a guard stands for."""

    kind: str
    """"feature", "models", "variants", "by_name", "size", "runtimes", "licence", "territory", "experimental",
    "architecture", "platform" or "card" (there is none)."""
    task: int | None = None
    gpu: int | None = None
    detail: str = ""
    """The feature."""


class GuardBook:
    """The guards of a request on a machine: what it states or its policies say, and what its cards are."""

    def __init__(self, tasks: Sequence[TaskRequest], policies: Policies, machine: Machine) -> None:
        """Number them once; what is not among them nobody can change."""
        self.keys = tuple(_keys(tasks, policies, machine))[:_MOST]
        self._numbers = {key: number for number, key in enumerate(self.keys)}

    def bit(self, key: Key) -> int:
        """A guard as a mask; 0 where there is none."""
        number = self._numbers.get(key)
        return 0 if number is None else 1 << number

    def find(self, guard: str, task: int, gpu: int | None) -> int | None:
        """The guard that a reason's word stands for, met for a task on a card; None where nobody can change it."""
        kind, _, detail = guard.partition(":")
        if kind in _OF_TASK:
            return self._numbers.get(Key(kind, task=task, detail=detail))
        # What the processor cannot do a card could, but that card's own pipelines say so.
        return self._numbers.get(Key(kind, gpu=gpu) if kind in _OF_CARD else Key(kind))


def _keys(tasks: Sequence[TaskRequest], policies: Policies, machine: Machine) -> Iterator[Key]:
    for number, task in enumerate(tasks):
        if task.models or task.exclude:
            yield Key("models", task=number)
        if task.variants:
            yield Key("variants", task=number)
        yield from (Key("feature", task=number, detail=feature) for feature in task.features)
        yield Key("size", task=number)
        yield Key("by_name", task=number)
    stated = {
        "runtimes": policies.runtimes,
        "licence": policies.use == "commercial" or policies.sells_output,
        "territory": policies.territory,
        "experimental": not policies.experimental,
    }
    yield from (Key(kind) for kind, holds in stated.items() if holds)
    if not machine.gpus:
        yield Key("card")
    for number in range(len(machine.gpus)):
        yield Key("platform", gpu=number)
        yield Key("architecture", gpu=number)


class OpenGate(Gate):
    """Lets through what a person could change, and notes the rest."""

    is_open = True

    def __init__(self, book: GuardBook, task: int) -> None:
        super().__init__()
        self.book = book
        self.task = task

    def stop(self, found: Sequence[Reason], gpu: int | None = None) -> Held | None:
        """See `Gate.stop`."""
        held: list[tuple[int, Reason]] = []
        for reason in found:
            number = self.book.find(reason.guard, self.task, gpu)
            if number is None:
                self.append(reason)
                return None
            held.append((number, reason))
        return tuple(held)
