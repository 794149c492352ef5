"""The objective: what a profile of rules/ says of each pipeline and item, as costs for each of its tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rigfit.candidates.items import ItemSpec
from rigfit.dominance import Array
from rigfit.schema.rules import Profile, TaskRule
from rigfit.units import MIB


class _Numbers(Protocol):
    """What an objective reads of pipelines: columns of many, or the numbers of one."""

    @property
    def value(self) -> Any: ...
    @property
    def milliseconds(self) -> Any: ...
    @property
    def cascade(self) -> Any: ...
    @property
    def vram(self) -> Any: ...
    @property
    def runtime(self) -> Any: ...


@dataclass(frozen=True)
class Objective:
    """A profile applied to one task. All scores are costs: less is better."""

    profile: Profile
    rule: TaskRule
    importance: int

    @property
    def bounding(self) -> list[int]:
        """Tiers that only bound the later ones."""
        return [number for number, tier in enumerate(self.profile.tiers) if tier.within]

    def scores(self, pipelines: _Numbers) -> Array:
        """(rows, tiers) what pipelines by themselves add to each tier; items come on top."""
        value = np.atleast_1d(pipelines.value)
        spent = np.atleast_1d(pipelines.milliseconds)
        step = self.profile.indifference
        cost = {
            "value": -value * self.importance,
            "net_value": -((value - self.waiting(spent)) // step * step) * self.importance,
            "seconds": np.where(spent >= 0, spent, self.rule.ceiling),
            "cascade": np.atleast_1d(pipelines.cascade),
            "runtime": np.atleast_1d(pipelines.runtime),
            "vram": -(-np.atleast_1d(pipelines.vram) // MIB),
        }
        nothing = np.zeros(len(value), dtype=np.int64)
        return np.stack([cost.get(tier.criterion, nothing) for tier in self.profile.tiers], axis=1)

    def item_scores(self, specs: Sequence[ItemSpec]) -> Array:
        """(items, tiers) what each item adds, once."""
        table = [
            {
                "download": -(-s.disk // MIB),
                "disk": -(-s.disk // MIB),
                "nodes": int(s.kind == "node"),
                "runtimes": int(s.kind == "runtime"),
            }
            for s in specs
        ]
        rows = [[row.get(tier.criterion, 0) for tier in self.profile.tiers] for row in table]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(self.profile.tiers))

    def waiting(self, milliseconds: Array) -> Array:
        """Hundredths of a point lost to waiting: so many for each doubling past what is bearable, none where unknown.

        Between doublings it grows in a straight line, so that integers decide and no platform rounds differently.
        """
        lost = np.zeros_like(milliseconds)
        edge = self.rule.bearable
        each = self.profile.points_per_doubling
        while each and (milliseconds > edge).any():
            over = np.clip(milliseconds, edge, 2 * edge) - edge
            lost += each * over // edge
            edge *= 2
        return lost
