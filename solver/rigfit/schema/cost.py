"""What making results here costs, against having them made elsewhere: `rigfit cost --json`.

Money is in millionths of a US dollar. Every figure follows from `inputs` and the milliseconds of the tasks.
"""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import Bounds
from rigfit.schema.base import Strict
from rigfit.schema.machine import Assumption, Machine


class Money(Strict):
    """Millionths of a US dollar, from the least to the most."""

    low: int
    high: int


class CostInput(Strict):
    """A number that the figures follow from, and who says it."""

    name: Literal[
        "card", "hardware", "power", "electricity", "days_in_month", "horizon", "cloud_price", "volume", "scenario"
    ]
    of: str | None = None
    """The card, the service or the scenario."""
    value: int
    unit: Literal["micro-USD", "micro-USD/kWh", "W", "days", "months", "results/month", "results/day"]
    source: str
    """Id of a source of the catalog, or what the user said it with."""
    date: str | None = None
    note: str | None = None


class CloudOffer(Strict):
    """One result at a service."""

    service: str
    title: str
    of: str | None
    models: tuple[str, ...]
    """Models of the catalog that run there; empty for a service's own."""
    price: Money
    """Of one result of the size asked for."""
    per: str
    """What is charged for: an image, a megapixel, a second of video, ..."""
    amount: Money
    """The price of one of those."""
    source: str
    basis: str
    date: str | None


class TaskCost(Strict):
    """One task, here and elsewhere."""

    task: str
    unit: str
    """What one result is: image, clip, ..."""
    model: str | None
    """None where nothing fits here."""
    title: str | None
    device: str | None
    milliseconds: Bounds | None
    watts: int | None
    """What is drawn while it works; None where nobody says."""
    electricity: Money | None
    """For one result."""
    against: CloudOffer | None
    """What it is compared with: the best known and cheapest price among those that match best."""
    match: Literal["same_model", "as_good", "nearest", "unknown"] | None
    """How `against` compares in what it makes: the same model; one of at least its quality; the best there is below
    that; a model whose quality is not known."""
    compared: bool
    """There is a price to compare with; a task without one is left out of every sum."""
    offers: tuple[CloudOffer, ...]
    """Every price known for it, those that match best first, then the best known and cheapest."""


class BreakEven(Strict):
    """When hardware has paid for itself: at best and at worst. None for an end that never comes."""

    results: tuple[int | None, int | None]
    """Of each task."""
    days: tuple[int | None, int | None]


class Volume(Strict):
    """So many results a month of each task: what they cost here and elsewhere."""

    id: str
    title: str
    per_month: int
    busy_milliseconds: Money | None
    """What the machine works in a day, in milliseconds, from the least to the most; None where times are unknown."""
    feasible: bool
    """A day is long enough, if it goes as fast as it may."""
    electricity: Money | None
    """A month."""
    cloud: Money | None
    """A month."""
    local: Money | None
    """A month, with the hardware spread over the horizon."""
    local_each: Money | None
    """One result of each task, with its share of the hardware."""
    break_even: BreakEven | None
    cheaper: Literal["local", "cloud", "depends", "unknown"]
    """Over the horizon."""


class ClaimCheck(Strict):
    """What a document says of when a computer pays for itself, reckoned again from the document's own inputs."""

    source: str
    scenario: str
    setup: str | None
    says: tuple[int, int]
    """Months."""
    without_running: tuple[int, int]
    """Thousandths of a month, as the document reckons: without electricity."""
    with_running: tuple[int | None, int | None]
    """With what the document itself says electricity costs; None: never."""
    with_power: tuple[int, int] | None
    """With electricity reckoned from the card's power and the document's own seconds an image."""
    running: int | None
    """Millionths of a US dollar a month that that electricity costs."""
    reproduces: bool
    """The document's months follow from its inputs."""
    holds: bool
    """They hold with the electricity that it states."""
    text: str


class CostReport(Strict):
    """All of it."""

    schema_version: Literal["rigfit.cost/1"] = Field(default="rigfit.cost/1", alias="schema")
    status: Literal["optimal", "infeasible", "undecided"]
    """Of the bundle that the local side is reckoned with: the best one."""
    machine: Machine
    assumptions: tuple[Assumption, ...]
    inputs: tuple[CostInput, ...]
    tasks: tuple[TaskCost, ...]
    hardware: int | None
    """What the machine's cards cost; 0 where they are owned, None where nobody says."""
    each: Money | None
    """Electricity of one result of each task that is compared."""
    cloud_each: Money | None
    break_even: BreakEven | None
    """Of any volume: `days` is empty of meaning without one and stays (None, None)."""
    volumes: tuple[Volume, ...]
    claims: tuple[ClaimCheck, ...]
    corrections: tuple[str, ...]
    """Where a document's own figures do not add up, in words."""
    notes: tuple[str, ...]
