"""The first explanation: for each task what refused it most narrowly, and for each bundle what decided for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rigfit.answer import reason_text
from rigfit.candidates import Compiled
from rigfit.candidates.expand import Candidate, Expansion
from rigfit.candidates.fit import Miss
from rigfit.candidates.reasons import Reason
from rigfit.explain.words import CLASH_WORDS, apart, enough_usd, listed, task_words, variant_words
from rigfit.knowledge import Knowledge
from rigfit.nodes import kept_apart
from rigfit.problem import Choice
from rigfit.schema.answer import Bundle, Closest, Explanation, LeftOut
from rigfit.schema.catalog import Model
from rigfit.schema.clash import Clash
from rigfit.schema.request import Request
from rigfit.units import format_file, format_memory, format_milliseconds, format_usd

# What a person can act on comes first: a policy or wish is taken back sooner than a card is bought.
_ORDER = {"request": 0, "policy": 1, "machine": 2, "nobody": 3}
_WORDS = {"vram": "VRAM", "ram": "RAM", "disk": "disk space"}


def _amount(resource: str, amount: int) -> str:
    return format_file(amount) if resource == "disk" else format_memory(amount)


def miss_text(miss: Miss) -> str:
    """Words like "SDXL fp16 in ComfyUI, resident needs 6.9 GB of VRAM, this machine offers 3.6 GB"."""
    needs, has = apart(miss.resource, miss.needs, miss.has)
    return f"{miss.label} needs {needs} of {_WORDS[miss.resource]}, this machine offers {has}"


def left_out(compiled: Compiled, choices: Sequence[Choice]) -> tuple[LeftOut, ...]:
    """Every model that could serve a task and is in no bundle: beaten, too large or refused; nearest first."""
    models: Mapping[str, Model] = compiled.knowledge.index("models")
    found: list[LeftOut] = []
    for number, expansion in enumerate(compiled.expansions):
        chosen = {expansion.candidates[choice[number]].pipeline.model.id for choice in choices}
        best: dict[str, Candidate] = {}
        for candidate in (c for c in expansion.candidates if c.pipeline.offer is None):
            key = candidate.pipeline.model.id
            if key not in best or candidate.scores < best[key].scores:
                best[key] = candidate
        winner = expansion.candidates[choices[0][number]] if choices else None
        beaten = sorted((c for m, c in best.items() if m not in chosen), key=lambda c: (c.scores, c.pipeline.model.id))
        found += [_beaten(candidate, winner, expansion, compiled) for candidate in beaten]
        for model, miss in sorted(expansion.misses.items(), key=_narrowness):
            if model not in best:
                reason = Reason(f"memory.{miss.resource}", models[model].title, miss_text(miss), "machine")
                found.append(_left(expansion, models[model], "too_large", reason))
        for model, reasons in sorted(expansion.refused.items()):
            found.append(_left(expansion, models[model], "refused", _nearest(reasons)))
    return tuple(found)


def _narrowness(miss: tuple[str, Miss]) -> tuple[float, str]:
    """How narrowly a model misses, then its id."""
    return miss[1].needs / max(1, miss[1].has), miss[0]


def _nearest(reasons: Sequence[Reason]) -> Reason:
    """The reason that came nearest to letting it through: what only takes too long passed everything else."""
    return min(reasons, key=_distance)


def _distance(reason: Reason) -> tuple[bool, int, int]:
    return not reason.rule.startswith("time."), _ORDER[reason.changeable_by], reason.amount


def _left(expansion: Expansion, model: Model, kind: str, reason: Reason) -> LeftOut:
    return LeftOut.model_validate(
        {
            "task": expansion.task.task,
            "model": model.id,
            "title": model.title,
            "kind": kind,
            "reason": reason_text(named(reason, model)).model_dump(),
        }
    )


def named(reason: Reason, model: Model) -> Reason:
    """A reason with the model's name in its text."""
    return reason if model.title in reason.text else replace(reason, text=f"{model.title}: {reason.text}")


