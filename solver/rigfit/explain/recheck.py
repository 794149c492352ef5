"""An answer made again from the pipelines that it names, without a solver: admitted, estimated, added up, ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from rigfit.candidates.admission import is_asked_for
from rigfit.candidates.compiler import Compiled, Prepared, capacities, prepare
from rigfit.candidates.reasons import Reason
from rigfit.engines import Outcome, Status
from rigfit.errors import RigfitError, TooLargeError
from rigfit.explain.next_step import next_steps
from rigfit.explain.record import build_record
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import Usable, usable
from rigfit.problem import Choice, allowed
from rigfit.schema.answer import Answer, Bundle, TaskAnswer
from rigfit.schema.verification import Finding

_MOST_SINGLE_SWAPS = 20_000


class Recheck:
    """One answer against the knowledge that it was made with."""

    undecided: str | None = None
    """Why optimality was not checked, after `optimality`."""

    def __init__(self, answer: Answer, knowledge: Knowledge) -> None:
        self.answer = answer
        self.knowledge = knowledge
        self.request = answer.record.request
        self.problem_found: Finding | None = None
        self.prepared: Prepared | None = None
        try:
            self.have: Usable = usable(answer.machine, knowledge)
            self.bounds = capacities(self.request, self.have)
            self.prepared = prepare(self.request, answer.machine, knowledge)
        except RigfitError as problem:
            text = f"the request cannot be understood any more: {problem}"
            self.problem_found = Finding(kind="unknown", path="record.request", stated=problem.name, text=text)

    @cached_property
    def compiled(self) -> Compiled:
        """The problem of the request on the machine."""
        assert self.prepared is not None
        return self.prepared.compile(self.have)

    @cached_property
    def _names(self) -> list[dict[str, int]]:
        """For each decision: name of a pipeline -> index."""
        return [{o.key: index for index, o in enumerate(d.options)} for d in self.compiled.problem.decisions]

    @cached_property
    def choices(self) -> list[Choice | None]:
        """Each bundle as a choice; None where a pipeline of it is not among the options."""
        found: list[Choice | None] = []
        for bundle in self.answer.bundles:
            indexes = [names.get(task.pipeline) for names, task in zip(self._names, bundle.tasks, strict=False)]
            whole = len(bundle.tasks) == len(self._names) and None not in indexes
            found.append(tuple(i for i in indexes if i is not None) if whole else None)
        return found

    def admission(self) -> Iterator[Finding]:
        """Every pipeline is one that the rules admit, and every bundle fits."""
        if self.problem_found is not None:
            yield self.problem_found
            return
        for number, (bundle, choice) in enumerate(zip(self.answer.bundles, self.choices, strict=True)):
            path = f"bundles[{number}]"
            if choice is None:
                for position, (names, task) in enumerate(zip(self._names, bundle.tasks, strict=False)):
                    if task.pipeline not in names:
                        yield self._not_offered(f"{path}.tasks[{position}]", position, task)
                continue
            for broken in self.compiled.problem.violations(choice, self.bounds):
                yield Finding(kind="tampered", path=path, text=f"{path} does not hold: {broken}")

    def _not_offered(self, path: str, position: int, task: TaskAnswer) -> Finding:
        """Why a pipeline is not among the options: unknown, refused by a rule, too large, or beaten by its own kind."""
        if task.model not in self.knowledge.index("models"):
            return Finding(
                kind="unknown", path=f"{path}.model", stated=task.model, text=f"there is no model {task.model!r}"
            )
        whole = self.compiled.expansions[position].refused.get(task.model, [])
        if whole:
            return _refused(path, task, whole[0])
        asked = self.request.tasks[position]
        if not is_asked_for(self.knowledge.index("models")[task.model], asked):
            text = f"{path}: the request leaves {task.model} out"
            return Finding(kind="refused", path=f"{path}.model", stated=task.model, text=text)
        only = asked.model_copy(
            update={"models": (task.model,), "exclude": (), "variants": {**task.variants, **asked.variants}}
        )
        narrowed = self.request.model_copy(update={"tasks": (only,)})
        try:
            free = prepare(narrowed, self.answer.machine, self.knowledge).compile()
        except RigfitError as problem:
            return Finding(kind="unknown", path=path, stated=problem.name, text=f"{path}: {problem}")
        if any(option.key == task.pipeline for option in free.problem.decisions[0].options):
            text = (
                f"{path}: {task.pipeline} does not fit here, or another pipeline of the model is no worse in anything"
            )
            return Finding(kind="beaten", path=f"{path}.pipeline", stated=task.pipeline, text=text)
        reasons = [*free.expansions[0].refused.get(task.model, []), *free.expansions[0].degraded.get(task.model, [])]
        if reasons:
            return _refused(path, task, reasons[0])
        text = f"{path}: the catalog and the rules make no such pipeline: {task.pipeline}"
        return Finding(kind="unknown", path=f"{path}.pipeline", stated=task.pipeline, text=text)

    def figures(self) -> Iterator[Finding]:
        """Everything that follows from the pipelines, compared word for word."""
        if self.problem_found is not None:
            return
        from rigfit.explain import explain_bundles
        from rigfit.solve import all_assumptions, all_notes, build_bundles, usable_amounts

        answer, compiled = self.answer, self.compiled
        yield from _compare("usable", answer.usable, usable_amounts(self.have))
        assumed = all_assumptions(compiled.request, compiled.machine, compiled.knowledge, compiled.expansions)
        yield from _compare("assumptions", _plain(answer.assumptions), _plain(assumed))
        whole = [choice for choice in self.choices if choice is not None]
        bundles: list[Bundle] = []
        if len(whole) == len(answer.bundles):
            bundles = build_bundles(compiled, self.bounds, whole)
            for number, (stated, own) in enumerate(zip(answer.bundles, bundles, strict=True)):
                yield from _compare(f"bundles[{number}]", _plain(stated), _plain(own))
            notes = all_notes(compiled, self.have, bundles)
            yield from _compare("explanation.notes", list(answer.explanation.notes), list(notes))
            if answer.status == "optimal" and whole:
                assert self.prepared is not None
                own_explanation = explain_bundles(compiled, whole).model_copy(
                    update={"next_steps": next_steps(self.prepared, compiled, self.bounds, whole[0])}
                )
                for part in ("summary", "left_out", "next_steps"):
                    stated_part, own_part = getattr(answer.explanation, part), getattr(own_explanation, part)
                    yield from _compare(f"explanation.{part}", _plain(stated_part), _plain(own_part))
        yield from self._record(bundles, whole)

    def _record(self, bundles: Sequence[Bundle], choices: Sequence[Choice]) -> Iterator[Finding]:
        stated = self.answer.record
        outcome = Outcome(Status(self.answer.status), tuple(choices), dict(stated.statistics), self._slack_best())
        own = build_record(self.compiled, outcome, bundles)
        skip = set() if len(choices) == len(self.answer.bundles) else {"entries", "bound"}
        fields = [name for name in type(own).model_fields if name not in skip | {"id", "statistics"}]
        for name in fields:
            yield from _compare(f"record.{name}", _plain(getattr(stated, name)), _plain(getattr(own, name)))

    def _slack_best(self) -> dict[int, int]:
        """The best on each tier with slack: recomputed for one task, as stated for several."""
        tiers = self.compiled.problem.tiers
        if len(self.compiled.problem.decisions) == 1:
            return self._single(1)[0]
        stated = self.answer.record.bound
        return {n: stated[n].best for n, tier in enumerate(tiers) if tier.within and n < len(stated)}

    def order(self) -> Iterator[Finding]:
        """Bundles come best first, and keep within what levels with slack allow."""
        if self.problem_found is not None:
            return
        problem = self.compiled.problem
        slack = self._slack_best()
        before: tuple[int, ...] | None = None
        for number, choice in enumerate(self.choices):
            if choice is None:
                continue
            scores = problem.scores(choice)
            for tier, best in slack.items():
                if not best <= scores[tier] <= allowed(best, problem.tiers[tier].within):
                    text = (
                        f"bundles[{number}] is further from the best {problem.tiers[tier].key} than the profile allows"
                    )
                    yield Finding(kind="beaten", path=f"bundles[{number}]", text=text)
            strict = tuple(score for tier, score in enumerate(scores) if tier not in slack)
            if before is not None and strict < before:
                text = f"bundles[{number}] is better than the one above it"
                yield Finding(kind="beaten", path=f"bundles[{number}].rank", stated=str(number + 1), text=text)
            before = strict

    def optimality(self, exhaustive: bool) -> Iterator[Finding]:
        """No better bundle exists; `undecided` says why where that was not settled."""
        status = self.answer.status
        if self.problem_found is not None or status == "undecided":
            self.undecided = "the answer claims no optimum"
            return
        stated = tuple(choice for choice in self.choices if choice is not None)
        if len(stated) < len(self.answer.bundles):
            self.undecided = "a bundle names a pipeline that is not on offer"
            return
        problem = self.compiled.problem
        if not all(decision.options for decision in problem.decisions):
            best: tuple[Choice, ...] = ()  # a task that nothing serves: seen without searching
        elif len(problem.decisions) == 1 and not exhaustive:
            best = self._single(self.request.top)[1]
        elif exhaustive:
            try:
                best = self._exhaustive()
            except TooLargeError as problem_size:
                self.undecided = str(problem_size).partition(":")[0]
                return
        else:
            better = next(self._swaps(stated[0]), None) if stated else None
            if better is not None:
                yield self._beaten(0, better)
                return
            first = "no single change of one task is better" if stated else "each of them fits by itself"
            self.undecided = f"several tasks compete: {first}; --exhaustive proves the rest"
            return
        for number in range(max(len(best), len(stated))):
            mine = stated[number] if number < len(stated) else None
            other = best[number] if number < len(best) else None
            if mine != other:
                yield self._beaten(number, other)
                return

    def _beaten(self, number: int, better: Choice | None) -> Finding:
        path = f"bundles[{number}]"
        if better is None:
            return Finding(kind="beaten", path=path, text=f"{path} is none of the best: no such bundle is left")
        names = " + ".join(option.key for option in self.compiled.problem.chosen(better))
        missing = number >= len(self.answer.bundles)
        text = f"{path} is missing: {names}" if missing else f"{path} is not the best that is left: {names} is"
        return Finding(kind="beaten", path=path, recomputed=names, text=text)

    def _single(self, k: int) -> tuple[dict[int, int], tuple[Choice, ...]]:
        """For one decision: the best on tiers with slack, and the k best choices, by sorting."""
        problem = self.compiled.problem
        feasible = [(i,) for i in range(len(problem.decisions[0].options)) if not problem.violations((i,), self.bounds)]
        scored = [(problem.scores(choice), choice) for choice in feasible]
        slack = {tier: level.within for tier, level in enumerate(problem.tiers) if level.within}
        best: dict[int, int] = {}
        for tier, within in slack.items():
            if scored:
                best[tier] = min(scores[tier] for scores, _ in scored)
                scored = [(s, c) for s, c in scored if s[tier] <= allowed(best[tier], within)]
        scored.sort(key=lambda found: ([s for tier, s in enumerate(found[0]) if tier not in slack], found[1]))
        first: dict[tuple[str, ...], Choice] = {}
        for _, choice in scored:
            first.setdefault(problem.groups(choice), choice)
        return best, tuple(first.values())[:k]

    def _exhaustive(self) -> tuple[Choice, ...]:
        """The best choices by the second engine: on everything where that is small enough, else on what can matter."""
        from rigfit.rank import rank

        problem, k = self.compiled.problem, self.request.top
        try:
            return rank(problem, self.bounds, k, engine="exhaustive", reduction=False).choices
        except TooLargeError:
            return rank(problem, self.bounds, k, engine="exhaustive").choices

    def _swaps(self, choice: Choice) -> Iterator[Choice]:
        """Better choices that differ from this one in one task."""
        problem = self.compiled.problem
        slack = self._slack_best()
        strict = [tier for tier in range(len(problem.tiers)) if tier not in slack]
        mine = [problem.scores(choice)[tier] for tier in strict]
        if sum(len(decision.options) for decision in problem.decisions) > _MOST_SINGLE_SWAPS:
            return
        for position, decision in enumerate(problem.decisions):
            for index in range(len(decision.options)):
                other = (*choice[:position], index, *choice[position + 1 :])
                scores = problem.scores(other)
                if [scores[tier] for tier in strict] >= mine or problem.violations(other, self.bounds):
                    continue
                if all(scores[t] <= allowed(best, problem.tiers[t].within) for t, best in slack.items()):
                    yield other


def _refused(path: str, task: TaskAnswer, reason: Reason) -> Finding:
    return Finding(
        kind="refused",
        path=f"{path}.pipeline",
        stated=task.pipeline,
        rule=reason.rule,
        text=f"{path}: the rules do not admit {task.pipeline}: {reason.text}",
    )


def _plain(value: Any) -> Any:
    """What JSON would hold."""
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    return value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else value


def _compare(path: str, stated: Any, recomputed: Any) -> Iterator[Finding]:
    """Every place where two JSON values differ."""
    if isinstance(stated, dict) and isinstance(recomputed, dict):
        for key in dict.fromkeys((*recomputed, *stated)):
            yield from _compare(f"{path}.{key}", stated.get(key), recomputed.get(key))
    elif isinstance(stated, list) and isinstance(recomputed, list) and len(stated) == len(recomputed):
        for number, (one, other) in enumerate(zip(stated, recomputed, strict=True)):
            yield from _compare(f"{path}[{number}]", one, other)
    elif stated != recomputed:
        text = f"{path} says {_shown(stated)}; recomputed it is {_shown(recomputed)}"
        yield Finding(kind="tampered", path=path, stated=_shown(stated), recomputed=_shown(recomputed), text=text)


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 120 else text[:117] + "..."
