"""A prepared request as one problem over every pipeline, good for any capacities; options are made when asked for.

Compiling for one machine drops what does not fit there, compares what is left and makes objects of it: right for one
answer, and most of the work again for the next. Here the pipelines stay the arrays they were gathered in; for each
capacity the reduction leaves a handful, and only they become objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import cast, overload

import numpy as np

from rigfit.candidates.compiler import Compiled, Prepared, option
from rigfit.candidates.expand import Candidate, Gathered
from rigfit.candidates.limits import Limits
from rigfit.dominance import Array, Flags
from rigfit.engines import Outcome
from rigfit.problem import Choice, Decision, Option, Problem
from rigfit.rank import rank
from rigfit.reduce import Table, Tables


class _Pipelines(Sequence[Option]):
    """The options of one task, each made on first use."""

    def __init__(self, number: int, gathered: Gathered, scores: Array, needs: Flags, limits: Limits) -> None:
        self.number = number
        self.gathered = gathered
        self.scores = scores
        self.needs = needs
        self.limits = limits
        self._made: dict[int, tuple[Candidate, Option]] = {}

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[Option]:
        return (self[row] for row in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> Option: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Option, ...]: ...
    def __getitem__(self, index: int | slice) -> Option | tuple[Option, ...]:
        if isinstance(index, slice):
            return tuple(self[row] for row in range(*index.indices(len(self))))
        return self._of(index)[1]

    def candidate(self, row: int) -> Candidate:
        """The pipeline of a row."""
        return self._of(row)[0]

    def _of(self, row: int) -> tuple[Candidate, Option]:
        made = self._made.get(row)
        if made is None:
            table = self.gathered.table
            if table is None or not -len(self) <= row < len(self):
                raise IndexError(row)
            found = self.gathered.candidate(table.rows, row, self.scores[row], self.needs[table.where[row]])
            made = self._made[row] = (found, option(self.number, found, self.limits))
        return made


@dataclass(frozen=True)
class Whole:
    """The problem with every pipeline, and the same as arrays."""

    prepared: Prepared
    problem: Problem
    tables: Tables
    pipelines: tuple[_Pipelines, ...]

    @classmethod
    def of(cls, prepared: Prepared) -> Whole:
        """Nothing is compared or left out here; that is for each capacity."""
        empty = prepared.assemble([replace(g.expansion, candidates=[], misses={}) for g in prepared.gathered])
        limits, frame = empty.limits, empty.problem
        pipelines = []
        for number, gathered in enumerate(prepared.gathered):
            table = gathered.table
            if table is None:
                scores = np.zeros((0, len(frame.tiers)), dtype=np.int64)
                needs = np.zeros((0, len(frame.items)), dtype=np.bool_)
            else:
                scores = gathered.objective.scores(table.rows)
                needs = np.pad(table.needs, ((0, 0), (0, len(frame.items) - table.needs.shape[1])))
            pipelines.append(_Pipelines(number, gathered, scores, needs, limits))
        decisions = tuple(
            Decision(decision.key, options) for decision, options in zip(frame.decisions, pipelines, strict=True)
        )
        problem = replace(frame, decisions=decisions)
        return cls(prepared, problem, _tables(problem, pipelines), tuple(pipelines))

    def rank(self, capacities: Mapping[str, int], k: int) -> Outcome:
        """The k best choices at these capacities: the same pipelines that compiling for them would lead to."""
        return rank(self.problem, capacities, k, engine=self.prepared.request.engine, tables=self.tables)

    def candidates(self, choice: Choice) -> tuple[Candidate, ...]:
        """The pipelines that a choice stands for."""
        return tuple(options.candidate(row) for options, row in zip(self.pipelines, choice, strict=True))

    def compiled(self, choices: Sequence[Choice]) -> tuple[Compiled, list[Choice]]:
        """A small problem that holds what some choices are made of, and the same choices in it."""
        rows = [sorted({choice[task] for choice in choices}) for task in range(len(self.pipelines))]
        expansions = [
            replace(options.gathered.expansion, candidates=[options.candidate(row) for row in kept], misses={})
            for options, kept in zip(self.pipelines, rows, strict=True)
        ]
        moved = [tuple(kept.index(row) for kept, row in zip(rows, choice, strict=True)) for choice in choices]
        return self.prepared.assemble(expansions), moved


def _tables(problem: Problem, pipelines: Sequence[_Pipelines]) -> Tables:
    """The arrays that `rigfit.reduce` would make of the options one by one."""
    shape = (len(problem.items), len(problem.limits))
    item_uses = np.zeros(shape, dtype=np.int64)
    for number, item in enumerate(problem.items):
        for limit, amount in item.uses:
            item_uses[number, limit] += amount
    item_scores = np.array([item.scores for item in problem.items], dtype=np.int64).reshape(
        shape[0], len(problem.tiers)
    )
    owners = np.zeros(shape[0], dtype=np.int64)
    for options in pipelines:
        if options.gathered.table is not None:
            # Not by np.unique, here and below: it imports numpy.ma, for longer than a small sweep takes here.
            used = np.bincount(options.gathered.table.where, minlength=len(options.needs)) > 0
            owners += options.needs[used].any(axis=0)
    common = owners > 1
    for conflict in problem.conflicts:
        common[list(conflict.items)] = True
    shared = np.flatnonzero(common & (owners > 0))
    tables = []
    for options in pipelines:
        table = options.gathered.table
        uses = np.zeros((len(options), shape[1]), dtype=np.int64)
        if table is None:
            nothing = np.zeros(0, dtype=np.bool_)
            tables.append(Table(options.scores, uses, np.zeros((0, len(shared)), np.bool_), uses[:, 0], nothing))
            continue
        own = np.where(common, 0, 1)
        needs = options.needs.astype(np.int64)
        scores = options.scores + (needs @ (item_scores * own[:, None]))[table.where]
        uses += (needs @ (item_uses * own[:, None]))[table.where]
        rows = table.rows
        for gpu in sorted(set(rows.gpu.tolist())):
            of_gpu = np.flatnonzero(rows.gpu == gpu)
            # As a candidate whose amounts are columns: so the limits are written down in one place only.
            columns = SimpleNamespace(
                pipeline=SimpleNamespace(gpu=None if gpu < 0 else gpu),
                vram=rows.vram[of_gpu],
                held=rows.held[of_gpu],
                ram=rows.ram[of_gpu],
                money=rows.money[of_gpu],
            )
            for limit, amount in options.limits.uses(options.number, cast(Candidate, columns)):
                uses[of_gpu, limit] += amount
        refused = np.zeros(len(options), dtype=np.bool_)
        tables.append(Table(scores, uses, options.needs[:, shared][table.where], table.groups, refused))
    return Tables(tuple(tables), item_uses[shared])
