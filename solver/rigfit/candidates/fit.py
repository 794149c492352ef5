"""What fits by itself on given capacities, and how far the rest misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rigfit.candidates.rows import Rows
from rigfit.dominance import Array, Flags


@dataclass(frozen=True, slots=True)
class Miss:
    """The nearest that a model comes to fitting."""

    resource: str
    """"vram", "ram" or "disk"."""
    needs: int
    has: int
    label: str
    """The pipeline that comes nearest, in words."""


@dataclass(frozen=True)
class Fit:
    """Capacities against which single pipelines are held before they are compared."""

    capacities: Mapping[str, int]
    unified: Sequence[bool]
    """For each card: its memory is the system's."""

    def amounts(self, rows: Rows, disk: Array, download: Array | None = None) -> dict[str, tuple[Array, Array]]:
        """For each resource what every row needs and what there is for it.

        Args:
            rows: pipelines.
            disk: bytes that the files of each take while they are installed.
            download: bytes that each fetches; as much as they take on the disk where not given.
        """
        cards = np.array([self.capacities[f"vram.{g}"] for g in range(len(self.unified))] + [0], dtype=np.int64)
        shared = np.array([*self.unified, False], dtype=np.bool_)
        stored = min(self.capacities[name] for name in ("disk", "max_disk"))
        if download is not None:
            # Both must hold: what is fetched beyond its bound counts as so much room beyond its own.
            disk = np.maximum(disk, download - self.capacities["max_download"] + stored)
        else:
            stored = min(stored, self.capacities["max_download"])
        ram = rows.ram + np.where(shared[rows.gpu], rows.vram, 0)
        amounts = {
            "vram": (rows.vram, cards[rows.gpu]),
            "ram": (ram, np.full(len(ram), self.capacities["ram"], dtype=np.int64)),
            "disk": (disk, np.full(len(ram), stored, dtype=np.int64)),
        }
        if "max_cost" in self.capacities:
            amounts["money"] = (rows.money, np.full(len(ram), self.capacities["max_cost"], dtype=np.int64))
        return amounts

    def fits(self, rows: Rows, disk: Array, download: Array | None = None) -> tuple[Flags, frozenset[str]]:
        """Rows that need no more of anything than there is, and the resources that alone keep some row out."""
        inside = {name: need <= have for name, (need, have) in self.amounts(rows, disk, download).items()}
        fits: Flags = np.logical_and.reduce(list(inside.values()))
        alone = {
            name
            for name, fine in inside.items()
            if (~fine & np.logical_and.reduce([f for other, f in inside.items() if other != name])).any()
        }
        return fits, frozenset(alone)

    def nearest(self, rows: Rows, disk: Array, download: Array | None = None) -> tuple[int, str, int, int]:
        """Of rows that do not fit: the one that misses least, and (resource, needs, has) where it misses most."""
        amounts = self.amounts(rows, disk, download)
        ratios = np.stack([need / np.maximum(have, 1) for need, have in amounts.values()])
        row = int(np.argmin(ratios.max(axis=0)))
        name = list(amounts)[int(np.argmax(ratios[:, row]))]
        need, have = amounts[name]
        return row, name, int(need[row]), int(have[row])
