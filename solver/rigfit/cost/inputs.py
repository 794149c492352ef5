"""The numbers that costs follow from, each with who says it and when."""

from __future__ import annotations

from collections.abc import Iterable

from rigfit.cost.asked import Asked
from rigfit.knowledge import Knowledge
from rigfit.machine.prices import Priced
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.cost import CostInput, TaskCost
from rigfit.schema.machine import Machine

_OPTION = "your option"


def stated(name: str, priced: Priced, unit: str, of: str | None = None) -> CostInput:
    """A price as an input, with its source and date."""
    return CostInput.model_validate(
        {"name": name, "of": of, "value": priced.amount, "unit": unit, "source": priced.source, "date": priced.date,
         "note": priced.note}
    )  # fmt: skip


def _specs(machine: Machine, knowledge: Knowledge) -> list[GpuSpec | None]:
    index = knowledge.index("gpus")
    return [index.get(gpu.spec or "") for gpu in machine.gpus]


def watts_of(machine: Machine, knowledge: Knowledge, asked: Asked, inputs: list[CostInput]) -> list[int | None]:
    """What is drawn while each card works; one more for the processor."""
    if asked.watts is not None:
        inputs.append(CostInput(name="power", value=asked.watts, unit="W", source=_OPTION))
        return [asked.watts] * (len(machine.gpus) + 1)
    found: list[int | None] = []
    for spec in _specs(machine, knowledge):
        found.append(spec.power.value if spec is not None and spec.power is not None else None)
        if spec is not None and spec.power is not None:
            date = spec.power.date or knowledge.index("sources")[spec.power.source].date
            inputs.append(
                CostInput(
                    name="power", of=spec.title, value=spec.power.value, unit="W", source=spec.power.source, date=date,
                    note="what the board may draw; the rest of the computer is not counted",
                )
            )  # fmt: skip
    return [*found, None]


def hardware_price(
    machine: Machine, knowledge: Knowledge, asked: Asked, inputs: list[CostInput]
) -> tuple[int | None, list[str]]:
    """What the cards cost, and the names of those without a price."""
    if asked.hardware is not None:
        inputs.append(CostInput(name="hardware", value=asked.hardware, unit="micro-USD", source=_OPTION))
        return asked.hardware, []
    total, missing = 0, []
    for gpu, spec in zip(machine.gpus, _specs(machine, knowledge), strict=True):
        priced = asked.prices.card(spec) if spec is not None else None
        if priced is None:
            missing.append(gpu.name)
        else:
            inputs.append(stated("card", priced, "micro-USD", gpu.name))
            total += priced.amount
    if missing or not machine.gpus:
        return None, missing
    return total, []


def price_inputs(tasks: Iterable[TaskCost], asked: Asked) -> list[CostInput]:
    """What is charged elsewhere, for the offers that tasks are compared with: both ends where a range is known."""
    if asked.cloud_price is not None:
        return [CostInput(name="cloud_price", value=asked.cloud_price, unit="micro-USD", source=_OPTION)]
    found = []
    for task in tasks:
        against = task.against
        if against is not None:
            found += [
                CostInput(
                    name="cloud_price",
                    of=f"{against.of or task.task}, {against.title}",
                    value=end,
                    unit="micro-USD",
                    source=against.source,
                    date=against.date,
                    note=f"per {against.per.replace('_', ' ')}",
                )
                for end in dict.fromkeys((against.amount.low, against.amount.high))
            ]
    return found


def usage_inputs(knowledge: Knowledge, asked: Asked) -> list[CostInput]:
    """How much is made, how long a month is, and over how many the hardware is spread."""
    table = knowledge.costs
    dates = {s.id: s.date for s in knowledge.catalog.sources}
    found = []
    if asked.per_month is not None:
        found.append(CostInput(name="volume", value=asked.per_month, unit="results/month", source=_OPTION))
    for scenario in asked.scenarios if asked.per_month is None else ():
        fact = scenario.per_day
        found.append(
            CostInput(name="scenario", of=scenario.title, value=fact.value, unit="results/day", source=fact.source,
                      date=dates[fact.source])
        )  # fmt: skip
    month, horizon = table.days_in_month, table.horizon
    found.append(
        CostInput(name="days_in_month", value=month.value, unit="days", source=month.source, date=dates[month.source])
    )
    if asked.horizon is not None:
        found.append(CostInput(name="horizon", value=asked.horizon, unit="months", source=_OPTION))
    else:
        found.append(
            CostInput(name="horizon", value=horizon.value, unit="months", source=horizon.source, note=horizon.note)
        )
    return found
