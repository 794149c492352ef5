"""The open expansion as a guarded problem: rows that nothing undercuts, and one guard for each thing to change.

The problem grows with the expansion: questions about guards open portions of it (`rigfit.candidates.open`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from rigfit.candidates.combinations import held_by
from rigfit.candidates.compiler import capacities, node_conflicts
from rigfit.candidates.guards import Key
from rigfit.candidates.limits import STORAGE, Limits, stored
from rigfit.candidates.open import Opened, OpenTask
from rigfit.dominance import Array, places, undominated
from rigfit.explain.guards import UNBOUNDED, Guard, Guarded, Kept
from rigfit.explain.services import service_options
from rigfit.machine.capacity import Usable
from rigfit.machine.capacity import usable as capacity
from rigfit.problem import Changeable, Decision, Item, Limit, Option, Problem, Refusal

_CHANGEABLE: dict[str, Changeable] = {
    "task": "request", "feature": "request", "size": "request", "models": "request", "variants": "request",
    "by_name": "request", "together": "request", "time": "request", "runtimes": "policy", "licence": "policy",
    "territory": "policy", "experimental": "policy", "max_disk": "policy", "max_download": "policy",
    "max_cost": "policy",
}  # fmt: skip
# In a conflict what a person decides comes before what a person has, and what is cheap to change comes last of the
# wishes: a conflict speaks of the late ones only where it must.
ORDER = (
    "task", "feature", "models", "variants", "licence", "territory", "together", "runtimes", "by_name", "experimental",
    "size", "max_disk", "max_download", "max_cost", "time", "disk", "ram", "memory", "vram", "platform", "architecture",
    "card",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """A guarded problem, and what its guards and options stand for."""

    opened: Opened
    usable: Usable
    guarded: Guarded
    keys: tuple[Key, ...]
    """What each guard stands for."""
    kept: list[Array]
    """For each task the rows that its first options stand for; those after them are services."""

    @property
    def order(self) -> list[int]:
        """All guards, those to speak of by preference first."""
        place = {kind: number for number, kind in enumerate(ORDER)}
        return sorted(self.guarded.all, key=lambda n: (place[self.keys[n].kind], self.keys[n].task or 0, n))

    def find(self, kind: str, **of: int) -> int | None:
        """The number of a guard."""
        for number, key in enumerate(self.keys):
            if key.kind == kind and all(getattr(key, name) == value for name, value in of.items()):
                return number
        return None


def build(opened: Opened, usable: Usable) -> Case:
    """The guarded problem of an open expansion on a machine's capacities."""
    prepared, machine = opened.prepared, opened.machine
    limits = Limits(prepared.tasks, machine, money=prepared.request.policies.cloud != "no")
    growing = _Growing(opened, limits)
    amounts = capacities(prepared.request, usable)
    if machine is not prepared.machine:  # the card that is assumed
        amounts |= {f"vram.{n}": amount for n, amount in enumerate(capacity(machine, prepared.knowledge).vram)}
    for task in opened.tasks:
        amounts[f"time.{task.number}"] = task.spaces[0].ceiling
    guards, keys = _guards(opened, limits, amounts)
    return Case(opened, usable, Guarded(growing.problem(), amounts, guards, growing), tuple(keys), growing.kept)


