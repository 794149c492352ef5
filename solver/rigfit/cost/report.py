"""The whole comparison: the best local bundle of a request against what services charge for the same results."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from rigfit.cost import arithmetic
from rigfit.cost.arithmetic import NOTHING, Span, exactly
from rigfit.cost.asked import Asked
from rigfit.cost.claims import check_claims, corrections
from rigfit.cost.inputs import hardware_price, price_inputs, stated, usage_inputs, watts_of
from rigfit.cost.tasks import ComparedTask, compare_task, money
from rigfit.explain.words import task_words
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Answer, TaskAnswer
from rigfit.schema.cost import BreakEven, CostInput, CostReport, Volume
from rigfit.schema.request import Request


def cost_report(request: Request, answer: Answer, knowledge: Knowledge, asked: Asked) -> CostReport:
    """Compare.

    Args:
        request: what was asked.
        answer: its answer on the machine; the first bundle is what runs here.
        knowledge: catalog and rules.
        asked: prices, volumes and what the user overrides.
    """
    machine, prices = answer.machine, asked.prices
    inputs: list[CostInput] = []
    power = prices.electricity()
    inputs.append(stated("electricity", power, "micro-USD/kWh"))
    watts = watts_of(machine, knowledge, asked, inputs)
    hardware, unpriced = hardware_price(machine, knowledge, asked, inputs)
    bundle = answer.bundles[0].tasks if answer.bundles else ()
    tasks = [
        compare_task(task, bundle[number] if bundle else None, watts, power.amount, knowledge, asked)
        for number, task in enumerate(request.tasks)
    ]
    inputs += price_inputs([t.cost for t in tasks], asked)
    # What nobody charges for cannot be compared: the tasks that have a price are.
    compared = [task for task in tasks if task.cloud is not None]
    each = _sum([t.electricity for t in compared])
    cloud = _sum([t.cloud for t in compared])
    table = knowledge.costs
    horizon = asked.horizon or table.horizon.value
    inputs += usage_inputs(knowledge, asked)
    even = None
    if hardware is not None and each is not None and cloud is not None:
        results = arithmetic.break_even(exactly(hardware), cloud, each)
        even = BreakEven(results=results, days=(None, None))
    if asked.per_month is not None:
        wanted = [("yours", "Yours", asked.per_month)]
    else:
        wanted = [(s.id, s.title, s.per_day.value * table.days_in_month.value) for s in asked.scenarios]
    volumes = tuple(
        _volume(name, title, count, compared, each, cloud, hardware, horizon, table.days_in_month.value)
        for name, title, count in wanted
    )
    images = tuple(dict.fromkeys(task.task for task in request.tasks))
    shown = asked.per_month is None
    return CostReport(
        status=answer.status,
        machine=machine,
        assumptions=answer.assumptions,
        inputs=tuple(inputs),
        tasks=tuple(t.cost for t in tasks),
        hardware=hardware,
        each=money(each),
        cloud_each=money(cloud),
        break_even=even,
        volumes=volumes,
        claims=check_claims(knowledge, power.amount) if shown and "image_generation" in images else (),
        corrections=corrections(knowledge, images, power.amount) if shown else (),
        notes=tuple(_notes(tasks, unpriced, asked, bundle)),
    )


def _volume(
    name: str,
    title: str,
    per_month: int,
    tasks: list[ComparedTask],
    each: Span | None,
    cloud: Span | None,
    hardware: int | None,
    horizon: int,
    days_in_month: int,
) -> Volume:
    times = [task.cost.milliseconds for task in tasks]
    busy = None
    if times and all(time is not None for time in times):
        a_day = Fraction(per_month, days_in_month)
        spent = Span(
            Fraction(sum(t.low for t in times if t is not None)), Fraction(sum(t.high for t in times if t is not None))
        )
        busy = spent.times(a_day)
    running = each.times(per_month) if each is not None else None
    elsewhere = cloud.times(per_month) if cloud is not None else None
    local = running + exactly(hardware).times(Fraction(1, horizon)) if running and hardware is not None else None
    even = None
    if hardware is not None and each is not None and cloud is not None:
        results = arithmetic.break_even(exactly(hardware), cloud, each)
        even = BreakEven(results=results, days=arithmetic.days(results, per_month, days_in_month))
    feasible = busy is None or busy.low <= arithmetic.DAY
    return Volume(
        id=name,
        title=title,
        per_month=per_month,
        busy_milliseconds=money(busy),
        feasible=feasible,
        electricity=money(running),
        cloud=money(elsewhere),
        local=money(local),
        local_each=money(local.times(Fraction(1, per_month))) if local is not None and per_month else None,
        break_even=even,
        cheaper=_cheaper(local, elsewhere, feasible),
    )


def _cheaper(local: Span | None, cloud: Span | None, feasible: bool) -> Literal["local", "cloud", "depends", "unknown"]:
    if local is None or cloud is None:
        return "unknown"
    if not feasible or cloud.high <= local.low:
        return "cloud"
    return "local" if local.high < cloud.low else "depends"


def _sum(spans: list[Span | None]) -> Span | None:
    if not spans:
        return None
    total = NOTHING
    for span in spans:
        if span is None:
            return None
        total = total + span
    return total


def _notes(
    tasks: list[ComparedTask],
    unpriced: list[str],
    asked: Asked,
    bundle: tuple[TaskAnswer, ...],
) -> list[str]:
    found = []
    if not bundle:
        found.append("nothing local fits this request on this machine (rigfit solve says why): only cloud is left")
    found += [f"no price of {name} is known: give --hardware, a price file or --owned" for name in unpriced]
    lacking = {t.cost.device for t in tasks if t.cost.title is not None and t.cost.watts is None}
    found += [f"what {device} draws is not known: give it with --watts" for device in sorted(filter(None, lacking))]
    for task in tasks:
        if task.cloud is None:
            where = f" of {asked.service}" if asked.service else ""
            left = "" if all(t.cloud is None for t in tasks) else ", so it is left out of both sides"
            found.append(f"{_words(task.cost.task)}: no price{where} is recorded{left}; give one with --cloud-price")
        elif (
            task.cost.title is not None and task.cost.match in ("nearest", "unknown") and task.cost.against is not None
        ):
            how = "is of lower quality or lacks a feature" if task.cost.match == "nearest" else "may be better or worse"
            found.append(
                f"{_words(task.cost.task)}: no service is recorded with a model as good as {task.cost.title}; "
                f"{task.cost.against.of or task.cost.against.title} {how}"
            )
    return found


def _words(task: str) -> str:
    return task_words(task)