def _beaten(candidate: Candidate, winner: Candidate | None, expansion: Expansion, compiled: Compiled) -> LeftOut:
    model = candidate.pipeline.model
    if winner is None:
        text = f"{model.title} would fit by itself"
    else:
        points = (winner.value - candidate.value) / 100
        text = f"{model.title} is beaten by {winner.pipeline.model.title}"
        if points > 0:
            text += f" by {points:.1f} points"
        elif candidate.milliseconds > winner.milliseconds >= 0:
            text += ": it takes longer"
    return _left(expansion, model, "beaten", Reason(f"objective.{compiled.profile.id}", model.title, text, "request"))


def explain_none(compiled: Compiled, capacities: Mapping[str, int]) -> Explanation:
    """Why there is no bundle: for each task what came closest, or which limit the tasks break together."""
    empty = [expansion for expansion in compiled.expansions if not expansion.candidates]
    closest = [closest_of(expansion, compiled.knowledge) for expansion in empty]
    if closest:
        tasks = listed(list(dict.fromkeys(task_words(c.task) for c in closest)), "or")
        return Explanation(
            summary=f"no bundle, because nothing serves {tasks} here",
            left_out=left_out(compiled, ()),
            closest=tuple(closest),
        )
    names = dict.fromkeys(limit.capacity for limit in compiled.problem.limits)
    needs = {name: needed_together(compiled, capacities, name) for name in names}
    reasons = tuple(
        closest_together(compiled.request, name, amount, capacities[name])
        for name, amount in needs.items()
        if amount is not None
    )
    summary = "no bundle, because the tasks do not fit together"
    packages = None
    if not reasons:
        packages = _packages(compiled, capacities)
        summary += f": {_told(packages, compiled.knowledge) if packages is not None else 'their packages conflict'}"
    return Explanation(summary=summary, left_out=left_out(compiled, ()), closest=reasons, packages=packages)


def _told(clash: Clash, knowledge: Knowledge) -> str:
    names = listed([knowledge.index("nodes")[node].title for node in clash.members])
    return f"{names} cannot be installed side by side, {CLASH_WORDS[clash.kind]} ({clash.reason})"


def _packages(compiled: Compiled, capacities: Mapping[str, int]) -> Clash | None:
    """Which node packages keep the tasks apart: without their conflict there is an answer."""
    from rigfit.rank import rank

    problem = compiled.problem
    known = {clash.id: clash for clash in kept_apart(compiled.knowledge)}
    for conflict in problem.conflicts:
        rest = tuple(other for other in problem.conflicts if other != conflict)
        if conflict.rule in known and rank(replace(problem, conflicts=rest), capacities, 1).choices:
            return known[conflict.rule]
    return None


def nearest_refusal(expansion: Expansion) -> tuple[str, Reason] | None:
    """Of what refused the models of a task the reason that came nearest to letting one through, and the model."""
    reasons = [(_distance(r), len(rs), m, r) for m, rs in expansion.refused.items() for r in rs]
    _, _, model, reason = min(reasons, key=lambda found: found[:3], default=(None, None, None, None))
    return None if model is None or reason is None else (model, reason)


def closest_of(expansion: Expansion, knowledge: Knowledge) -> Closest:
    """What comes closest to serving a task that nothing serves."""
    if expansion.misses:
        nearest, found = min(expansion.misses.items(), key=_narrowness)
        return Closest.model_validate(
            {
                "task": expansion.task.task,
                "model": nearest,
                "resource": found.resource,
                "needs": found.needs,
                "has": found.has,
                "text": f"closest: {miss_text(found)}",
            }
        )
    refusal = nearest_refusal(expansion)
    if refusal is None:
        task = expansion.task
        serves = any(task.task in model.serves for model in knowledge.catalog.models)
        text = "no model is left: the request's own lists exclude them all" if serves else "no model does this yet"
        return Closest(task=expansion.task.task, model=None, resource=None, needs=None, has=None, text=text)
    model_id, reason = refusal
    model: Model = knowledge.index("models")[model_id]
    text = f"closest: {named(reason, model).text}"
    return Closest(task=expansion.task.task, model=model_id, resource=None, needs=None, has=None, text=text)


def needed_together(compiled: Compiled, capacities: Mapping[str, int], name: str) -> int | None:
    """Is one capacity what stops the tasks together? Without it there is an answer then, and this is what it needs."""
    from rigfit.rank import rank

    outcome = rank(compiled.problem, {**capacities, name: 2**60}, 1)
    if not outcome.choices:
        return None
    usage = compiled.problem.usage(outcome.choices[0])
    return max(u for u, limit in zip(usage, compiled.problem.limits, strict=True) if limit.capacity == name)


