"""`rigfit why-not` and `rigfit why`: a request solved, and one model or variant asked about."""

from __future__ import annotations

from rigfit.candidates.compiler import Prepared, capacities, prepare
from rigfit.explain.chosen import against, sentences
from rigfit.explain.held import Decided
from rigfit.explain.targets import Target, called, gained
from rigfit.explain.why_not import judge, judge_all
from rigfit.explain.words import task_words
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.schema.why import Change, Judgement, Why, WhyNot, Winner
from rigfit.solve import solve
from rigfit.version import VERSION
from rigfit.whatif.winning import changes


def decide(request: Request, machine: Machine, knowledge: Knowledge, prepared: Prepared | None = None) -> Decided:
    """A request on a machine, answered.

    Raises:
        InputError: when the request names something that does not exist.
    """
    have = usable(machine, knowledge)
    prepared = prepared or prepare(request, machine, knowledge)
    compiled = prepared.compile(have)
    bounds = capacities(request, have)
    outcome = rank(compiled.problem, bounds, request.top, engine=request.engine)
    return Decided(prepared, have, compiled, bounds, outcome)


def why_not(
    request: Request, machine: Machine, knowledge: Knowledge, target: Target | None, *, search: bool = True
) -> WhyNot:
    """Why a model or variant is not in the answer; without a target the same for every variant of the catalog.

    Args:
        request: its `machine` part is not read.
        machine: detected, simulated or loaded.
        knowledge: catalog and rules.
        target: what is asked about.
        search: look for what would make it the best too.

    Raises:
        InputError: when the request names something that does not exist.
        TooLargeError: when the exhaustive engine is asked for too much.
    """
    decided = decide(request, machine, knowledge)
    found: tuple[Change, ...] = ()
    if target is None:
        judgements = judge_all(decided)
    else:
        judgements = judge(decided, target) or _serves_nothing(decided, target)
        asked = [j for j in judgements if j.task in target.model.serves]
        found = changes(decided, target, asked) if search else ()
    best = decided.best
    elsewhere = () if target is None else _at_services(decided, target)
    return WhyNot(
        status=decided.outcome.status.value,
        request=request,
        machine=machine,
        catalog=knowledge.catalog_digest,
        rules=knowledge.rules_digest,
        rigfit=VERSION,
        winner=Winner(tasks=tuple(gained(c) for c in best), title=called(best)) if best else None,
        asked=None if target is None else target.title,
        judgements=tuple(judgements),
        changes=found,
        notes=elsewhere,
    )


def _at_services(decided: Decided, target: Target) -> tuple[str, ...]:
    """That the best bundle has the model at a service, which judgements about this machine do not tell."""
    offers = [c.pipeline.offer for c in decided.best if c.pipeline.model.id == target.model.id]
    names = dict.fromkeys(offer.service.title for offer in offers if offer is not None)
    return tuple(
        f"In the best bundle {name} does {target.model.title}; this is about running it here." for name in names
    )


def _serves_nothing(decided: Decided, target: Target) -> list[Judgement]:
    does = ", ".join(task_words(task) for task in sorted(target.model.serves))
    return [
        Judgement.model_validate(
            {
                "task": task.task,
                "model": target.model.id,
                "title": target.model.title,
                "role": target.role,
                "variant": target.variant,
                "verdict": "refused",
                "text": f"{target.model.title} does no {task_words(task.task)}; it does {does}",
                "reasons": [
                    {
                        "rule": "model.serves",
                        "subject": target.model.title,
                        "text": f"{target.model.title} serves {does}",
                        "changeable_by": "request",
                        "origin": target.model.origin,
                    }
                ],
            }
        )
        for task in decided.prepared.tasks
    ]


def why(request: Request, machine: Machine, knowledge: Knowledge, target: Target) -> Why:
    """Why a model or variant is in the answer: its bundle with all criteria, and what decided against the runner-up.

    Raises:
        InputError: when the request names something that does not exist.
        TooLargeError: when the exhaustive engine is asked for too much.
    """
    prepared = prepare(request, machine, knowledge)
    answer = solve(request, machine, knowledge, prepared=prepared)
    decided = decide(request, machine, knowledge, prepared)
    places = [
        (place, number)
        for number, task in enumerate(prepared.tasks)
        if task.task in target.model.serves and (place := decided.rank_of(number, target)) is not None
    ]
    facts = {
        "status": answer.status,
        "record": answer.record.id,
        "model": target.model.id,
        "title": target.model.title,
        "variant": target.variant,
    }
    if not places:
        text = f"{target.title} is not in the answer: ask `rigfit why-not {target.model.id}`"
        return Why.model_validate({**facts, "rank": None, "text": text})
    place, number = min(places)
    bundle = answer.bundles[place - 1]
    task = task_words(prepared.tasks[number].task)
    runner_up = against(decided, number, target, place)
    where = "the best bundle" if place == 1 else f"bundle {place}"
    text = f"{target.title} does {task} in {where}" + (f": {runner_up.text}" if runner_up is not None else "")
    return Why.model_validate(
        {
            **facts,
            "rank": place,
            "text": text,
            "sentences": sentences(bundle, number, target.model),
            "bundle": bundle,
            "against": runner_up,
            "next_steps": answer.explanation.next_steps if place == 1 else (),
        }
    )
