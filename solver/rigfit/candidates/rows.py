"""Pipelines in columns: one row each, thousands at a time; and what of them depends on no machine's speeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from rigfit.candidates.combinations import Base
from rigfit.candidates.device import Device
from rigfit.candidates.reasons import Held
from rigfit.dominance import Array, Flags
from rigfit.estimate import time
from rigfit.estimate.pipeline import Placement


@dataclass(frozen=True)
class Rows:
    """Pipelines as columns; the same row of every column is one pipeline."""

    value: Array
    """Hundredths of a point."""
    milliseconds: Array
    """Expected; -1 where unknown."""
    cascade: Array
    vram: Array
    held: Array
    ram: Array
    gpu: Array
    """-1 on the processor, and where a service does it."""
    runtime: Array
    """How far the runtime is behind the best conceivable one, in points; 100 where nothing is known."""
    hosted: Array
    """1 where a service does it, else 0."""
    money: Array
    """Millionths of a US dollar that it charges a month."""
    base: Array
    """Row of the branch's `Base`."""
    needs: Array
    """Row of the branch's table of needs."""
    key: Array
    """(rows, 7) branch, add-ons, variants, placement, streamed share, tiled, cache: the canonical order in a model."""

    def take(self, rows: Array) -> Rows:
        """Some of the rows."""
        return Rows(*(getattr(self, f.name)[rows] for f in fields(self)))


def concatenate(blocks: Sequence[Rows]) -> Rows:
    """All rows of several blocks."""
    return Rows(*(np.concatenate([getattr(block, f.name) for block in blocks]) for f in fields(Rows)))


@dataclass(frozen=True)
class Offered:
    """The pipelines of a branch in one placement: the same on all machines that differ in nothing but their speeds."""

    placement: Placement
    held: Held
    """What holds the placement back, where the expansion is open."""
    rows: Rows
    """Of branch 0, and without their times."""
    spent: tuple[time.Job, Any, Any, Any, Any, Any]
    """What `time.milliseconds` asks for beside the speeds, in arrays that broadcast to the shape."""
    shape: tuple[int, ...]
    chosen: Array | None = None
    """Which of the flattened shape the rows are; None for all of them."""

    def take(self, chosen: Array) -> Offered:
        """Some of them."""
        return replace(self, rows=self.rows.take(chosen), chosen=chosen)

    def on(self, device: Device, number: int) -> Rows:
        """The pipelines on a device, as those of a branch of that number."""
        job, *amounts = self.spent
        spent = time.milliseconds(job, device.speeds, *amounts)
        milliseconds = self.rows.milliseconds
        if spent is not None:
            table = np.empty(self.shape, dtype=np.int64)
            table[...] = spent
            milliseconds = table.ravel() if self.chosen is None else table.ravel()[self.chosen]
        key = self.rows.key.copy()
        key[:, 0] = number
        return replace(self.rows, milliseconds=milliseconds, key=key)


def fill(table: Flags, base: Base, sets: Sequence[Sequence[int]]) -> None:
    """Mark in (add-on sets x combinations, items) what each needs; what lies below that is left alone."""
    count, known = base.has.shape
    for number, items in enumerate(sets):
        block = table[number * count : (number + 1) * count]
        block[:, :known] = base.has
        block[:, items] = True
