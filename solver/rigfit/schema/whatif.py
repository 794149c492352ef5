"""How the best bundle changes with the machine: steps along one resource, a map over two, verdicts on cards."""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import Bounds
from rigfit.schema.base import Strict
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request

Resource = Literal["vram", "ram", "disk"]
Status = Literal["optimal", "infeasible", "undecided"]
Verdict = Literal["same", "better", "worse", "newly possible", "no longer possible", "impossible", "undecided"]


class Varied(Strict):
    """A resource and its range, in bytes as one would buy it: before reserves."""

    resource: Resource
    low: int
    high: int
    has: int
    """What the machine has of it."""


class TaskOutcome(Strict):
    """The pipeline of one task in the best bundle."""

    task: str
    model: str
    title: str
    variants: dict[str, str]
    """Role -> variant."""
    runtime: str
    packaging: str
    placement: str
    resident_share: int
    """Permille of the denoiser that stays on the card."""
    cache: str | None = None
    """Precision of a language model's key-value cache."""
    tiled_decode: bool
    gpu: int | None
    features: tuple[str, ...]
    addons: tuple[str, ...]
    quality: int
    """Hundredths of a point."""
    milliseconds: Bounds | None
    peak_vram: Bounds
    peak_ram: Bounds


class Outcome(Strict):
    """A verdict and the best bundle that goes with it."""

    status: Status
    tasks: tuple[TaskOutcome, ...]
    quality: int | None
    """Hundredths of a point: the mean of the tasks, weighted by their importance. None where there is no bundle."""
    milliseconds: int | None
    """Expected, all tasks one after another; None where the time of one is unknown."""
    download_bytes: int
    needs: dict[str, int]
    """Bytes that models must be able to use of vram.0, ..., ram and disk."""


class Step(Strict):
    """A stretch of one resource on which the best bundle stays the same, proved. Bytes, whole MiB, both included."""

    low: int
    """From here on; with one MiB less the outcome is that of the step before (except where the range begins)."""
    high: int
    outcome: int
    """Index in `outcomes`."""
    changes: tuple[str, ...]
    """What is different from the step before, in words."""
    models_change: bool
    """Other models, or the first that work; not merely other variants, placements or add-ons."""
    only_levers: bool = False
    """The same main networks in the same precision and place: only what else can be moved does, like the share that is
    streamed, the key-value cache, tiled decoding or the precision of a text encoder."""


class Cell(Strict):
    """One point of a map."""

    amounts: dict[str, int]
    """Resource -> bytes as one would buy them."""
    outcome: int


class Region(Strict):
    """A box of amounts on which the best bundle stays the same, proved. Bytes, whole MiB, both ends included."""

    low: dict[str, int]
    high: dict[str, int]
    outcome: int


class CardVerdict(Strict):
    """What another card in place of the one there is would change."""

    gpu: str
    """Id in the gpu catalog."""
    title: str
    vram: int
    verdict: Verdict
    changes: tuple[str, ...]
    quality_gain: int | None
    """Hundredths of a point."""
    milliseconds_saved: int | None
    machine: Machine
    outcome: int


class WhatIf(Strict):
    """All of it."""

    schema_version: Literal["rigfit.whatif/1"] = Field(default="rigfit.whatif/1", alias="schema")
    request: Request
    machine: Machine
    catalog: str
    rules: str
    rigfit: str
    outcomes: tuple[Outcome, ...]
    """Every different outcome once; the first is that of the machine as it is."""
    varied: tuple[Varied, ...] = ()
    steps: tuple[Step, ...] = ()
    """Along one resource, from the least amount up."""
    cells: tuple[Cell, ...] = ()
    """Over two resources, at the sizes that are sold; the first resource changes slowest, least amounts first."""
    regions: tuple[Region, ...] = ()
    """Over two resources where asked for: disjoint, and together the whole range."""
    cards: tuple[CardVerdict, ...] = ()
    solves: int
    """How often a problem was solved for all of this."""
    engine_solves: int = 0
    """How many of those asked an engine; the others were a handful of choices, each looked at."""
    reused: int
    """How often a proved answer served instead."""