class _Growing:
    """The problem of what is expanded so far."""

    def __init__(self, opened: Opened, limits: Limits) -> None:
        """Lay down its limits.

        Args:
            opened: the expansion; may have grown already.
            limits: of the closed problem. Those of tasks in one group are joined by what holds them in turn.
        """
        self.opened, self.limits = opened, limits
        tasks = opened.prepared.tasks
        extra: list[Limit] = []
        first = len(limits.limits)
        self.in_turn: dict[tuple[int, int], int] = {}
        for number, task in enumerate(tasks):
            if task.together and sum(other.together == task.together for other in tasks) > 1:
                for gpu in range(-1, len(opened.machine.gpus)):
                    self.in_turn[(number, gpu)] = first + len(extra)
                    name = "ram" if gpu < 0 else f"vram.{gpu}"
                    extra.append(Limit(f"{name}.alone.{number}", name, f"memory.{name.partition('.')[0]}", "machine"))
        self.time_of: list[int] = []
        for opening in opened.tasks:
            self.time_of.append(first + len(extra))
            name = f"time.{opening.number}"
            extra.append(Limit(name, name, f"time.ceiling.{opening.rule.id}", "request"))
        self.all_limits = (*limits.limits, *extra)
        self.kept = [np.zeros(0, dtype=np.int64) for _ in tasks]
        self.options: list[dict[int, Option]] = [{} for _ in tasks]
        self._seen = [0] * len(tasks)
        # Which files tasks could share decides only where storage is short. Told apart by their files, nearly all rows
        # of several tasks count, so that waits until it matters.
        self.loose = frozenset(limit.capacity for limit in STORAGE) if len(tasks) > 1 else frozenset()
        money = next((n for n, limit in enumerate(limits.limits) if limit.capacity == "max_cost"), None)
        self.services = [service_options(opened, task, money) for task in opened.tasks]

    def grow(self, short: Sequence[int], held: Kept, bounds: Mapping[str, int], *, whole: bool) -> Problem | None:
        """See `rigfit.explain.guards.Source`."""
        mask = sum(1 << refusal for refusal in held.refusals)
        beside = {number: self._beside(number, held) for number in short}
        return self.problem() if self.opened.grow(short, mask, bounds, beside, whole=whole) else None

    def _beside(self, number: int, held: Kept) -> list[int]:
        """The other tasks that must be done and hold their weights while one does."""
        tasks = self.opened.prepared.tasks
        mine = self.limits.of_task(number, None)
        if any(self.all_limits[limit].key in mine for limit in held.let_go):
            return []
        group = tasks[number].together
        return [n for n in held.active if n != number and group is not None and tasks[n].together == group]

    def tighten(self) -> Problem:
        """See `rigfit.explain.guards.Source`."""
        self.loose = frozenset()
        self._seen = [0] * len(self._seen)
        self.kept[:] = [np.zeros(0, dtype=np.int64) for _ in self.kept]
        return self.problem()

    def problem(self) -> Problem:
        """The problem as it is now."""
        opened = self.opened
        specs = opened.items.specs
        decisions = []
        for number, task in enumerate(opened.tasks):
            if self._seen[number] < len(task.mask):
                fresh = np.arange(self._seen[number], len(task.mask))
                self._seen[number] = len(task.mask)
                self.kept[number] = _front(
                    task, opened, np.concatenate([self.kept[number], fresh]), storage=not self.loose
                )
            options = [self._option(task, row) for row in self.kept[number].tolist()]
            decisions.append(Decision(f"{number}.{task.task.task}", (*options, *self.services[number])))
        conflicts = node_conflicts(opened.items, opened.prepared.knowledge)
        items = tuple(Item(f"{spec.kind}:{spec.key}", (), stored(spec)) for spec in specs)
        refusals = tuple(Refusal(k.kind, k.detail, _CHANGEABLE.get(k.kind, "machine")) for k in opened.book.keys)
        return Problem(tuple(decisions), items, self.all_limits, conflicts, (), refusals)

    def _option(self, task: OpenTask, row: int) -> Option:
        found = self.options[task.number].get(row)
        if found is None:
            found = self.options[task.number][row] = _option(
                task, row, self.limits, self.in_turn, self.time_of[task.number]
            )
        return found


