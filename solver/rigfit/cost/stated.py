"""From what a person says of costs, in names and amounts, to what the comparison takes."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.cost.asked import Asked
from rigfit.cost.report import cost_report
from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.machine.prices import Prices
from rigfit.schema.cost import CostReport
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request


def asked_of(
    request: Request,
    knowledge: Knowledge,
    prices: Prices,
    *,
    per_month: int | None = None,
    scenarios: Sequence[str] = (),
    hardware: int | None = None,
    owned: bool = False,
    watts: int | None = None,
    months: int | None = None,
    service: str | None = None,
    cloud_price: int | None = None,
) -> Asked:
    """What is compared, with every name looked up.

    Raises:
        InputError: for names that nothing has, and things that exclude each other.
    """
    if owned and hardware is not None:
        raise InputError("--owned and --hardware exclude each other")
    if per_month is not None and scenarios:
        raise InputError("--per-month and --scenario exclude each other")
    known = {scenario.id: scenario for scenario in knowledge.costs.scenarios}
    for name in scenarios:
        if name not in known:
            raise unknown("scenario", name, known, more=f"; known: {', '.join(known)}")
    return Asked(
        prices=prices,
        per_month=per_month or (None if scenarios else request.policies.monthly_volume),
        scenarios=tuple(known[name] for name in scenarios or known),
        watts=watts,
        hardware=0 if owned else hardware,
        horizon=months,
        service=None if service is None else _service(service, knowledge),
        cloud_price=cloud_price,
    )


def _service(name: str, knowledge: Knowledge) -> str:
    services = knowledge.index("cloud")
    by_title = {service.title.casefold(): key for key, service in services.items()}
    if name in services:
        return name
    if name.casefold() not in by_title:
        raise unknown("cloud service", name, [*services, *by_title], more=" (rigfit catalog list cloud)")
    return by_title[name.casefold()]


def compare_costs(request: Request, machine: Machine, knowledge: Knowledge, asked: Asked) -> CostReport:
    """The best local bundle of a request against services.

    Raises:
        InputError: when the request names something that does not exist.
    """
    from rigfit.solve import solve

    policies = request.policies
    if asked.per_month is not None:  # what services are chosen for is what is reckoned
        policies = policies.model_copy(update={"monthly_volume": asked.per_month})
    # One side of the comparison is this machine alone, whatever may go to a service otherwise.
    here = policies.model_copy(update={"cloud": "no", "cloud_over": None, "max_cost": None})
    answer = solve(request.model_copy(update={"top": 1, "policies": here}), machine, knowledge)
    return cost_report(request.model_copy(update={"policies": policies}), answer, knowledge, asked)
