"""The limits of a problem: which amounts of which pipelines add up against which capacity."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.candidates.expand import Candidate
from rigfit.candidates.items import ItemSpec
from rigfit.problem import Limit
from rigfit.schema.machine import Machine
from rigfit.schema.request import TaskRequest

STORAGE = (
    Limit("disk", "disk", "memory.disk", "machine"),
    Limit("policy.disk", "max_disk", "policy.max_disk", "policy"),
    Limit("policy.download", "max_download", "policy.max_download", "policy"),
)
"""What files count against; always the first limits of a problem."""


def stored(spec: ItemSpec) -> tuple[tuple[int, int], ...]:
    """(limit, amount) for a file: the room it takes while it is installed, and what is fetched."""
    amounts = {"disk": spec.disk, "max_disk": spec.disk, "max_download": spec.download}
    return tuple((number, amounts[limit.capacity]) for number, limit in enumerate(STORAGE) if amounts[limit.capacity])


class Limits:
    """Limits for the tasks of a request on a machine.

    Tasks in turn have the card to themselves. Tasks of one *together* group hold their weights at the same time: for
    each of them the peak of that task plus what all others hold must fit.
    """

    def __init__(self, tasks: Sequence[TaskRequest], machine: Machine, *, money: bool = False) -> None:
        """Take what there is to limit.

        Args:
            tasks: of the request.
            machine: its cards.
            money: services may be used, and what they charge counts.
        """
        self.machine = machine
        self.limits: list[Limit] = list(STORAGE)
        self._money = self._add_money() if money else None
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

    def _add_money(self) -> int:
        self.limits.append(Limit("policy.cost", "max_cost", "policy.max_cost", "policy"))
        return len(self.limits) - 1

    def _add(self, key: str, capacity: str, rule: str) -> int:
        self.limits.append(Limit(key, capacity, rule, "machine"))
        return len(self.limits) - 1

    def of_task(self, number: int, gpu: int | None) -> list[str]:
        """Keys of the limits that speak of a task on a card (or on the processor): its RAM, its peak."""
        found = [self._ram[number], *([self._vram[(number, gpu)]] if gpu is not None else [])]
        return [self.limits[index].key for index in found]

    def uses(self, number: int, candidate: Candidate) -> tuple[tuple[int, int], ...]:
        """(limit, amount) for a pipeline of a task; amounts may be arrays, over pipelines that use the same card."""
        gpu = candidate.pipeline.gpu
        if gpu is None:
            charged = ((self._money, candidate.money),) if self._money is not None else ()
            return ((self._ram[number], candidate.ram), *charged)
        # On a chip with unified memory the two are one: what the GPU holds is gone for everything else.
        ram = candidate.ram + (candidate.vram if self.machine.gpus[gpu].unified else 0)
        peaks = [
            (self._vram[(member, gpu)], candidate.vram if member == number else candidate.held)
            for member in self._members[number]
        ]
        return ((self._ram[number], ram), *peaks)
