"""Local against cloud."""

from __future__ import annotations

from rigfit.schema.api import CostQuestion
from rigfit.schema.cost import CostReport
from rigfit.web.desk import Desk, Here


def cost(desk: Desk, asked: CostQuestion, here: Here) -> CostReport:
    """Hardware, electricity and prices, and when the one has paid for the other."""
    from rigfit.cost import asked_of, compare_costs
    from rigfit.machine.prices import stated_prices

    machine = desk.asked(asked.request, here)
    stated = {name: getattr(asked, name) for name in CostQuestion.model_fields if name not in ("request", "prices")}
    what = asked_of(asked.request, desk.knowledge, stated_prices(asked.prices, desk.knowledge), **stated)
    return compare_costs(asked.request, machine, desk.knowledge, what)
