"""What would make a model the best, or let it in at all: every change is solved anew before it is named.

Wishes and policies come from the guards that hold the model back (`rigfit.explain.give_ups` on the request that is
forced to use it) or, where it is only beaten, one at a time; amounts come from the exact steps along one resource.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from rigfit.candidates.admission import is_asked_for, is_named
from rigfit.candidates.compiler import Prepared, capacities, prepare
from rigfit.candidates.expand import Candidate
from rigfit.candidates.objective import Objective
from rigfit.candidates.open import open_up
from rigfit.engines.base import UndecidedError
from rigfit.explain.give_ups import give_ups
from rigfit.explain.held import Decided
from rigfit.explain.least import least_amounts
from rigfit.explain.members import hint
from rigfit.explain.opened import Case, build
from rigfit.explain.relax import without
from rigfit.explain.render.text import say
from rigfit.explain.targets import Target, called, forced, gained
from rigfit.explain.unsolved import droppable
from rigfit.explain.words import enough
from rigfit.rank import rank
from rigfit.schema import reason as shapes
from rigfit.schema.reason import Hint
from rigfit.schema.request import Request
from rigfit.schema.why import Change, Judgement
from rigfit.units import GB, GIB, MIB, format_file, format_memory
from rigfit.whatif.classes import has_amount
from rigfit.whatif.cover import Axes, cover
from rigfit.whatif.session import Session

_LOCKS = ("models", "variants", "by_name", "size")
_MOST_RAM = 1024 * GIB
_WORDS = {"vram": "VRAM", "ram": "RAM", "memory": "memory", "disk": "free disk space"}


def changes(decided: Decided, target: Target, judgements: Sequence[Judgement]) -> tuple[Change, ...]:
    """What would put the target into the best bundle, then what would only let it fit; the smallest first.

    Args:
        decided: the request on the machine, with its answer.
        target: a model or variant.
        judgements: what became of it, for each task that it serves.
    """
    found: list[Change] = []
    for judgement in judgements:
        number = next(n for n, task in enumerate(decided.prepared.tasks) if task.task == judgement.task)
        if judgement.rank != 1:
            found += _Search(decided, target, number).changes(judgement)
    best = [change for change in found if change.effect == "best"]
    return tuple(best + [change for change in found if change.effect != "best" and not _covered(change, best)])


def _covered(change: Change, best: Sequence[Change]) -> bool:
    """What makes it possible goes unsaid where the same, to the MiB, makes it the best."""
    for one in best:
        if one.resource == change.resource and one.hints == change.hints and one.prefer is None:
            if one.needs == change.needs:
                return True
            if isinstance(one.needs, int) and isinstance(change.needs, int) and one.needs - change.needs < MIB:
                return True
    return False


class _Search:
    """Looks for changes for one task."""

    def __init__(self, decided: Decided, target: Target, number: int) -> None:
        self.decided, self.target, self.number = decided, target, number
        self.prepared = decided.prepared
        self.machine, self.knowledge = self.prepared.machine, self.prepared.knowledge

    def changes(self, judgement: Judgement) -> Iterator[Change]:
        """All of them for one judgement."""
        if judgement.verdict in ("refused", "too_large"):
            yield from self._admitting()
        else:
            yield from self._one_at_a_time()
            yield from self._profiles()
        if judgement.verdict != "refused":
            yield from self._amounts()

    def _solve(self, request: Request) -> list[Candidate]:
        prepared = prepare(request, self.machine, self.knowledge)
        compiled = prepared.compile(self.decided.have)
        outcome = rank(compiled.problem, capacities(request, self.decided.have), 1, engine=request.engine)
        return compiled.candidates(outcome.choices[0]) if outcome.choices else []

    def _wins(self, best: Sequence[Candidate]) -> bool:
        task = self.prepared.tasks[self.number].task
        return any(c.pipeline.task == task and self.target.is_in(c.pipeline) for c in best)

    def _change(self, request: Request, hints: Sequence[Hint], by: str) -> Change | None:
        """A changed request, solved; None where it leaves no bundle."""
        best = self._solve(request)
        if not best:
            return None
        wins = self._wins(best)
        does = " and ".join(say(h, self.prepared.request) for h in hints)
        then = f"then {self.target.title} is the best" if wins else f"then it fits, but {called(best)} is better"
        return Change.model_validate(
            {
                "effect": "best" if wins else "possible",
                "changeable_by": by,
                "text": f"{does}: {then}",
                "hints": [h.model_dump() for h in hints],
                "gains": [gained(c).model_dump() for c in best],
            }
        )

    # -- what is refused or too large --------------------------------------------------------------------------------

    def _admitting(self) -> Iterator[Change]:
        """The cheapest sets of wishes and policies without which it fits, and the least amounts at which it does."""
        case = self._case()
        named, opened = self._unlocked()
        try:
            sets = give_ups(case.guarded, [n for n in droppable(case) if case.keys[n].kind not in _LOCKS], most=3)
            if not sets and named and case.guarded.feasible(case.guarded.all):
                sets = ((),)
            for gone in sets:
                relaxed = without(case, gone)
                tasks = list(relaxed.tasks)
                dropped = sum(case.keys[n].kind == "task" and (case.keys[n].task or 0) < self.number for n in gone)
                tasks[self.number - dropped] = tasks[self.number - dropped].model_copy(update=opened)
                waits = relaxed.policies.max_time
                amounts = {n: waits if case.keys[n].kind == "time" else None for n in gone}
                hints = [*named, *(hint(case, case.keys[n], amounts[n]) for n in gone)]
                by = "policy" if any(case.guarded.guards[n].changeable_by == "policy" for n in gone) else "request"
                change = self._change(relaxed.model_copy(update={"tasks": tuple(tasks)}), hints, by)
                if change is not None:
                    yield change
            if not named:
                yield from self._least(case)
                yield from self._elsewhere(case)
        except UndecidedError:
            return

    def _case(self) -> Case:
        """The open expansion of the forced request, here and not at a service.

        Models that it leaves out anyway are not even looked at.
        """
        request = forced(self.prepared, self.number, self.target)
        others = {task.task for n, task in enumerate(request.tasks) if n != self.number}
        catalog = self.knowledge.catalog
        models = tuple(m for m in catalog.models if m.id == self.target.model.id or others & set(m.serves))
        kept = {model.id for model in models}
        tasks = [t.model_copy(update={"exclude": tuple(x for x in t.exclude if x in kept)}) for t in request.tasks]
        here = request.policies.model_copy(update={"cloud": "no"})
        request = request.model_copy(update={"tasks": tuple(tasks), "policies": here})
        less = replace(self.knowledge, catalog=catalog.model_copy(update={"models": models}), _indexes={})
        return build(open_up(prepare(request, self.machine, less)), self.decided.have)

    def _unlocked(self) -> tuple[list[Hint], dict[str, Any]]:
        """How the task's own lists would have to change to let the target in, and the lists then."""
        task, model = self.prepared.tasks[self.number], self.target.model
        hints: list[Hint] = []
        lists: dict[str, Any] = {"models": task.models, "exclude": task.exclude, "variants": task.variants}
        if not is_asked_for(model, task):
            names = {model.id, model.family, *model.aliases}
            lists["exclude"] = tuple(name for name in task.exclude if name not in names)
            lists["models"] = (*task.models, model.id) if task.models else ()
            hints.append(shapes.AllowModels(task=self.number))
        if model.exclude_from_defaults and not is_named(model, lists["models"]):
            lists["models"] = (model.id,)
            hints.append(shapes.NameModel(task=self.number, model=model.id))
        role = self.target.role
        if role is not None and task.variants.get(role, self.target.variant) != self.target.variant:
            lists["variants"] = {r: v for r, v in task.variants.items() if r != role}
            hints.append(shapes.AllowVariants(task=self.number))
        return hints, lists

    def _least(self, case: Case) -> Iterator[Change]:
        for least in least_amounts(case):
            if least.resource == "time" or least.needs is None:
                continue
            yield Change(
                effect="possible",
                changeable_by="machine",
                text=f"{least.text} for it to fit",
                resource=least.resource,
                gpu=least.gpu,
                has=least.has,
                needs=least.needs,
            )

    def _elsewhere(self, case: Case) -> Iterator[Change]:
        """Another card or system, where that alone would let it in."""
        for number, key in enumerate(case.keys):
            if key.kind in ("platform", "architecture", "card") and case.guarded.feasible(case.guarded.all - {number}):
                found = hint(case, key)
                text = f"{say(found, self.prepared.request)}: then it fits"
                yield Change(effect="possible", changeable_by="machine", text=text, hints=(found,), gpu=key.gpu)

    # -- what is beaten ----------------------------------------------------------------------------------------------

    def _one_at_a_time(self) -> Iterator[Change]:
        """Each wish and policy by itself that can turn the order round; those that only let more in cannot."""
        request = self.prepared.request
        for number, task in enumerate(request.tasks):
            for feature in task.features:
                less = {"features": tuple(f for f in task.features if f != feature), "complexity": None}
                hints: list[Hint] = [shapes.DropFeature(task=number, feature=feature)]
                yield from self._if_best(_with_task(request, number, less), hints, "request")
            if task.together is not None:
                hints = [shapes.InTurn(group=task.together)]
                yield from self._if_best(_with_task(request, number, {"together": None}), hints, "request")
        policies = request.policies
        for field, asked, free, hint_ in (
            ("runtimes", bool(policies.runtimes), (), shapes.AllowRuntimes()),
            ("max_disk", policies.max_disk is not None, None, shapes.RaiseBudget(budget="max_disk")),
            ("max_download", policies.max_download is not None, None, shapes.RaiseBudget(budget="max_download")),
        ):
            if asked:
                freed = policies.model_copy(update={field: free})
                yield from self._if_best(request.model_copy(update={"policies": freed}), [hint_], "policy")

    def _if_best(self, request: Request, hints: Sequence[Hint], by: str) -> Iterator[Change]:
        change = self._change(request, hints, by)
        if change is not None and change.effect == "best":
            yield change

    def _profiles(self) -> Iterator[Change]:
        """Other profiles of the objective: the pipelines stay, only their order is another."""
        for profile in self.knowledge.rulebook.profiles:
            if profile.id == self.prepared.profile.id:
                continue
            gathered = [
                replace(g, objective=Objective(profile, g.objective.rule, g.objective.importance))
                for g in self.prepared.gathered
            ]
            other: Prepared = replace(self.prepared, profile=profile, gathered=gathered)
            compiled = other.compile(self.decided.have)
            outcome = rank(compiled.problem, self.decided.capacities, 1, engine=self.prepared.request.engine)
            best = compiled.candidates(outcome.choices[0]) if outcome.choices else []
            if self._wins(best):
                yield Change(
                    effect="best",
                    changeable_by="policy",
                    text=f"prefer {profile.id} (--prefer {profile.id}): then {self.target.title} is the best",
                    prefer=profile.id,
                    gains=tuple(gained(c) for c in best),
                )

    # -- memory and disk ---------------------------------------------------------------------------------------------

    def _amounts(self) -> Iterator[Change]:
        """For each resource the least amount above the present one with which it would be in the best bundle."""
        answers = Session(self.knowledge).answers(self.prepared.request, self.machine, 1)
        unified = any(gpu.unified for gpu in self.machine.gpus)
        sold = max(spec.memory.value for spec in self.knowledge.catalog.gpus if not spec.unified)
        tops = {"ram": _MOST_RAM, "disk": 100_000 * GB}
        if self.machine.gpus and not unified:
            tops = {"vram": sold, **tops}
        for resource, top in tops.items():
            has = has_amount(self.machine, resource)
            low, high = -(-has // MIB), max(top, has + MIB) // MIB
            regions = sorted(cover(answers, Axes(self.machine, self.knowledge, [resource]), (low,), (high,)),
                             key=lambda region: region.low)  # fmt: skip
            first = next((r for r in regions if self._wins(r.answer.best)), None)
            if first is None or first.low[0] <= low:
                continue
            needs = first.low[0] * MIB
            name = "memory" if unified and resource == "ram" else resource
            shown = format_file(has) if resource == "disk" else format_memory(has)
            text = (
                f"with {enough(resource, needs)} of {_WORDS[name]} ({shown} now) {self.target.title} would be the best"
            )
            yield Change.model_validate(
                {
                    "effect": "best", "changeable_by": "machine", "text": text, "resource": name,
                    "gpu": 0 if resource == "vram" else None, "has": has, "needs": needs,
                    "gains": [gained(c).model_dump() for c in first.answer.best],
                }
            )  # fmt: skip


def _with_task(request: Request, number: int, update: dict[str, Any]) -> Request:
    tasks = [task.model_copy(update=update) if n == number else task for n, task in enumerate(request.tasks)]
    return request.model_copy(update={"tasks": tuple(tasks)})
