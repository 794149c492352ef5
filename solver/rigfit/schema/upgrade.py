"""What one change of a machine would bring and what it costs: `rigfit upgrade --json`."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.whatif import Outcome, Verdict


class StatedPrice(Strict):
    """Money with who says it."""

    amount: int
    """Millionths of a US dollar."""
    source: str
    """Id of a source of the catalog, or the words of a price file."""
    date: str | None
    note: str | None = None


class Gained(Strict):
    """A model that runs for a task of the request after a change and does not before, or the other way round."""

    task: str
    model: str
    title: str


class Change(Strict):
    """One thing bought; the rest of the machine stays as it is."""

    kind: Literal["card", "ram", "disk"]
    title: str
    gpu: str | None = None
    """Id in the gpu catalog, of a card."""
    amount: int
    """Bytes then: the card's memory, all RAM, all free disk space."""
    adds: int
    """Bytes more (or less) than there are now."""
    price: StatedPrice | None
    verdict: Verdict
    changes: tuple[str, ...]
    """What becomes different in the best bundle, in words."""
    quality_gain: int | None
    """Hundredths of a point; None where there is no bundle now or then."""
    milliseconds_saved: int | None
    """Expected, all tasks one after another; None where a time is not known."""
    gained: tuple[Gained, ...]
    lost: tuple[Gained, ...]
    outcome: int
    """Index in `outcomes`."""
    pareto: bool
    """It has a price and brings something, and nothing that costs no more is at least as good and as fast."""


class PassedOver(Strict):
    """A card that was not looked at: of the same generation another is no slower, no smaller and no dearer."""

    gpu: str
    title: str
    by: str
    """That card's title."""


class Upgrade(Strict):
    """All of it."""

    schema_version: Literal["rigfit.upgrade/1"] = Field(default="rigfit.upgrade/1", alias="schema")
    request: Request
    machine: Machine
    catalog: str
    rules: str
    rigfit: str
    outcomes: tuple[Outcome, ...]
    """Every different outcome once; the first is that of the machine as it is."""
    changes: tuple[Change, ...]
    """Cheapest first; those without a price last."""
    cheapest: int | None
    """The cheapest change that makes the request possible, or better where it is possible: its index. None where no
    change with a price does."""
    passed_over: tuple[PassedOver, ...] = ()
    unpriced: tuple[str, ...] = ()
    """What could be bought and was not looked at, because nobody states a price."""
    notes: tuple[str, ...] = ()
    solves: int
    """How often a problem was solved for all of this."""