def closest_together(request: Request, name: str, needs: int, has: int) -> Closest:
    """What the tasks need together of a capacity, each of which fits by itself."""
    tasks = " + ".join(task.task for task in request.tasks)
    if name == "max_cost":
        text = (
            f"each task fits by itself; together the best ones cost {enough_usd(needs)} a month at services, "
            f"and the request allows {format_usd(has)} (--max-cost)"
        )
        return Closest(task=tasks, model=None, resource=None, needs=None, has=None, text=text)
    resource = "disk" if name in ("disk", "max_disk", "max_download") else name.partition(".")[0]
    what = {"max_disk": "allowed disk space", "max_download": "allowed download"}.get(name, _WORDS[resource])
    text = (
        f"each task fits by itself; together the best ones need {_amount(resource, needs)} of {what}, "
        f"and there are {_amount(resource, has)}"
    )
    return Closest.model_validate(
        {"task": tasks, "model": None, "resource": resource, "needs": needs, "has": has, "text": text}
    )


def explain_bundles(compiled: Compiled, choices: Sequence[Choice]) -> Explanation:
    """What was left out of an answer that has bundles, and why."""
    out = left_out(compiled, choices)
    considered = sum(expansion.considered for expansion in compiled.expansions)
    models = len({c.pipeline.model.id for e in compiled.expansions for c in e.candidates})
    plural = "s" if models != 1 else ""
    return Explanation(
        summary=(
            f"best by the profile {compiled.profile.id!r} of {models} model{plural} that fit "
            f"({considered} pipelines compared)"
        ),
        left_out=out,
    )


def why(bundle: Bundle, first: Bundle | None, compiled: Compiled, choice: Choice) -> tuple[str, ...]:
    """Sentences on what decided for a bundle."""
    sentences: list[str] = []
    for number, candidate in enumerate(compiled.candidates(choice)):
        sentences.append(_quality_sentence(candidate, compiled, number))
    if first is not None:
        for mine, best in zip(bundle.criteria, first.criteria, strict=True):
            if mine.value != best.value:
                sentences.append(f"{_difference(mine.name, mine.value - best.value)} behind the first")
                break
    return tuple(sentences)


def _difference(name: str, amount: int) -> str:
    if name in ("value", "net_value"):
        return f"{amount / 1000:.1f} points"
    if name == "seconds":
        return f"{amount / 1000:.1f} s"
    if name in ("download", "disk", "vram"):
        return f"{amount} MiB of {'VRAM' if name == 'vram' else name}"
    return f"{amount} in {name}"


def _quality_sentence(candidate: Candidate, compiled: Compiled, number: int) -> str:
    pipeline = candidate.pipeline
    base = pipeline.serves.quality
    denoisers = {p.variant.key for p in pipeline.parts if p.component.kind == "denoiser"}
    shown = sorted(variant_words(variant, compiled.knowledge) for variant in denoisers)
    text = f"{base.value / 100:g} points at full precision ({base.source})"
    if candidate.value != base.value:
        task = compiled.expansions[number].task
        causes = [*shown, *(["the style"] if task.style != "no_preference" else [])]
        causes += ["the features"] if task.features or task.wishes else []
        text += f", {candidate.value / 100:.1f} with {' and '.join(causes) or 'the variants chosen'}"
    policies = compiled.request.policies
    if pipeline.offer is not None and policies.cloud == "fallback":
        within = f" within {format_milliseconds(policies.cloud_over)}" if policies.cloud_over is not None else ""
        beside = " beside the other tasks" if len(compiled.expansions) > 1 else ""
        text += f"; nothing that fits here does it{within}{beside}"
    lost = _waiting(candidate, compiled, number)
    return text + (f"; waiting costs {lost / 100:.1f} points" if lost else "")


def _waiting(candidate: Candidate, compiled: Compiled, number: int) -> int:
    """Hundredths of a point that the profile takes off for waiting."""
    import numpy as np

    from rigfit.candidates.objective import Objective

    expansion = compiled.expansions[number]
    objective = Objective(compiled.profile, expansion.rule, expansion.task.importance)
    return int(objective.waiting(np.array([candidate.milliseconds]))[0])
