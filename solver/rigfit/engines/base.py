"""What every engine offers, without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from rigfit.problem import Capacities, Choice, Problem


class Status(StrEnum):
    """The verdict on a problem."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNDECIDED = "undecided"
    """Not decided within the budget; never taken for infeasible."""


class UndecidedError(Exception):
    """The budget ran out before a question was decided."""


@dataclass(frozen=True)
class Outcome:
    """The k best choices, best first, that differ in groups.

    With status OPTIMAL every choice is proved best among those that differ from all before it, and fewer than k mean
    that no more exist. With UNDECIDED the choices before the undecided one are still proved.
    """

    status: Status
    choices: tuple[Choice, ...] = ()
    stats: dict[str, int] = field(default_factory=dict, compare=False)
    slack_best: dict[int, int] = field(default_factory=dict, compare=False)
    """Tier with slack -> its best cost, from which the bound on it follows."""
    witnesses: tuple[Choice, ...] = field(default=(), compare=False)
    """For each tier with slack a choice that attains its best: as long as it fits, the bound holds."""


class Engine(Protocol):
    """Solves problems exactly."""

    def best(self, problem: Problem, capacities: Capacities, k: int) -> Outcome:
        """The k best choices by tiers, then by canonical order, pairwise different in groups.

        A tier with `within` bounds all later ones: choices beyond it are no answers at all.
        """
        ...


def get_engine(name: str) -> Engine:
    """The engine of a name ("cpsat", "exhaustive"), imported only now.

    Raises:
        KeyError: for any other name.
    """
    if name == "cpsat":
        from rigfit.engines.cpsat import CpSat

        return CpSat()
    if name == "exhaustive":
        from rigfit.engines.exhaustive import Exhaustive

        return Exhaustive()
    raise KeyError(name)
