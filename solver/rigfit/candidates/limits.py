"""The limits of a problem: which amounts of which pipelines add up against which capacity."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.candidates.expand import Candidate
from rigfit.problem import Limit
from rigfit.schema.machine import Machine
from rigfit.schema.request import TaskRequest

STORAGE = (
    Limit("disk", "disk", "memory.disk", "machine"),
    Limit("policy.disk", "max_disk", "policy.max_disk", "policy"),
    Limit("policy.download", "max_download", "policy.max_download", "policy"),
)
"""What files count against; always the first limits of a problem."""


class Limits:
    """Limits for the tasks of a request on a machine.

    Tasks in turn have the card to themselves. Tasks of one *together* group hold their weights at the same time: for
    each of them the peak of that task plus what all others hold must fit.
    """

    def __init__(self, tasks: Sequence[TaskRequest], machine: Machine) -> None:
        self.machine = machine
        self.limits: list[Limit] = list(STORAGE)
        self._members: dict[int, list[int]] = {}
        self._ram: dict[int, int] = {}
        self._vram: dict[tuple[int, int], int] = {}
        groups: dict[str, list[int]] = {}
        for number, task in enumerate(tasks):
            groups.setdefault(task.together or f"#{number}", []).append(number)
        for name, members in groups.items():
            label = name if len(members) > 1 else f"{members[0]}.{tasks[members[0]].task}"
            ram = self._add(f"ram.{label}", "ram", "memory.ram")
            for member in members:
                self._members[member] = members
                self._ram[member] = ram
                who = label if len(members) == 1 else f"{label}.{member}"
                for gpu in range(len(machine.gpus)):
                    self._vram[(member, gpu)] = self._add(f"vram.{gpu}.{who}", f"vram.{gpu}", "memory.vram")

    def _add(self, key: str, capacity: str, rule: str) -> int:
        self.limits.append(Limit(key, capacity, rule, "machine"))
        return len(self.limits) - 1

    def of_task(self, number: int, gpu: int | None) -> list[str]:
        """Keys of the limits that speak of a task on a card (or on the processor): its RAM, its peak."""
        found = [self._ram[number], *([self._vram[(number, gpu)]] if gpu is not None else [])]
        return [self.limits[index].key for index in found]

    def uses(self, number: int, candidate: Candidate) -> tuple[tuple[int, int], ...]:
        """(limit, amount) for a pipeline of a task."""
        gpu = candidate.pipeline.gpu
        if gpu is None:
            return ((self._ram[number], candidate.ram),)
        # On a chip with unified memory the two are one: what the GPU holds is gone for everything else.
        ram = candidate.ram + (candidate.vram if self.machine.gpus[gpu].unified else 0)
        peaks = [
            (self._vram[(member, gpu)], candidate.vram if member == number else candidate.held)
            for member in self._members[number]
        ]
        return ((self._ram[number], ram), *peaks)
