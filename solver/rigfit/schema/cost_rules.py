"""What costs are reckoned with, as rules/costs.yaml says it: electricity, months, scenarios, what documents claim."""

from pydantic import Field

from rigfit.schema.base import CountFact, Id, MemoryFact, Milliseconds, Strict, UsdFact


class UsdRange(Strict):
    """From one amount to another; equal where there is one."""

    low: UsdFact
    high: UsdFact


class UsageScenario(Strict):
    """How much one makes."""

    id: Id
    title: str
    per_day: CountFact
    """Results (images, clips, ...) a day."""


class HardwareSetup(Strict):
    """A computer that a document prices, in its own numbers."""

    id: Id
    title: str
    gpu: Id
    """The card it names."""
    card: UsdRange
    storage: UsdFact
    total: UsdRange
    """The total it states."""
    image: Milliseconds
    """The longest time it gives for an image of 1024 x 1024 on that card."""
    source: Id


class MonthsClaim(Strict):
    """After so many months, a document says, a computer has paid for itself."""

    scenario: Id
    setup: Id | None = None
    """None where it does not say which."""
    low: int = Field(ge=0)
    high: int = Field(ge=0)


class ResultsClaim(Strict):
    """After so many results, a document says, a computer has paid for itself."""

    of: str
    task: Id
    results: CountFact
    price: UsdRange
    """What it gives for one result elsewhere."""
    memory: MemoryFact
    """VRAM of the card it says one needs."""


class ClaimedCosts(Strict):
    """The cost analysis of a document: its inputs and what it concludes, to be reckoned again."""

    source: Id
    price: UsdFact
    """What it takes for one image elsewhere."""
    running: UsdRange
    """What it says electricity costs a month."""
    setups: tuple[HardwareSetup, ...]
    months: tuple[MonthsClaim, ...]
    results: tuple[ResultsClaim, ...] = ()


class CostTable(Strict):
    """Constants of comparing local with cloud; each a fact."""

    electricity: UsdFact
    """A kilowatt-hour."""
    days_in_month: CountFact
    horizon: CountFact
    """Months over which a price per result spreads what the hardware costs."""
    volume: CountFact
    """Results of each task a month where services may be used and nobody says how many."""
    scenarios: tuple[UsageScenario, ...] = Field(min_length=1)
    claimed: ClaimedCosts