def _guards(opened: Opened, limits: Limits, amounts: dict[str, int]) -> tuple[list[Guard], list[Key]]:
    prepared = opened.prepared
    cards = [None, *range(len(opened.machine.gpus))]
    costs = {str(kind): cost for kind, cost in prepared.knowledge.give_ups.costs.items()}
    longest = prepared.knowledge.give_ups.longest_wait
    guards: list[Guard] = []
    keys: list[Key] = []

    def add(key: Key, most: int | None = None, **what: frozenset[object]) -> None:
        name = f"{key.kind}.{key.task}.{key.gpu}.{key.detail}"
        changeable = _CHANGEABLE.get(key.kind, "machine")
        guards.append(Guard(name, changeable, costs.get(key.kind, 1000), most=most, **what))  # type: ignore[arg-type]
        keys.append(key)

    for number, key in enumerate(opened.book.keys):
        add(key, refusals=frozenset({number}))
    for number in range(len(opened.tasks)):
        add(Key("task", task=number), decisions=frozenset({number}))
        add(Key("time", task=number), longest, capacities=frozenset({f"time.{number}"}))
    for group in dict.fromkeys(t.together for t in prepared.tasks if t.together):
        members = [n for n, t in enumerate(prepared.tasks) if t.together == group]
        if len(members) > 1:
            names = {key for n in members for gpu in cards for key in limits.of_task(n, gpu)}
            mine = {number for number, limit in enumerate(limits.limits) if limit.key in names}
            add(Key("together", task=members[0], detail=group), limits=frozenset(mine))
    for budget in ("max_disk", "max_download", "max_cost"):
        if amounts.get(budget, UNBOUNDED) < UNBOUNDED:
            add(Key(budget), capacities=frozenset({budget}))
    add(Key("disk"), capacities=frozenset({"disk"}))
    unified = [n for n, gpu in enumerate(prepared.machine.gpus) if gpu.unified]
    if unified:
        add(Key("memory"), capacities=frozenset({"ram", *(f"vram.{n}" for n in unified)}))
    else:
        add(Key("ram"), capacities=frozenset({"ram"}))
    for number, gpu in enumerate(prepared.machine.gpus):
        if not gpu.unified:
            add(Key("vram", gpu=number), capacities=frozenset({f"vram.{number}"}))
    return guards, keys


def _option(task: OpenTask, row: int, limits: Limits, in_turn: dict[tuple[int, int], int], time: int) -> Option:
    rows = task.rows
    gpu = int(rows.gpu[row])
    shape = SimpleNamespace(
        vram=int(rows.vram[row]),
        held=int(rows.held[row]),
        ram=int(rows.ram[row]),
        money=0,
        pipeline=SimpleNamespace(gpu=None if gpu < 0 else gpu),
    )
    uses = list(limits.uses(task.number, shape))  # type: ignore[arg-type]
    if (task.number, -1) in in_turn:
        uses.append((in_turn[(task.number, -1)], uses[0][1]))  # RAM comes first
        if gpu >= 0:
            uses.append((in_turn[(task.number, gpu)], shape.vram))
    uses.append((time, int(task.waits[row])))
    needs = tuple(np.flatnonzero(task.needs[task.where[row]]).tolist())
    mask = int(task.mask[row])
    refusals = tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1)
    return Option(str(row), task.model(row).id, (), tuple(uses), needs, refusals)


def _front(task: OpenTask, opened: Opened, chosen: Array, *, storage: bool) -> Array:
    """Of some rows those that no other one undercuts: held back by no more guards, no larger in any amount.

    Args:
        task: whose rows they are.
        opened: the expansion.
        chosen: indexes of the rows.
        storage: bytes on the disk and the files that tasks could share count, too.
    """
    rows, mask, where = task.rows.take(chosen), task.mask[chosen], task.where[chosen]
    expander = opened.prepared.expander
    columns = [rows.ram, task.waits[chosen], *(task.stored[where].T if storage else ())]
    for gpu in np.unique(rows.gpu[rows.gpu >= 0]).tolist():
        # On another card it needs nothing of this one, but that is another row's business: rows of one card compare.
        columns += [np.where(rows.gpu == gpu, rows.vram, 0)]
        if expander.together:
            columns += [np.where(rows.gpu == gpu, rows.held, 0)]
    specs = opened.items.specs[: task.needs.shape[1]]
    common = [
        n
        for n, spec in enumerate(specs)
        if (spec.kind == "node" and spec.key in expander.admission.tangled_nodes)
        or (storage and len(opened.tasks) > 1 and (spec.kind == "runtime" or spec.key in expander.shared))
    ]
    needed = task.needs[:, common][where]
    held = np.concatenate([held_by(mask), needed[:, needed.any(axis=0)]], axis=1)
    amounts = np.stack(columns, axis=1)
    return chosen[undominated(places(amounts), amounts, held, np.zeros(len(amounts), dtype=np.int64))]
