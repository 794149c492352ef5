"""What a batch says of requests and fleets: coverage, what stops a request, what one relaxation would gain."""

from typing import Annotated, Literal

from pydantic import Field

from rigfit.schema.base import Strict
from rigfit.schema.batch import Verdict
from rigfit.schema.request import Request

Share = Annotated[int, Field(ge=0, le=100_00)]
"""Hundredths of a percent."""


class About(Strict):
    """What a batch was run on; written beside its results, so that a report can ask further."""

    schema_version: Literal["rigfit.batch-about/1"] = Field(default="rigfit.batch-about/1", alias="schema")
    rigfit: str
    knowledge: str
    """Digests of catalog and rules."""
    fleet: str
    """The file or folder of the machines."""
    fingerprint: str
    """Of the fleet."""
    catalog: str | None = None
    """The user's folder over the catalog."""
    requests: dict[str, Request]


class Amount(Strict):
    """Machines, and how much they count."""

    machines: int
    weight: float
    share: Share
    """Of the weight of what the amount is a part of."""


class Cell(Strict):
    """One request on one tier."""

    request: str
    tier: str
    machines: int
    weight: float
    runs: Amount
    """Where there is a bundle."""
    verdicts: dict[Verdict, Share]


class Coverage(Strict):
    """One request on the whole fleet; machines that could not be read are left out."""

    request: str
    runs: Amount
    verdicts: dict[Verdict, Share]
    bounds: tuple[Share, Share] | None = None
    """For a population known by marginals: the least and the most it can be."""


class Stop(Strict):
    """What stops a request, and on how many machines."""

    request: str
    stopped_by: str
    """vram, ram, disk, or the rule that stops what comes closest."""
    cost: Amount
    """The machines it stops; the share is of the fleet."""
    example: str
    """The reason of the first of them."""


class Gain(Strict):
    """What a request would gain by one relaxation; each such row was decided anew."""

    request: str
    relaxation: str
    text: str
    gain: Amount
    """Machines that run it then and do not now; the share is of the fleet."""


class Report(Strict):
    """What `rigfit report --json` prints."""

    schema_version: Literal["rigfit.report/1"] = Field(default="rigfit.report/1", alias="schema")
    title: str
    requests: tuple[str, ...]
    tiers: tuple[str, ...]
    machines: int
    """That could be read."""
    weight: float
    invalid: int
    coverage: tuple[Coverage, ...]
    cells: tuple[Cell, ...]
    stops: tuple[Stop, ...]
    gains: tuple[Gain, ...] | None = None
    """Largest first; None where it was not asked for or cannot be known, and a note says why."""
    assumptions: tuple[str, ...] = ()
    """What every share rests on, for a population made from a survey."""
    notes: tuple[str, ...] = ()
