"""What one change of the machine would bring, and what it costs."""

from __future__ import annotations

from rigfit.errors import InputError
from rigfit.schema.api import UpgradeQuestion
from rigfit.schema.upgrade import Upgrade
from rigfit.web.desk import Desk, Here


def upgrade(desk: Desk, asked: UpgradeQuestion, here: Here) -> Upgrade:
    """Cards, RAM and disk, each alone."""
    from rigfit.machine.prices import stated_prices
    from rigfit.whatif.upgrade import upgrade

    if asked.to and asked.since is not None:
        raise InputError("to and since exclude each other")
    return upgrade(
        asked.request,
        desk.asked(asked.request, here),
        desk.knowledge,
        stated_prices(asked.prices, desk.knowledge),
        to=asked.to,
        since=None if asked.since is None else f"{asked.since}-01-01",
        budget=asked.budget,
    )
