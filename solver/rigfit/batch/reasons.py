"""Where there is no bundle: what comes closest, the same words as `rigfit solve` says first, for many capacities.

`rigfit.explain.first` compiles a problem for every machine. Here only the pipelines are kept that can be the closest
at some capacities: one that needs no less of anything than an earlier one of its model never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rigfit.batch.chunks import Point, Why
from rigfit.candidates.compiler import UNBOUNDED, Prepared, capacities
from rigfit.candidates.expand import Expansion, Gathered, Table, label
from rigfit.candidates.fit import Fit, Miss
from rigfit.dominance import Array, undominated
from rigfit.explain.first import closest_of, closest_together, explain_none, nearest_refusal, needed_together
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import Usable

_RESOURCES = ("vram", "ram", "disk")
# Numbers in one table at a time.
_CELLS = 2_000_000


@dataclass(frozen=True)
class _Near:
    """The pipelines of one task that can come closest, model by model in the order of their ids."""

    gathered: Gathered
    table: Table
    ram: Array
    """Bytes that each needs of the system's memory, with what its card takes of it."""


class Reasons:
    """What stops one request on one class of machine."""

    def __init__(self, prepared: Prepared) -> None:
        """Take a request prepared for the class."""
        self.prepared = prepared
        self.unified = [gpu.unified for gpu in prepared.machine.gpus]
        self._near = [_nearest(gathered, prepared.knowledge, self.unified) for gathered in prepared.gathered]
        self._missed: dict[tuple[int, int, int, int], Why] = {}
        self._needed: dict[tuple[object, ...], int | None] = {}

    def at(self, points: Sequence[Point]) -> list[Why]:
        """The first reason at each of some capacities where there is no bundle."""
        found: list[Why | None] = [None] * len(points)
        for number, (near, gathered) in enumerate(zip(self._near, self.prepared.gathered, strict=True)):
            left = [at for at, why in enumerate(found) if why is None]
            if not left:
                break
            if near is None:
                refused = _refused(gathered.expansion, self.prepared.knowledge)
                return [refused if why is None else why for why in found]
            step = max(1, _CELLS // len(near.ram))
            for start in range(0, len(left), step):
                part = left[start : start + step]
                for at, why in zip(part, self._misses(number, near, [points[p] for p in part]), strict=True):
                    found[at] = why
        return [self._together(point) if why is None else why for point, why in zip(points, found, strict=True)]

    def _misses(self, task: int, near: _Near, points: Sequence[Point]) -> list[Why | None]:
        """What comes closest for one task at each point, as `Fit.nearest` says it; None where something fits."""
        at = np.array(points, dtype=np.int64)
        table, policies = near.table, self.prepared.request.policies
        cards = np.concatenate([at[:, :-2], np.zeros((len(at), 1), dtype=np.int64)], axis=1)
        stored = at[:, -1:] if policies.max_disk is None else np.minimum(at[:, -1:], policies.max_disk)
        fetched = UNBOUNDED if policies.max_download is None else policies.max_download
        shape = (len(at), len(near.ram))
        needs = np.stack([
            np.broadcast_to(table.rows.vram, shape),
            np.broadcast_to(near.ram, shape),
            np.maximum(table.disk, table.download - fetched + stored),
        ])  # fmt: skip
        have = np.stack(
            [cards[:, table.rows.gpu], *(np.broadcast_to(column, shape) for column in (at[:, -2:-1], stored))]
        )
        ratios = needs / np.maximum(have, 1)
        rows = ratios.max(axis=0).argmin(axis=1)
        each = np.arange(len(at))
        worst = ratios[:, each, rows].argmax(axis=0)
        needed, offered = needs[worst, each, rows], have[worst, each, rows]
        found: list[Why | None] = []
        for row, resource, need, has in zip(
            rows.tolist(), worst.tolist(), needed.tolist(), offered.tolist(), strict=True
        ):
            found.append(self._miss(task, near, row, resource, need, has) if need > has else None)
        return found

    def _miss(self, task: int, near: _Near, row: int, resource: int, needs: int, has: int) -> Why:
        key = (task, row, resource, has)
        why = self._missed.get(key)
        if why is None:
            chosen = near.table.rows.key[row]
            branch, base = near.gathered.branches[int(chosen[0])]
            miss = Miss(_RESOURCES[resource], needs, has, label(branch, base, chosen.tolist()))
            expansion = replace(near.gathered.expansion, misses={branch.model.id: miss})
            text = closest_of(expansion, self.prepared.knowledge).text
            why = self._missed[key] = Why(_RESOURCES[resource], text)
        return why

    def _together(self, point: Point) -> Why:
        """Each task fits by itself.

        Tasks that take their turn compete for the disk alone, so what they need of it depends only on which pipelines
        fit, and is the same for many machines.
        """
        request = self.prepared.request
        have = Usable(tuple(point[:-2]), point[-2], point[-1])
        bounds = capacities(request, have)
        policies = request.policies
        apart = all(task.together is None for task in request.tasks)
        if apart and policies.max_disk is None and policies.max_download is None:
            fit = Fit(bounds, self.unified)
            tables = [gathered.table for gathered in self.prepared.gathered]
            fits = (fit.fits(t.rows, t.disk, t.download)[0].tobytes() for t in tables if t is not None)
            key = (point[:-1], *fits)
            if key not in self._needed:
                self._needed[key] = needed_together(self.prepared.compile(have), bounds, "disk")
            needs = self._needed[key]
            if needs is not None:
                return Why("disk", closest_together(request, "disk", needs, have.disk).text)
        found = explain_none(self.prepared.compile(have), bounds)
        if not found.closest:
            return Why("conflict", found.summary)
        return Why(found.closest[0].resource or "conflict", found.closest[0].text)


def _refused(expansion: Expansion, knowledge: Knowledge) -> Why:
    refusal = nearest_refusal(expansion)
    rule = "request.models" if refusal is None else refusal[1].rule
    return Why(rule, closest_of(expansion, knowledge).text)


def _nearest(gathered: Gathered, knowledge: Knowledge, unified: Sequence[bool]) -> _Near | None:
    table = gathered.table
    if table is None:
        return None
    rows = table.rows
    ram = rows.ram + np.where(np.array([*unified, False])[rows.gpu], rows.vram, 0)
    uses = np.stack([rows.vram, ram, table.disk, table.download], axis=1)
    # Cards are compared apart: each has its own memory.
    groups = table.groups * (len(unified) + 1) + rows.gpu + 1
    nothing = np.zeros((len(groups), 0), dtype=np.bool_)
    kept = undominated(np.arange(len(groups)), uses, nothing, groups)
    models = knowledge.catalog.models
    by_id = np.empty(len(models), dtype=np.int64)
    by_id[sorted(range(len(models)), key=lambda number: models[number].id)] = np.arange(len(models))
    kept = kept[np.argsort(by_id[table.groups[kept]], kind="stable")]
    part = Table(
        rows.take(kept), table.groups[kept], table.needs, table.where[kept], table.disk[kept], table.download[kept]
    )
    return _Near(gathered, part, ram[kept])
