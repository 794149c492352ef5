"""One task over the whole catalog: the pipelines that are left, and why the others are not.

A model has thousands of pipelines (variants of each component x runtimes x placements). They are built and compared
as arrays and become objects only where they survive. What another pipeline of the same model beats is dropped here;
that keeps models small without changing any ranking of models.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rigfit.candidates.admission import Admission, Branch, is_named
from rigfit.candidates.items import Items
from rigfit.candidates.objective import Objective
from rigfit.candidates.reasons import Reason
from rigfit.candidates.space import Base, Rows, Space, concatenate
from rigfit.dominance import Array, Flags, places, undominated
from rigfit.estimate.pipeline import Pipeline
from rigfit.estimate.size import ResolvedSize
from rigfit.schema.catalog import Model
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
    items: tuple[int, ...]


@dataclass
class Expansion:
    """What became of one task."""

    task: TaskRequest
    rule: TaskRule
    size: ResolvedSize
    candidates: list[Candidate] = field(default_factory=list)
    """In canonical order."""
    refused: dict[str, list[Reason]] = field(default_factory=dict)
    """Model -> reasons, where nothing of it is left."""
    degraded: dict[str, list[Reason]] = field(default_factory=dict)
    """Model -> reasons why some of its variants, runtimes or placements are not offered."""
    considered: int = 0
    """Pipelines built."""


def is_asked_for(model: Model, task: TaskRequest) -> bool:
    """The request's lists of models and families let it through."""
    if is_named(model, task.exclude) or model.family in task.exclude:
        return False
    return not task.models or is_named(model, task.models) or model.family in task.models


class Expander:
    """Expands the tasks of one request; files, nodes and runtimes are numbered across all of them."""

    def __init__(self, admission: Admission, items: Items, shared: frozenset[str], alone: bool) -> None:
        """Take what all tasks share.

        Args:
            admission: judges models for the policies and devices.
            items: numbering of files, nodes and runtimes.
            shared: keys of files that more than one task of the request may use.
            alone: the request has only one task, so nothing is shared.
        """
        self.admission = admission
        self.items = items
        self.shared = shared
        self.alone = alone

    def expand(self, task: TaskRequest, size: ResolvedSize, objective: Objective) -> Expansion:
        """All pipelines for a task that the rules admit, less those that another of the same model beats."""
        expansion = Expansion(task, objective.rule, size)
        space = Space(self.admission, objective.rule, size, self.items, self.shared)
        branches: list[tuple[Branch, Base]] = []
        blocks: list[Rows] = []
        models: list[Array] = []
        for number, model in enumerate(self.admission.knowledge.catalog.models):
            if task.task in model.serves and is_asked_for(model, task):
                rows = self._model(model, expansion, space, branches)
                blocks += rows
                models += [np.full(len(block.value), number, dtype=np.int64) for block in rows]
        if not blocks:
            return expansion
        rows = concatenate(blocks)
        canonical = np.lexsort(rows.key.T[::-1])  # branches are numbered model by model
        rows, groups = rows.take(canonical), np.concatenate(models)[canonical]
        expansion.considered = len(groups)
        needs, where = self._needs(space, branches, rows)
        for row in self._unbeaten(rows, groups, needs, where, objective).tolist():
            branch, base = branches[int(rows.key[row, 0])]
            pipeline = space.pipeline(branch, base, rows.key[row].tolist())
            numbers = (rows.value, rows.milliseconds, rows.cascade, rows.vram, rows.held, rows.ram)
            used = tuple(np.flatnonzero(needs[where[row]]).tolist())
            expansion.candidates.append(Candidate(pipeline, *(int(column[row]) for column in numbers), used))
        return expansion

    def _model(
        self, model: Model, expansion: Expansion, space: Space, branches: list[tuple[Branch, Base]]
    ) -> list[Rows]:
        """Pipelines of one model, and why there are no more."""
        if refusals := self.admission.refusals(model, expansion.task):
            expansion.refused[model.id] = refusals
            return []
        reasons: list[Reason] = []
        blocks: list[Rows] = []
        for branch in self.admission.branches(model, expansion.task, reasons):
            base = space.base(branch, reasons)
            blocks += space.rows(branch, len(branches), base, reasons)
            branches.append((branch, base))
        reasons = list(dict.fromkeys(reasons))
        if not blocks:
            text = f"{model.title} has no combination of files that a runtime here can load"
            nothing = Reason("support.none", model.title, text, "nobody", None, model.origin)
            expansion.refused[model.id] = reasons or [nothing]
        elif reasons:
            expansion.degraded[model.id] = reasons
        return blocks

    @staticmethod
    def _needs(space: Space, branches: list[tuple[Branch, Base]], rows: Rows) -> tuple[Flags, Array]:
        """One table of what combinations need, and each row's place in it."""
        tables = [space.needs(branch, base) for branch, base in branches]
        width = max(table.shape[1] for table in tables)
        offsets = np.cumsum([0, *(len(table) for table in tables)])
        whole = np.concatenate([np.pad(t, ((0, 0), (0, width - t.shape[1]))) for t in tables])
        return whole, offsets[rows.key[:, 0]] + rows.needs

    def _unbeaten(self, rows: Rows, groups: Array, needs: Flags, where: Array, objective: Objective) -> Array:
        """Rows that no other of the same model beats: before them in the objective, no larger in any resource."""
        specs = self.items.specs[: needs.shape[1]]
        tangled = self.admission.tangled_nodes  # a conflict couples packages even where nothing is shared
        common = np.array(
            [
                s.key in self.shared if s.kind == "file" else not self.alone or (s.kind == "node" and s.key in tangled)
                for s in specs
            ],
            dtype=np.bool_,
        )
        own = objective.item_scores(specs)
        own[common] = 0
        scores = objective.scores(rows) + (needs @ own)[where]
        disk = np.array([0 if c else s.disk for c, s in zip(common, specs, strict=True)], dtype=np.int64)
        gpus = np.unique(rows.gpu[rows.gpu >= 0])
        uses = [rows.ram, (needs @ disk)[where]]
        uses += [np.where(rows.gpu == g, rows.vram, 0) for g in gpus]
        if not self.alone:
            uses += [np.where(rows.gpu == g, rows.held, 0) for g in gpus]
        uses += list(scores[:, objective.bounding].T)
        order = places(np.delete(scores, objective.bounding, axis=1))
        return undominated(order, np.stack(uses, axis=1), needs[:, common][where], groups)
