"""One task over the whole catalog: the pipelines that are left, and why the others are not.

A model has thousands of pipelines (variants of each component x runtimes x placements). They are built and compared
as arrays and become objects only where they survive. What another pipeline of the same model beats is dropped here;
that keeps models small without changing any ranking of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rigfit.candidates.admission import Admission, Branch, is_asked_for
from rigfit.candidates.cloud import Hosted, hosted, hosted_rows
from rigfit.candidates.combinations import PLACEMENTS, Base
from rigfit.candidates.device import Device
from rigfit.candidates.fit import Fit, Miss
from rigfit.candidates.items import Items, stored_bytes
from rigfit.candidates.judged import Judged, JudgedBranch, JudgedPlace
from rigfit.candidates.objective import Objective
from rigfit.candidates.reasons import Gate, Held, Reason
from rigfit.candidates.rows import Rows, concatenate, fill
from rigfit.candidates.space import Space
from rigfit.dominance import Array, Flags, places, undominated
from rigfit.estimate.pipeline import Pipeline
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Model, Runtime
from rigfit.schema.request import TaskRequest
from rigfit.schema.rules import TaskRule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pipeline with the numbers that the solver sees."""

    pipeline: Pipeline
    value: int
    """Hundredths of a point."""
    milliseconds: int
    """-1 where unknown."""
    cascade: int
    vram: int
    held: int
    ram: int
    scores: tuple[int, ...]
    """What it adds to each tier, items not counted."""
    items: tuple[int, ...]
    money: int = 0
    """Millionths of a US dollar that a service charges a month; 0 for what runs here."""


@dataclass
class Expansion:
    """What became of one task."""

    task: TaskRequest
    rule: TaskRule
    size: ResolvedSize
    assumed: tuple[str, ...] = ()
    """Fields of the size that nobody stated."""
    candidates: list[Candidate] = field(default_factory=list)
    """In canonical order."""
    refused: dict[str, list[Reason]] = field(default_factory=dict)
    """Model -> reasons, where nothing of it is left."""
    degraded: dict[str, list[Reason]] = field(default_factory=dict)
    """Model -> reasons why some of its variants, runtimes or placements are not offered."""
    misses: dict[str, Miss] = field(default_factory=dict)
    """Model -> how far its nearest pipeline is from fitting, where none fits."""
    blocked_by: frozenset[str] = frozenset()
    """Resources (vram, ram, disk) of which more would let some pipeline in."""
    considered: int = 0
    """Pipelines built."""


@dataclass(frozen=True)
class Table:
    """Pipelines of all models, and what they need."""

    rows: Rows
    groups: Array
    needs: Flags
    where: Array
    disk: Array
    """Bytes that the files of each pipeline take while they are installed."""
    download: Array
    """Bytes that each fetches."""


@dataclass(frozen=True)
class Gathered:
    """Everything about one task that depends on the class of the machine alone, not on its capacities."""

    expansion: Expansion
    """Without candidates and misses."""
    objective: Objective
    space: Space
    branches: list[tuple[Branch, Base]]
    table: Table | None
    """None where nothing is admitted."""
    hosted: tuple[Hosted, ...] = ()
    """Models at services, whose rows come after those of the branches."""

    def candidate(self, rows: Rows, row: int, scores: Array, needs: Flags) -> Candidate:
        """The object behind a row: what it adds to each tier is `scores`, the items it needs are `needs`."""
        number = int(rows.key[row, 0])
        if number < len(self.branches):
            branch, base = self.branches[number]
            pipeline = self.space.pipeline(branch, base, rows.key[row].tolist())
        else:
            pipeline = self.hosted[number - len(self.branches)].pipeline
        return Candidate(
            pipeline,
            value=int(rows.value[row]),
            milliseconds=int(rows.milliseconds[row]),
            cascade=int(rows.cascade[row]),
            vram=int(rows.vram[row]),
            held=int(rows.held[row]),
            ram=int(rows.ram[row]),
            scores=tuple(scores.tolist()),
            items=tuple(np.flatnonzero(needs).tolist()),
            money=int(rows.money[row]),
        )


