"""What the user says beside the request."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.machine.prices import Prices
from rigfit.schema.cost_rules import UsageScenario


@dataclass(frozen=True)
class Asked:
    """What the user says beside the request."""

    prices: Prices
    per_month: int | None = None
    """Results of each task a month; the usage scenarios where absent."""
    scenarios: tuple[UsageScenario, ...] = ()
    """The scenarios to show."""
    watts: int | None = None
    """What the machine draws while it works, in place of its cards' board power."""
    hardware: int | None = None
    """What it costs, in place of the prices of its cards; 0 where it is owned."""
    horizon: int | None = None
    """Months."""
    service: str | None = None
    """Compare with this service only."""
    cloud_price: int | None = None
    """Of one result elsewhere, in place of the catalog's."""
