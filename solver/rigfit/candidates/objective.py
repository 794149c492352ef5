"""The objective: what a profile of rules/ says of each pipeline and item, as costs for each of its tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from rigfit.candidates.items import ItemSpec
from rigfit.dominance import Array
from rigfit.schema.request import Policies
from rigfit.schema.rules import Profile, TaskRule, Tier
from rigfit.units import MIB, USD

_CENT = USD // 100


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
    @property
    def hosted(self) -> Any: ...
    @property
    def money(self) -> Any: ...


@dataclass(frozen=True)
class Objective:
    """A profile applied to one task. All scores are costs: less is better."""

    profile: Profile
    rule: TaskRule
    importance: int
    cloud: str = "no"
    """The policy on services."""
    cloud_over: int | None = None
    """Expected milliseconds beyond which a service is better."""

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
            "money": -(-np.atleast_1d(pipelines.money) // _CENT),
            "offload": self._offload(np.atleast_1d(pipelines.hosted), spent),
        }
        nothing = np.zeros(len(value), dtype=np.int64)
        return np.stack([cost.get(tier.criterion, nothing) for tier in self.profile.tiers], axis=1)

    def _offload(self, hosted: Array, spent: Array) -> Array:
        """How little one wants a pipeline, before anything else counts: what the policy on services says.

        What is done here within the time that one waits comes first, then a service, then what takes longer here.
        Where services are preferred only the last two differ from the first.
        """
        slow = (spent > self.cloud_over) if self.cloud_over is not None else np.zeros(len(spent), dtype=np.bool_)
        return np.where(hosted > 0, int(self.cloud == "fallback"), np.where(slow, 2, 0))

    def item_scores(self, specs: Sequence[ItemSpec]) -> Array:
        """(items, tiers) what each item adds, once."""
        table = [
            {
                "download": -(-s.download // MIB),
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


def with_policy(profile: Profile, policies: Policies) -> Profile:
    """The objective under a policy on services: without them money says nothing; as a last resort they come last."""
    if policies.cloud == "no":
        return profile.model_copy(update={"tiers": tuple(t for t in profile.tiers if t.criterion != "money")})
    if policies.cloud == "preferred" and policies.cloud_over is None:
        return profile
    return profile.model_copy(update={"tiers": (Tier(criterion="offload"), *profile.tiers)})
