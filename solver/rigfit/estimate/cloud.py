"""What one result costs where somebody else's computer makes it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rigfit.estimate.size import ResolvedSize
from rigfit.schema.base import Basis
from rigfit.schema.catalog import CloudService, Model, Price

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge

_MEGAPIXEL = 1024 * 1024
_UNSURE = (Basis.CLAIM, Basis.PRIOR)


@dataclass(frozen=True, slots=True)
class Offer:
    """A price of a service, reckoned for results of one size."""

    service: CloudService
    price: Price
    low: Fraction
    """Millionths of a US dollar for one result."""
    high: Fraction

    @property
    def title(self) -> str:
        """What one gets and where."""
        return f"{self.price.of} at {self.service.title}" if self.price.of else self.service.title

    @property
    def key(self) -> tuple[object, ...]:
        """Its place among offers: cheapest first, what a service says itself before what others say of it."""
        unsure = self.price.amount.basis in _UNSURE
        return (unsure, self.low, self.high, self.service.id, self.price.of or "")


def offers(task: str, size: ResolvedSize, knowledge: Knowledge) -> list[Offer]:
    """Every price of the catalog that results of a task can be reckoned with, the best known and cheapest first.

    Args:
        task: id of the task.
        size: of one result; a batch counts as so many.
        knowledge: its cloud services say what they charge for.
    """
    found = []
    for service in knowledge.catalog.cloud:
        for price in service.prices:
            amount = units_of(price, size) if task in price.tasks else None
            if amount is not None:
                most = price.up_to or price.amount
                found.append(Offer(service, price, price.amount.value * amount, most.value * amount))
    return sorted(found, key=lambda offer: offer.key)


def units_of(price: Price, size: ResolvedSize) -> Fraction | None:
    """How many of what a price is per make one result; None where it is per time of a card or per month."""
    if price.per in ("image", "generation"):
        return Fraction(size.batch)
    if price.per == "megapixel":
        return Fraction(-(-size.pixels // _MEGAPIXEL) * size.batch)
    if price.per == "video_megapixel":
        return Fraction(-(-size.pixels * size.frames // 10**6) * size.batch)
    seconds = Fraction(size.seconds).limit_denominator(1000)
    if price.per == "second":
        return seconds * size.batch
    if price.per == "clip":
        # A longer one than the price is for is made of several.
        clips = -(-seconds // price.seconds.value) if price.seconds is not None else 1
        return Fraction(clips * size.batch)
    return None


def does(offer: Offer, model: Model, task: str, feature: str) -> bool:
    """Whether a model has a feature where a service runs it.

    What a network does by itself it does anywhere. Add-ons, and LoRAs of one's own, can be brought along only where
    one's own workflow runs; an interface to a model takes what it takes, which the catalog does not know.
    """
    native = model.serves[task].features
    if any(name == feature or name.startswith(f"{feature}:") for name in native):
        return True
    return feature == "lora" and model.lora and offer.service.kind == "comfyui_platform"