class Expander:
    """Expands the tasks of one request; files, nodes and runtimes are numbered across all of them."""

    def __init__(
        self,
        admission: Admission,
        items: Items,
        shared: frozenset[str],
        tasks: Sequence[TaskRequest],
        judged: Judged | None = None,
    ) -> None:
        """Take what all tasks share.

        Args:
            admission: judges models for the policies and devices.
            items: numbering of files, nodes and runtimes.
            shared: keys of files and runtimes that more than one task of the request may use.
            tasks: all tasks of the request.
            judged: what was found for another machine of the kind; None where nothing is to be kept.
        """
        self.admission = admission
        self.items = items
        self.shared = shared
        self._judged = judged
        self.alone = len(tasks) == 1
        self.together = any(task.together is not None for task in tasks)

    def gather(
        self, task: TaskRequest, size: ResolvedSize, assumed: tuple[str, ...], objective: Objective, turn: int = 0
    ) -> Gathered:
        """All pipelines that the rules admit for the task in a place of the request, whatever the capacities."""
        expansion = Expansion(task, objective.rule, size, assumed)
        space = Space(self.admission, objective.rule, size, self.items, self.shared)
        branches: list[tuple[Branch, Base]] = []
        blocks: list[Rows] = []
        models: list[Array] = []
        for number, model in enumerate(self.admission.knowledge.catalog.models):
            if task.task in model.serves and is_asked_for(model, task):
                found = self._model(model, expansion, space, branches, turn)
                blocks += found
                models += [np.full(len(block.value), number, dtype=np.int64) for block in found]
        table = self._table(space, branches, blocks, models) if blocks else None
        expansion.considered = len(table.groups) if table is not None else 0
        elsewhere = tuple(hosted(task, size, self.admission))
        if elsewhere:
            table = self._with_hosted(table, elsewhere, len(branches))
        return Gathered(expansion, objective, space, branches, table, elsewhere)

    def _table(
        self, space: Space, branches: list[tuple[Branch, Base]], blocks: list[Rows], models: list[Array]
    ) -> Table:
        """Pipelines of all models in canonical order, with what they need."""
        rows = concatenate(blocks)
        canonical = np.lexsort(rows.key.T[::-1])  # branches are numbered model by model
        rows, groups = rows.take(canonical), np.concatenate(models)[canonical]
        needs, where = self.needs(space, branches, rows)
        sizes = np.array([(spec.disk, spec.download) for spec in self.items.specs], dtype=np.int64)
        disk, download = (needs.astype(np.int64) @ sizes)[where].T
        return Table(rows, groups, needs, where, disk, download)

    def _with_hosted(self, table: Table | None, found: tuple[Hosted, ...], first: int) -> Table:
        """The same with models at services after them; each of those is a group of its own, and needs no items."""
        knowledge = self.admission.knowledge
        catalog = knowledge.catalog.models
        number = {model.id: position for position, model in enumerate(catalog, start=len(catalog))}
        groups = np.array([number[one.model.id] for one in found], dtype=np.int64)
        nothing = np.zeros(len(found), dtype=np.int64)
        if table is None:
            rows = hosted_rows(found, first, 0, knowledge.cascade.cloud)
            return Table(rows, groups, np.zeros((1, 0), dtype=np.bool_), nothing, nothing, nothing)
        rows = hosted_rows(found, first, len(table.needs), knowledge.cascade.cloud, table.rows.key.shape[1])
        return Table(
            concatenate([table.rows, rows]),
            np.concatenate([table.groups, groups]),
            np.pad(table.needs, ((0, 1), (0, 0))),
            np.concatenate([table.where, nothing + len(table.needs)]),
            np.concatenate([table.disk, nothing]),
            np.concatenate([table.download, nothing]),
        )

    def settle(self, gathered: Gathered, fit: Fit | None) -> Expansion:
        """What was gathered, less what does not fit by itself and what another pipeline of the same model beats."""
        whole, objective = gathered.expansion, gathered.objective
        expansion = replace(whole, candidates=[], misses={}, blocked_by=frozenset())
        branches, table = gathered.branches, gathered.table
        if table is None:
            return expansion
        rows, groups, needs, where = table.rows, table.groups, table.needs, table.where
        if fit is not None:
            fits, expansion.blocked_by = fit.fits(rows, table.disk, table.download)
            self._note_misses(expansion, table, fits, branches, fit)
            left = np.flatnonzero(fits)
            rows, groups, where = rows.take(left), groups[left], where[left]
        scores = objective.scores(rows)
        for row in self._unbeaten(rows, groups, needs, where, scores, objective, fit).tolist():
            expansion.candidates.append(gathered.candidate(rows, row, scores[row], needs[where[row]]))
        return expansion

    def _note_misses(
        self,
        expansion: Expansion,
        table: Table,
        fits: Flags,
        branches: list[tuple[Branch, Base]],
        fit: Fit,
    ) -> None:
        """For each model of which nothing fits: what comes nearest."""
        rows, groups = table.rows, table.groups
        models = self.admission.knowledge.catalog.models
        for number in np.setdiff1d(groups[groups < len(models)], groups[fits]).tolist():
            of_model = np.flatnonzero(groups == number)
            part = rows.take(of_model)
            row, resource, needs, has = fit.nearest(part, table.disk[of_model], table.download[of_model])
            branch, base = branches[int(part.key[row, 0])]
            nearest = label(branch, base, part.key[row].tolist())
            expansion.misses[models[number].id] = Miss(resource, needs, has, nearest)

    def _model(
        self, model: Model, expansion: Expansion, space: Space, branches: list[tuple[Branch, Base]], turn: int
    ) -> list[Rows]:
        """Pipelines of one model, and why there are no more."""
        if refusals := self.admission.refusals(model, expansion.task):
            expansion.refused[model.id] = refusals
            return []
        reasons = Gate()
        blocks: list[Rows] = []

        def hopeless(runtime: Runtime, device: Device) -> bool:
            return space.is_hopeless(model, runtime, device, reasons)

        for runtime, device, held in self.admission.places(model, expansion.task, reasons, hopeless, turn):
            place = self._place(space, model, runtime, device, expansion.task, held, turn)
            for one in place.branches:
                branch = replace(one.branch, device=device)
                reasons += one.noted
                blocks += space.rows(branch, len(branches), one.offered, reasons)
                branches.append((branch, one.base))
            reasons += place.noted
        noted = list(dict.fromkeys(reasons))
        if not blocks:
            text = f"{model.title} has no combination of files that a runtime here can load"
            nothing = Reason("support.none", model.title, text, "nobody", None, model.origin)
            expansion.refused[model.id] = noted or [nothing]
        elif noted:
            expansion.degraded[model.id] = noted
        return blocks

    def _place(
        self, space: Space, model: Model, runtime: Runtime, device: Device, task: TaskRequest, held: Held, turn: int
    ) -> JudgedPlace:
        """What there is of a model on a runtime and device, however long it takes."""
        key = (turn, model.id, runtime.id, device.gpu)
        known = self._judged.places if self._judged is not None else {}
        if key not in known:
            gate = Gate()
            found = []
            for branch in self.admission.packagings(model, runtime, device, task, gate, held):
                base = space.combinations.of(branch, gate)
                offered = tuple(space.offered(branch, base, gate))
                found.append(JudgedBranch(branch, base, offered, tuple(gate)))
                gate.clear()
            known[key] = JudgedPlace(tuple(found), tuple(gate))
        return known[key]

    @staticmethod
    def needs(space: Space, branches: list[tuple[Branch, Base]], rows: Rows) -> tuple[Flags, Array]:
        """One table of what combinations need, and each row's place in it."""
        addons = [space.addon_items(branch) for branch, _ in branches]  # numbers what has no number yet
        sizes = [len(base.value) * len(sets) for (_, base), sets in zip(branches, addons, strict=True)]
        offsets = np.cumsum([0, *sizes])
        whole = np.zeros((offsets[-1], len(space.items.specs)), dtype=np.bool_)
        for (_, base), sets, start in zip(branches, addons, offsets.tolist(), strict=False):
            fill(whole[start:], base, sets)
        return whole, offsets[rows.key[:, 0]] + rows.needs

    def _unbeaten(
        self,
        rows: Rows,
        groups: Array,
        needs: Flags,
        where: Array,
        scores: Array,
        objective: Objective,
        fit: Fit | None,
    ) -> Array:
        """Rows that no other of the same model beats: before them in the objective, no larger in any resource."""
        specs = self.items.specs[: needs.shape[1]]
        tangled = self.admission.tangled_nodes  # a conflict couples packages even where nothing is shared
        common = np.array(
            [
                s.key in self.shared
                if s.kind in ("file", "runtime")
                else not self.alone or (s.kind == "node" and s.key in tangled)
                for s in specs
            ],
            dtype=np.bool_,
        )
        own = objective.item_scores(specs)
        own[common] = 0
        scores = scores + (needs @ own)[where]
        stored = stored_bytes(specs, common)
        uses = list(scores[:, objective.bounding].T)
        # Where the capacities are settled, what fits by itself fits: only what couples tasks can still matter.
        if fit is None or not self.alone:
            uses += list((needs @ stored)[where].T)
        if fit is None or self.together:
            gpus = np.unique(rows.gpu[rows.gpu >= 0])
            uses += [rows.ram, *(np.where(rows.gpu == g, rows.vram, 0) for g in gpus)]
            if self.together:
                uses += [np.where(rows.gpu == g, rows.held, 0) for g in gpus]
            if self.admission.policies.cloud != "no":
                uses.append(rows.money)
        amounts = np.stack(uses, axis=1) if uses else np.zeros((len(where), 0), dtype=np.int64)
        order = places(np.delete(scores, objective.bounding, axis=1))
        return undominated(order, amounts, needs[:, common][where], groups)


def label(branch: Branch, base: Base, key: list[int]) -> str:
    """A pipeline in a few words: its main part's variant and the runtime."""
    chosen = base.chosen[key[2]]
    parts = [one.part for group, i in zip(branch.groups, chosen, strict=True) for one in group[int(i)]]
    main = max(parts, key=lambda part: part.weights)
    placement = {"cpu": "on the processor", "model_offload": "offloaded"}.get(PLACEMENTS[key[3]], PLACEMENTS[key[3]])
    return f"{branch.model.title} {main.variant.key} in {branch.runtime.title}, {placement}"
