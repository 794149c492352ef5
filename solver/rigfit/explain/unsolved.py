"""When nothing fits: the conflict, what to give up, the least amounts, the cascade; and the proof of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rigfit.candidates.compiler import Prepared, capacities, prepare
from rigfit.candidates.open import open_up
from rigfit.engines import Status, get_engine
from rigfit.engines.base import UndecidedError
from rigfit.explain.cascade import cascade
from rigfit.explain.conflict import conflict, is_minimal
from rigfit.explain.give_ups import give_ups
from rigfit.explain.guards import UNBOUNDED
from rigfit.explain.least import claimed, least_amounts
from rigfit.explain.members import hint, member
from rigfit.explain.nearest import evidence
from rigfit.explain.opened import Case, build
from rigfit.explain.relax import without
from rigfit.explain.words import main_variant
from rigfit.machine.capacity import Usable
from rigfit.rank import rank
from rigfit.schema.answer import Explanation
from rigfit.schema.reason import Conflict, Gained, GiveUp, Least, Proof


@dataclass(frozen=True)
class Unsolved:
    """The explanation of an infeasible request before any wording."""

    case: Case
    conflict: tuple[int, ...]
    give_ups: tuple[tuple[int, ...], ...]
    least: tuple[Least, ...]


def examine(prepared: Prepared, usable: Usable, most: int = 3) -> Unsolved | None:
    """Conflict, give-ups and least amounts of a request that has no bundle.

    Returns:
        None where the engine could not decide a question within its budget, or where the request has a bundle.
    """
    case = build(open_up(prepared), usable)
    try:
        found = conflict(case.guarded, case.order)
        if found is None:
            return None
        return Unsolved(case, found, give_ups(case.guarded, droppable(case), most), least_amounts(case))
    except UndecidedError:
        return None


def droppable(case: Case) -> list[int]:
    """Wishes and policies that a person can give up: no machine, not the only task, not which mode a task works in."""
    modes = [task.rule.modes for task in case.opened.tasks]
    return [
        number
        for number, (guard, key) in enumerate(zip(case.guarded.guards, case.keys, strict=True))
        if guard.changeable_by != "machine"
        and not (key.kind == "task" and len(case.opened.tasks) == 1)
        and not (key.kind == "feature" and key.detail in modes[key.task or 0])
    ]


def explain_unsolved(base: Explanation, prepared: Prepared, usable: Usable, *, prove: bool = False) -> Explanation:
    """The first explanation of an infeasible request, with conflict, give-ups, least amounts and cascade added.

    Args:
        base: what came closest and what was left out.
        prepared: the request on its class of machine.
        usable: the machine's capacities.
        prove: solve again what is claimed, and say what came of it.
    """
    found = None if _costs_too_much(prepared, usable) else examine(prepared, usable)
    if found is None:
        return base
    case = found.case
    members = [
        member(case, number).model_copy(update={"evidence": evidence(case, number, found.conflict)})
        for number in found.conflict
    ]
    gives = [give for gone in found.give_ups if (give := _give_up(case, gone)) is not None]
    return base.model_copy(
        update={
            "conflict": Conflict(text=_sentence([m.text for m in members]), members=tuple(members)),
            "give_ups": tuple(gives),
            "least": found.least,
            "cascade": cascade(case),
            "proof": prove_all(found) if prove else None,
        }
    )


def _costs_too_much(prepared: Prepared, usable: Usable) -> bool:
    """Several tasks fit but for what services charge for them together: what comes closest says it all."""
    policies = prepared.request.policies
    if len(prepared.tasks) == 1 or policies.cloud == "no" or policies.max_cost is None:
        return False
    compiled = prepared.compile(usable)
    if not all(expansion.candidates for expansion in compiled.expansions):
        return False
    amounts = capacities(prepared.request, usable)
    return bool(rank(compiled.problem, {**amounts, "max_cost": UNBOUNDED}, 1).choices)


def _sentence(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return f"{parts[0]}, and nothing in the catalog can do it"
    return f"{'; '.join(parts)}: all of this together cannot be had"


def _give_up(case: Case, gone: Sequence[int]) -> GiveUp | None:
    """A set of guards with the bundle that one would get without them, solved as any request is."""
    prepared = case.opened.prepared
    request = without(case, gone)
    compiled = prepare(request, prepared.machine, prepared.knowledge).compile(case.usable)
    outcome = rank(compiled.problem, capacities(request, case.usable), 1)
    if not outcome.choices:
        return None
    gains = tuple(
        Gained(
            task=c.pipeline.task,
            model=c.pipeline.model.id,
            title=c.pipeline.model.title,
            variants={part.role: part.variant.key for part in c.pipeline.parts},
            runtime=c.pipeline.runtime.id,
            service=c.pipeline.offer.service.title if c.pipeline.offer is not None else "",
            placement=c.pipeline.placement,
            quality=c.value,
            milliseconds=c.milliseconds if c.milliseconds >= 0 else None,
            selected=c.pipeline.model.explanation.get("selected", ""),
            variant=main_variant(c.pipeline.parts, prepared.knowledge),
        )
        for c in compiled.candidates(outcome.choices[0])
    )
    known = {"time": request.policies.max_time, "max_cost": request.policies.max_cost}
    amounts = {n: known.get(case.keys[n].kind) for n in gone}
    return GiveUp(
        text=" and ".join(_giving_up(case, number, amounts[number]) for number in gone),
        cost=sum(case.guarded.guards[number].cost for number in gone),
        hints=tuple(hint(case, case.keys[number], amounts[number]) for number in gone),
        gains=gains,
    )


def _giving_up(case: Case, number: int, amount: int | None) -> str:
    from rigfit.explain.render.text import say

    return say(hint(case, case.keys[number], amount), case.opened.prepared.request)


def prove_all(found: Unsolved) -> Proof:
    """Solve again, with the engine and on problems built anew from their definition, what an explanation claims."""
    case = found.case
    guarded = case.guarded
    engine = get_engine("cpsat")

    def status(kept: Sequence[int] | frozenset[int], changed: dict[str, int] | None = None) -> Status:
        problem, amounts = guarded.relaxed(kept, changed)
        return engine.best(problem, amounts, 1).status if problem.decisions else Status.OPTIMAL

    infeasible = status(found.conflict) is Status.INFEASIBLE
    sufficient = [status(*guarded.without(gone)) is Status.OPTIMAL for gone in found.give_ups]
    needed = [
        status(*guarded.without(frozenset(gone) - {one})) is Status.INFEASIBLE
        for gone in found.give_ups
        for one in gone
    ]
    exact = []
    for enough, short in claimed(case, found.least):
        exact.append(status(guarded.all, enough) is Status.OPTIMAL)
        exact.append(status(guarded.all, short) is Status.INFEASIBLE)
    return Proof(
        conflict_infeasible=infeasible,
        conflict_minimal=is_minimal(guarded, found.conflict),
        give_ups_sufficient=all(sufficient) if sufficient else None,
        give_ups_minimal=all(needed) if needed else None,
        least_exact=all(exact) if exact else None,
    )
