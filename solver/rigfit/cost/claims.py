"""The cost analyses of documents, reckoned again from their own inputs."""

from __future__ import annotations

from fractions import Fraction

from rigfit.cost.arithmetic import Span, electricity, exactly, months
from rigfit.knowledge import Knowledge
from rigfit.schema.cost import ClaimCheck
from rigfit.schema.cost_rules import HardwareSetup, MonthsClaim, ResultsClaim, UsdRange
from rigfit.units import format_memory, format_milliseconds, format_usd


def check_claims(knowledge: Knowledge, per_kilowatt_hour: int) -> tuple[ClaimCheck, ...]:
    """Every claim about months: as the document reckons, with its own electricity, and with electricity from power.

    Args:
        knowledge: rules/ hold the claims, the gpu catalog what the cards draw.
        per_kilowatt_hour: millionths of a US dollar.
    """
    return tuple(_check(claim, knowledge, per_kilowatt_hour) for claim in knowledge.costs.claimed.months)


def _check(claim: MonthsClaim, knowledge: Knowledge, per_kilowatt_hour: int) -> ClaimCheck:
    table = knowledge.costs
    claimed = table.claimed
    scenario = next(s for s in table.scenarios if s.id == claim.scenario)
    setups = [s for s in claimed.setups if claim.setup in (None, s.id)]
    images = scenario.per_day.value * table.days_in_month.value
    cloud = exactly(claimed.price.value * images)
    hardware = Span(Fraction(min(s.total.low.value for s in setups)), Fraction(max(s.total.high.value for s in setups)))
    bare = months(hardware, cloud)
    running = _span(claimed.running)
    with_running = months(hardware, Span(cloud.low - running.high, cloud.high - running.low))
    power = _of_power(setups[0], images, knowledge, per_kilowatt_hour) if claim.setup is not None else None
    with_power = months(hardware, Span(cloud.low - power.high, cloud.high - power.low)) if power is not None else None
    reproduces = _inside(claim, bare)
    holds = reproduces and _inside(claim, with_running)
    names = " or ".join(s.title.lower() for s in setups) if claim.setup is not None else "no setup named"
    return ClaimCheck(
        source=claimed.source,
        scenario=scenario.id,
        setup=claim.setup,
        says=(claim.low, claim.high),
        without_running=(bare[0] or 0, bare[1] or 0),
        with_running=with_running,
        with_power=(with_power[0] or 0, with_power[1] or 0) if with_power is not None else None,
        running=round(power.high) if power is not None else None,
        reproduces=reproduces,
        holds=holds,
        text=_text(claim, f"{scenario.title}, {names}", bare, with_running, holds),
    )


def _span(amounts: UsdRange) -> Span:
    return Span(Fraction(amounts.low.value), Fraction(amounts.high.value))


def _of_power(setup: HardwareSetup, images: int, knowledge: Knowledge, per_kilowatt_hour: int) -> Span | None:
    """Electricity of a month of images at the board power, in the longest time that the document gives."""
    power = knowledge.index("gpus")[setup.gpu].power
    return electricity(power.value, setup.image * images, setup.image * images, per_kilowatt_hour) if power else None


def _inside(claim: MonthsClaim, found: tuple[int | None, int | None]) -> bool:
    """Both ends lie within what was reckoned, in whole months either way; "never" at the far end refutes any number."""
    low, high = found
    return low is not None and high is not None and low // 1000 <= claim.low and claim.high <= -(-high // 1000)


def _text(
    claim: MonthsClaim, what: str, bare: tuple[int | None, int | None], real: tuple[int | None, int | None], holds: bool
) -> str:
    says = f"{claim.low}" if claim.low == claim.high else f"{claim.low} to {claim.high}"
    if holds:
        return f"{what}: {says} months hold"
    return (
        f"{what}: {says} months leave out the electricity that the document itself lists; "
        f"{span_of_months(*bare)} without it, {span_of_months(*real)} with it"
    )


def span_of_months(low: int | None, high: int | None) -> str:
    """Thousandths of a month in words."""
    if low is None:
        return "never"
    ends = [f"{end / 1000:.1f}" if end < 100_000 else f"{end / 1000:.0f}" for end in (low, *([high] if high else []))]
    if high is None:
        return f"{ends[0]} months or never"
    return f"{ends[0]} months" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} months"


def corrections(knowledge: Knowledge, tasks: tuple[str, ...], per_kilowatt_hour: int) -> tuple[str, ...]:
    """Where a document's own numbers do not add up, in sentences: totals, running costs, claims about results."""
    claimed = knowledge.costs.claimed
    found = []
    if "image_generation" in tasks:
        found += [text for setup in claimed.setups if (text := _total(setup))]
        found += [text] if (text := _running(knowledge, per_kilowatt_hour)) else []
    found += [text for claim in claimed.results if claim.task in tasks and (text := _results(claim, knowledge))]
    return tuple(found)


def _total(setup: HardwareSetup) -> str | None:
    low, high = (end.value + setup.storage.value for end in (setup.card.low, setup.card.high))
    if (low, high) == (setup.total.low.value, setup.total.high.value):
        return None
    stated = f"{format_usd(setup.total.low.value)} to {format_usd(setup.total.high.value)}"
    return (
        f"{setup.source}: the {setup.title.lower()} setup is stated as {stated}; its own parts add up to "
        f"{format_usd(low)} to {format_usd(high)}"
    )


def _running(knowledge: Knowledge, per_kilowatt_hour: int) -> str | None:
    """Hours a day that a card must work for the electricity a document states."""
    table = knowledge.costs
    claimed = table.claimed
    setup = claimed.setups[0]
    power = knowledge.index("gpus")[setup.gpu].power
    if power is None:
        return None
    low, high = (
        Fraction(end.value * 1000, per_kilowatt_hour * power.value * table.days_in_month.value)
        for end in (claimed.running.low, claimed.running.high)
    )
    stated = f"{format_usd(claimed.running.low.value)} to {format_usd(claimed.running.high.value)}"
    return (
        f"{claimed.source}: {stated} of electricity a month, whatever the scenario, would be the card of its "
        f"{setup.title.lower()} setup at the full {power.value} W for {round(low)} to {round(high)} hours a day; "
        f"at its own {format_milliseconds(setup.image)} an image, 50 images a day take "
        f"{50 * setup.image // 60_000} minutes"
    )


def _results(claim: ResultsClaim, knowledge: Knowledge) -> str | None:
    """A claim about so many results, against the cheapest card with that much memory that has a price."""
    cards = [
        (card.list_price.value, card.title)
        for card in knowledge.catalog.gpus
        if card.kind == "desktop" and card.list_price is not None and card.memory.value >= claim.memory.value
    ]
    if not cards:
        return None
    price, title = min(cards)
    low, high = (claim.results.value * end.value for end in (claim.price.low, claim.price.high))
    if high >= price:
        return None
    needed = [-(-price // end.value) for end in (claim.price.high, claim.price.low)]
    return (
        f"{claim.results.source}: {claim.of} is said to break even at about {claim.results.value:,} results; at "
        f"its own {format_usd(claim.price.low.value)} to {format_usd(claim.price.high.value)} each they save "
        f"{format_usd(low)} to {format_usd(high)}, and the cheapest card with {format_memory(claim.memory.value)} "
        f"({title}, {format_usd(price)} when it was announced) takes {needed[0]:,} to {needed[1]:,}"
    )
