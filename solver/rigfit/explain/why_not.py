"""What became of a model or variant: chosen, beaten, too large or refused; for one, or for all of the catalog at once.

A model's pipelines are built without leaving out the beaten ones (`rigfit.candidates.every`). Whether any of those with
a variant fits, and how the best of them compares with the best bundle, is arithmetic on arrays then (`held`). With
several tasks the others are held as the best bundle has them; a forced solve decides where that is not enough.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rigfit.candidates.compiler import prepare
from rigfit.candidates.every import Unit, every, stopped, units_of
from rigfit.candidates.reasons import Reason
from rigfit.dominance import Array
from rigfit.estimate.pipeline import Pipeline
from rigfit.explain.first import named
from rigfit.explain.held import Decided, Held, Place
from rigfit.explain.nearest import amount_text, needs_text
from rigfit.explain.regrets import regrets
from rigfit.explain.targets import Target, forced, gained
from rigfit.problem import Limit
from rigfit.rank import rank
from rigfit.schema.catalog import Model
from rigfit.schema.reason import Gained, Quantity
from rigfit.schema.reason import Reason as ReasonShape
from rigfit.schema.why import Judgement, Regret

_AT_HAND = {"max_disk": "may be taken", "max_download": "may be fetched"}
# What a person can act on comes first; that one program does not load a file says least of all.
_ORDER = {"request": 0, "policy": 1, "machine": 2, "nobody": 3}


def judge(decided: Decided, target: Target) -> list[Judgement]:
    """What became of a model or variant, for each task of the request that it serves; regrets are exact."""
    tasks = decided.prepared.tasks
    unit = (target.role, target.variant) if target.role is not None and target.variant is not None else None
    return [
        _Judge(Place(decided, number), exact=len(tasks) > 1).judge(target.model, [unit])[0]
        for number, task in enumerate(tasks)
        if task.task in target.model.serves
    ]


def judge_all(decided: Decided) -> list[Judgement]:
    """What became of every variant of every model that serves a task of the request, in one go."""
    knowledge = decided.prepared.knowledge
    components = knowledge.index("components")
    found: list[Judgement] = []
    for number, task in enumerate(decided.prepared.tasks):
        judging = _Judge(Place(decided, number), exact=False)
        for model in sorted(knowledge.catalog.models, key=lambda m: m.id):
            if task.task in model.serves:
                found += judging.judge(model, units_of(model, components))
    return found


class _Judge:
    """Answers questions about one task of a request."""

    def __init__(self, place: Place, *, exact: bool) -> None:
        """Take the task; `exact` solves where the other tasks could give way."""
        self.place, self.exact = place, exact
        self.decided, self.number, self.best = place.decided, place.number, place.best
        self.problem = place.problem
        self.slack = any(tier.within for tier in self.problem.tiers)

    def judge(self, model: Model, units: Sequence[Unit | None]) -> list[Judgement]:
        """One judgement for each variant (None: any variant)."""
        found = every(self.decided.prepared, self.number, model)
        table = None if found is None else Held(self.place, found)
        return [self._unit(Target(model, *(unit or (None, None))), unit, table) for unit in units]

    def _unit(self, target: Target, unit: Unit | None, table: Held | None) -> Judgement:
        rows = np.zeros(0, dtype=np.int64) if table is None else table.of(unit)
        if table is None or not len(rows):
            return self._refused(target, unit)
        if self.best and (fitting := rows[table.fits[rows]]).size:
            place = self.decided.rank_of(self.number, target)
            if place == 1:
                return self._judgement(target, "chosen", f"{target.title} is in the best bundle", rank=1,
                                       best=gained(self.best[self.number]))  # fmt: skip
            if self.exact or (self.slack and len(self.best) > 1):
                solved = self._solved(target, place)
                if solved is not None:
                    return solved
            row = table.first(fitting)
            cost = tuple(regrets(self.decided, self.number, table.scores[row] - self.place.mine))
            return self._beaten(target, cost, table.gained(row), place, held=len(self.best) > 1)
        alone = rows[table.alone[rows]]
        if len(alone):
            solved = self._solved(target, self.decided.rank_of(self.number, target)) if self.best else None
            if solved is not None:
                return solved
            row = table.first(alone)
            why = "the other tasks leave it no room" if self.best else "the request has no bundle"
            return self._judgement(
                target, "beaten", f"{target.title} fits by itself, but {why}", best=table.gained(row)
            )
        return self._too_large(target, table, rows)

    def _judgement(self, target: Target, verdict: str, text: str, **more: object) -> Judgement:
        return Judgement.model_validate(
            {
                "task": self.place.task.task,
                "model": target.model.id,
                "title": target.model.title,
                "role": target.role,
                "variant": target.variant,
                "verdict": verdict,
                "text": text,
                **more,
            }
        )

    def _beaten(
        self, target: Target, found: tuple[Regret, ...], best: Gained, place: int | None, *, held: bool
    ) -> Judgement:
        winner = self.best[self.number].pipeline
        name = _variant_name(winner, target)
        decides = next((r for r in found if r.decides), None)
        how = f": {decides.text}" if decides is not None else ": equal in all, the canonical order decides"
        text = f"{target.title} is beaten by {name}{how}"
        if place is not None:
            text = f"{target.title} is in bundle {place}; {name} is better{how}"
        return self._judgement(
            target, "beaten" if place is None else "chosen", text, rank=place, best=best, regrets=found,
            others_held=held,
        )  # fmt: skip

    def _solved(self, target: Target, place: int | None) -> Judgement | None:
        """By solving the request that is forced to use the target; None where that has no bundle."""
        prepared = self.decided.prepared
        wanted = prepare(forced(prepared, self.number, target), prepared.machine, prepared.knowledge)
        compiled = wanted.compile(self.decided.have)
        outcome = rank(compiled.problem, self.decided.capacities, 1, engine=prepared.request.engine)
        if not outcome.choices:
            return None
        scores = compiled.problem.scores(outcome.choices[0])
        first = self.problem.scores(self.decided.outcome.choices[0])
        cost = np.array(scores, dtype=np.int64) - np.array(first, dtype=np.int64)
        best = gained(compiled.candidates(outcome.choices[0])[self.number])
        found = tuple(regrets(self.decided, self.number, cost))
        return self._beaten(target, found, best, place, held=False)

    def _too_large(self, target: Target, table: Held, rows: Array) -> Judgement:
        limits = self.problem.limits
        bound = table.bound.astype(np.float64)
        ratio = table.uses[rows] / np.maximum(bound, 1)
        at = int(np.argmin(ratio.max(axis=1)))
        row, limit = int(rows[at]), int(np.argmax(ratio[at]))
        if ratio[at, limit] <= 1:
            text = f"{target.title} needs node packages that cannot be installed together"
            return self._judgement(target, "refused", text)
        needs, has = int(table.uses[row, limit]), int(table.bound[limit])
        name = limits[limit].capacity
        resource = {"max_disk": "disk", "max_download": "download"}.get(name, name.partition(".")[0])
        at_hand = _AT_HAND.get(name, "can be used")
        text = f"{table.found.label(row)} {needs_text(resource, needs)}; {amount_text(resource, has)} {at_hand}"
        template = target.model.explanation.get("rejected_vram") if resource == "vram" else None
        reason = _of_limit(limits[limit], target, text + (f" ({template.rstrip('.')})" if template else ""), needs, has)
        return self._judgement(
            target, "too_large", reason.text, limit=limits[limit].capacity, needs=needs, has=has, reasons=(reason,)
        )

    def _refused(self, target: Target, unit: Unit | None) -> Judgement:
        found = stopped(self.decided.prepared, self.number, target.model, unit)
        if not found:
            text = f"{target.title}: no combination of files with it that a runtime here can load"
            found = [(None, Reason("support.none", target.model.title, text, "nobody", None, target.model.origin))]
        has_card = bool(self.decided.prepared.machine.gpus)
        ordered = list(dict.fromkeys(r for _, r in sorted(found, key=lambda one: _distance(*one, has_card=has_card))))
        text = named(ordered[0], target.model).text
        template = target.model.explanation.get("rejected_platform")
        if template and ordered[0].guard in ("platform", "architecture"):
            text += f" ({template.rstrip('.')})"
        return self._judgement(target, "refused", text, reasons=tuple(_shaped(reason) for reason in ordered))


def _distance(gpu: int | None, reason: Reason, *, has_card: bool) -> tuple[bool, bool, bool, int, int]:
    """How near a reason came to letting it through: what only takes too long passed everything else."""
    on_processor = has_card and gpu is None and reason.rule.startswith(("time.", "support.", "runtime."))
    said_little = reason.rule in ("support.none", "request.runtime", "runtime.platform")
    return on_processor, said_little, not reason.rule.startswith("time."), _ORDER[reason.changeable_by], reason.amount


def _shaped(reason: Reason) -> ReasonShape:
    return ReasonShape(
        rule=reason.rule,
        subject=reason.subject,
        text=reason.text,
        changeable_by=reason.changeable_by,
        source=reason.source,
        origin=reason.origin,
    )


def _of_limit(limit: Limit, target: Target, text: str, needs: int, has: int) -> ReasonShape:
    return ReasonShape(
        rule=limit.rule,
        subject=target.title,
        text=text,
        changeable_by=limit.changeable_by,
        numbers=(Quantity(name="needs", value=needs, unit="B"), Quantity(name="has", value=has, unit="B")),
        origin=target.model.origin,
    )


def _variant_name(pipeline: Pipeline, target: Target) -> str:
    """What beats a target: the model, with the variant where that is the difference or was asked for."""
    role = target.role
    same = [part for part in pipeline.parts if part.role == role] if pipeline.model.id == target.model.id else []
    part = same[0] if same else max(pipeline.of_kind("denoiser") or pipeline.parts, key=lambda one: one.weights)
    return f"{pipeline.model.title} {part.variant.key}" if same or role is not None else pipeline.model.title
