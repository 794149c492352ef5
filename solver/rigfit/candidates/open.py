"""The open expansion: every pipeline that could exist, with the guards that hold it back, expanded as far as asked for.

The closed expansion drops what the rules refuse. Here a row carries a bit for each thing a person could change that
refuses it; what nobody can change stays dropped. Each task is expanded at the size asked for and at a smaller one.
Times are not cut off either: they become an amount that a ceiling bounds. Whether guards can hold together is then
arithmetic on masks and amounts (`rigfit.explain`).

Most of it is never needed: what holds a model back as a whole is known before any of its variants is looked at. So
the expansion starts as portions (a model on a runtime and device, at one size) and opens those that a question needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from rigfit.candidates.admission import Admission, Branch
from rigfit.candidates.bounds import Bounds, Room
from rigfit.candidates.combinations import PLACEMENTS, Base
from rigfit.candidates.compiler import Prepared
from rigfit.candidates.device import Device
from rigfit.candidates.guards import GuardBook, Key, OpenGate
from rigfit.candidates.items import Items
from rigfit.candidates.portions import Place, Portion, Unopened
from rigfit.candidates.reasons import Held, bits
from rigfit.candidates.rows import Rows, concatenate
from rigfit.candidates.space import Space
from rigfit.dominance import Array, Flags
from rigfit.estimate.pipeline import Pipeline
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.schema.catalog import Model
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, TaskRequest
from rigfit.schema.rules import SmallerSize, TaskRule

# The first portions opened for a question are the likeliest to answer it with yes; after them all are opened.
_FIRST = 12


@dataclass(frozen=True, eq=False, repr=False)
class OpenTask:
    """The pipelines of one task that are expanded so far. Every array has a row for each."""

    number: int
    task: TaskRequest
    rule: TaskRule
    book: GuardBook
    size: ResolvedSize
    smaller: ResolvedSize
    spaces: tuple[Space, Space]
    """At the size asked for, and at the smaller one."""
    branches: tuple[tuple[Branch, Base, Held], ...]
    """With what holds the model back on every runtime and device."""
    rows: Rows
    models: Array
    """Number of the model in the catalog."""
    mask: Array
    """Guards that hold the pipeline back, a bit each."""
    waits: Array
    """Milliseconds as they are held against the ceiling; 0 where unknown."""
    reduced: Flags
    """It works at the smaller size."""
    starts: tuple[int, ...]
    """For each branch its first row of `needs`."""
    needs: Flags
    """(combinations, items)."""
    stored: Array
    """(combinations, 2) bytes on the disk, and bytes to fetch."""
    where: Array
    """Row of `needs` and `stored`."""

    def model(self, row: int) -> Model:
        """The model of a row."""
        return self.branches[int(self.rows.key[row, 0])][0].model

    def pipeline(self, row: int) -> Pipeline:
        """The object behind a row."""
        branch, base, _ = self.branches[int(self.rows.key[row, 0])]
        return self.spaces[int(self.reduced[row])].pipeline(branch, base, self.rows.key[row].tolist())

    def held(self, row: int) -> Held:
        """The guards that rules put on a row, each with its reason; size and a missing card need none."""
        branch, base, of_model = self.branches[int(self.rows.key[row, 0])]
        key = self.rows.key[row]
        chosen = base.chosen[key[2]]
        of_parts = [
            h for group, index in zip(branch.groups, chosen, strict=True) for one in group[int(index)] for h in one.held
        ]
        placement = self.spaces[0].forbidden(branch, PLACEMENTS[int(key[3])], int(key[6]))
        of_placement = OpenGate(self.book, self.number).stop(placement, branch.device.gpu) or ()
        return tuple(
            dict.fromkeys((*of_model, *branch.held, *of_parts, *branch.addons[int(key[1])].held, *of_placement))
        )


@dataclass(eq=False, repr=False)
class Opened:
    """The open expansion of a request on a class of machine; it grows as questions are asked."""

    prepared: Prepared
    machine: Machine
    """Where there is no graphics card: with the most capable one of the catalog, behind its guard."""
    items: Items
    book: GuardBook
    tasks: list[OpenTask]
    unopened: list[Unopened]
    """What each task has left to open."""
    _known: dict[Place, list[tuple[int, Branch, Base, OpenGate]]] = field(default_factory=dict)

    def grow(
        self,
        active: Sequence[int],
        mask: int,
        bounds: Mapping[str, int],
        beside: Mapping[int, Sequence[int]],
        *,
        whole: bool,
    ) -> bool:
        """Open what a question needs.

        Args:
            active: numbers of the tasks to open more of.
            mask: guards that hold.
            bounds: capacity ("ram", "vram.0", "time.0") -> the most that a pipeline may take of it.
            beside: number -> other tasks whose weights are held at the same time.
            whole: open all that could matter, not only the first few.

        Returns:
            whether anything was left to open.
        """
        grown = False
        for number in active:
            room = self._room(number, mask, bounds)
            for other in beside.get(number, ()):
                least = self._least(other, self._room(other, mask, bounds))
                if least is None:
                    break  # nothing of the other task fits: no more of this one helps
                room = room.beside(*least)
            else:
                wanted = self.unopened[number].take(room, None if whole else _FIRST)
                if wanted:
                    grown = True
                    self.tasks[number] = self._opened(self.tasks[number], wanted)
        return grown

    def _room(self, number: int, mask: int, bounds: Mapping[str, int]) -> Room:
        vram = tuple(bounds[f"vram.{gpu}"] for gpu in range(len(self.machine.gpus)))
        return Room(mask, bounds[f"time.{number}"], bounds["ram"], vram)

    def _least(self, number: int, room: Room) -> tuple[int, list[int]] | None:
        """The least RAM, and the least of each card between uses, of what could fit of a task; None where nothing."""
        left = self.unopened[number].fitting(room)
        if not len(left.ram):
            return None
        cards = range(len(self.machine.gpus))
        return int(left.ram.min()), [int(np.where(left.gpu == gpu, left.held, 0).min()) for gpu in cards]

    def holds_back(self, key: Key, mask: int) -> bool:
        """A guard of a card holds back something on it, opened or not, at a place that nothing else holds back.

        Args:
            key: the guard.
            mask: the others.
        """
        if key.gpu is None:
            return False
        # What is cheap to know is asked of every task before what is dear.
        answers = zip(*(one.held_on(key.gpu, self.book.bit(key), mask) for one in self.unopened), strict=True)
        return any(any(of_tasks) for of_tasks in answers)

    def _opened(self, task: OpenTask, portions: Sequence[Portion]) -> OpenTask:
        """A task with some portions expanded."""
        branches, tables = list(task.branches), [task.needs]
        starts, height = list(task.starts), len(task.needs)
        blocks = [task.rows]
        columns = [(task.models, task.mask, task.waits, task.reduced.astype(np.int64), task.where)]
        for portion in portions:
            place, space = portion.place, task.spaces[portion.reduced]
            if place not in self._known:
                found = self._known[place] = []
                gate, _ = self.unopened[task.number].admitted(place)
                for branch in self.unopened[task.number].lean(place):
                    base = task.spaces[0].combinations.of(branch, gate)
                    found.append((len(branches), branch, base, gate))
                    branches.append((branch, base, place.of_model))
                    tables.append(task.spaces[0].needs(branch, base))
                    starts.append(height)
                    height += len(tables[-1])
            for number, branch, base, gate in self._known[place]:
                addons = np.array([bits(s.held) for s in branch.addons], dtype=np.int64)
                for offered in space.offered(branch, base, gate):
                    rows = offered.on(branch.device, number)
                    mask = base.mask[rows.base] | addons[rows.key[:, 1]] | (portion.mask | bits(offered.held))
                    waits = np.maximum(space.waited(branch.model, branch.device, rows.milliseconds), portion.waits)
                    full = np.ones(len(mask), dtype=np.int64)
                    blocks.append(rows)
                    columns.append(
                        (full * place.position, mask, waits, full * portion.reduced, starts[number] + rows.needs)
                    )
        width = max(table.shape[1] for table in tables)
        sizes = np.array([(spec.disk, spec.download) for spec in self.items.specs], dtype=np.float64).reshape(-1, 2)
        stored = [(table @ sizes[: table.shape[1]]).astype(np.int64) for table in tables[1:]]  # exact below 2 ** 53
        models, masks, waits, reduced, where = (np.concatenate(column) for column in zip(*columns, strict=True))
        return replace(
            task,
            branches=tuple(branches),
            starts=tuple(starts),
            rows=concatenate(blocks),
            models=models,
            mask=masks,
            waits=waits,
            reduced=reduced > 0,
            needs=np.concatenate([np.pad(table, ((0, 0), (0, width - table.shape[1]))) for table in tables]),
            stored=np.concatenate([task.stored, *stored]),
            where=where,
        )


def open_up(prepared: Prepared) -> Opened:
    """Make ready to expand a prepared request with its guards open. Wishes are left out: they hold nothing back."""
    knowledge, machine = prepared.knowledge, prepared.machine
    book = GuardBook(prepared.tasks, prepared.request.policies, machine)
    items = Items(prepared.items.installed)
    admission = prepared.expander.admission
    if not machine.gpus:
        machine = _with_a_card(machine, knowledge)
        if machine.gpus:
            admission = admission.on([Device(machine, 0, knowledge), *admission.devices])
    params = {c.id: c.params.value if c.params is not None else 0 for c in knowledge.catalog.components}
    tasks, unopened = [], []
    for number, asked in enumerate(prepared.tasks):
        rule: TaskRule = knowledge.index("tasks")[asked.task]
        size, _ = resolve_size(asked.size, rule)
        less = smaller(size, knowledge.give_ups.smaller)
        shared = prepared.expander.shared
        spaces = (Space(admission, rule, size, items, shared), Space(admission, rule, less, items, shared))
        task = _nothing(number, asked.model_copy(update={"wishes": ()}), rule, book, spaces)
        found = [portion for place in _places(task, admission) for portion in _portions(task, place)]
        # What fewest guards hold back and is smallest is the likeliest to fit.
        weights = [sum(params[c] for c in p.place.model.components.values()) for p in found]
        ranked = sorted((p.mask.bit_count(), p.waits, weights[n], n) for n, p in enumerate(found))
        portions = tuple(replace(found[n], number=place) for place, (*_, n) in enumerate(ranked))
        least = Bounds(knowledge, OpenGate(book, number))
        unopened.append(Unopened(number, task.task, book, spaces, portions, least, list(portions)))
        tasks.append(task)
    return Opened(prepared, machine, items, book, tasks, unopened)


def _places(task: OpenTask, admission: Admission) -> Iterator[Place]:
    for position, model in enumerate(admission.knowledge.catalog.models):
        if task.task.task not in model.serves:
            continue
        gate = OpenGate(task.book, task.number)
        of_model = gate.stop(admission.refusals(model, task.task, every=True))
        if of_model is not None:
            for runtime, device, held in admission.places(model, task.task, gate):
                yield Place(position, model, runtime, device, of_model, held)


def _portions(task: OpenTask, place: Place) -> Iterator[Portion]:
    own = bits((*place.of_model, *place.held))
    if place.device.gpu is not None:
        own |= task.book.bit(Key("card"))  # there is such a guard only where the card is assumed
    for reduced, space in enumerate(task.spaces if task.smaller != task.size else task.spaces[:1]):
        least = space.fastest(place.model, place.runtime, place.device)
        waits = 0
        if least is not None and least > space.patience(place.model, place.device):
            waits = int(space.waited(place.model, place.device, np.array([least]))[0])
        mask = own | (task.book.bit(Key("size", task=task.number)) if reduced else 0)
        yield Portion(0, place, bool(reduced), mask, waits)


def _nothing(number: int, task: TaskRequest, rule: TaskRule, book: GuardBook, spaces: tuple[Space, Space]) -> OpenTask:
    """A task of which nothing is expanded."""
    empty = np.zeros(0, dtype=np.int64)
    rows = replace(Rows(**{f.name: empty for f in fields(Rows)}), key=np.zeros((0, 7), dtype=np.int64))
    flags, nothing = np.zeros((0, 0), dtype=np.bool_), np.zeros((0, 2), dtype=np.int64)
    sizes = (spaces[0].size, spaces[1].size)
    return OpenTask(
        number, task, rule, book, *sizes, spaces, (), rows, empty, empty, empty, empty > 0, (), flags, nothing, empty
    )


def _with_a_card(machine: Machine, knowledge: Knowledge) -> Machine:
    """The machine with the card of the catalog that models may use most memory of, where its system has such cards."""
    cards = [c for c in knowledge.catalog.gpus if not c.unified and c.kind in ("desktop", "workstation")]
    cards = [c for c in cards if c.backend == "cuda"] if machine.os != "macos" else []
    if not cards:
        return machine
    best = max(cards, key=lambda c: (c.memory.value, c.bandwidth.value if c.bandwidth else 0, c.id))
    return machine.model_copy(update={"gpus": simulate(knowledge, MachineRequest(gpus=(best.id,))).gpus})


def smaller(size: ResolvedSize, how: SmallerSize) -> ResolvedSize:
    """A size reduced as rules/ say: each side, the length, the context; one result at a time."""
    return replace(
        size,
        width=_even(size.width * how.side.value // 1000),
        height=_even(size.height * how.side.value // 1000),
        batch=1,
        frames=size.frames if size.frames == 1 else max(2, size.frames * how.length.value // 1000),
        seconds=size.seconds * how.length.value / 1000,
        context=size.context * how.context.value // 1000,
    )


def _even(side: int) -> int:
    """A side that every model can make: a multiple of 16 pixels, 64 at least."""
    return max(64, side // 16 * 16) if side else 0
