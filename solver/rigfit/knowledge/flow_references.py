"""What the wizard's questions speak of must exist: presets, features, profiles, other questions and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rigfit.errors import nearest
from rigfit.knowledge.flow import known_values
from rigfit.schema.flow import Ask, Condition, Question, Sets

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge

Path = tuple[str | int, ...]


def mistakes(knowledge: Knowledge, question: Question) -> Iterator[tuple[Path, str]]:
    """Everything that one question says amiss, as (path in its entry, what is wrong)."""
    for other in knowledge.rulebook.questions:
        if other.id < question.id and other.position == question.position:
            yield ("position",), f"position {question.position} is taken by {other.id}"
    earlier = _before(knowledge, question)
    yield from _ask(knowledge, question, (), earlier)
    earlier[question.id] = question
    for number, detail in enumerate(question.details):
        here: Path = ("details", number)
        if detail.id in {ask.id for ask in _every(knowledge) if ask is not detail}:
            yield (*here, "id"), f"two questions are called {detail.id!r}"
        yield from _ask(knowledge, detail, here, earlier)
        earlier[detail.id] = detail


def _every(knowledge: Knowledge) -> Iterator[Ask]:
    for question in knowledge.rulebook.questions:
        yield question
        yield from question.details


def _before(knowledge: Knowledge, question: Question) -> dict[str, Ask]:
    return {
        ask.id: ask
        for other in knowledge.rulebook.questions
        if other.position < question.position
        for ask in (other, *other.details)
    }


def _ask(knowledge: Knowledge, ask: Ask, path: Path, earlier: dict[str, Ask]) -> Iterator[tuple[Path, str]]:
    for number, option in enumerate(ask.options):
        yield from _sets(knowledge, option.sets, (*path, "options", number, "sets"))
    if ask.kind in ("one", "many"):
        values = known_values(ask, knowledge)
        for default in (ask.default,) if isinstance(ask.default, str) else ask.default:
            if default not in values:
                yield (*path, "default"), _none("option", default, values)
    for number, condition in enumerate(ask.show_if):
        yield from _condition(knowledge, condition, (*path, "show_if", number), earlier)


def _sets(knowledge: Knowledge, sets: Sets, path: Path) -> Iterator[tuple[Path, str]]:
    if sets.preset is not None and sets.preset not in knowledge.index("presets"):
        yield (*path, "preset"), _none("preset", sets.preset, knowledge.index("presets"))
    known = _features(knowledge)
    for need in sets.needs:
        if need not in known:
            yield (*path, "needs"), _none("feature", need, known)
    profile, profiles = sets.policies.prefer, knowledge.index("profiles")
    if profile is not None and profile not in profiles:
        yield (*path, "policies", "prefer"), _none("profile", profile, profiles)


def _condition(
    knowledge: Knowledge, condition: Condition, path: Path, earlier: dict[str, Ask]
) -> Iterator[tuple[Path, str]]:
    for field in ("answered", "not_answered"):
        for name, values in getattr(condition, field).items():
            if name not in earlier:
                yield (*path, field, name), _none("earlier question", name, earlier)
            elif earlier[name].kind in ("one", "many"):
                known = known_values(earlier[name], knowledge)
                for value in values:
                    if value not in known:
                        yield (*path, field, name), _none(f"answer to {name}", value, known)
    feature, features = condition.feature_of, knowledge.index("features")
    if feature is not None and feature not in features:
        yield (*path, "feature_of"), _none("feature", feature, features)


def _features(knowledge: Knowledge) -> set[str]:
    rules = knowledge.rulebook.features
    return {name for rule in rules for name in (rule.id, *(f"{rule.id}:{q}" for q in rule.qualifiers))}


def _none(what: str, name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f"no {what} {name!r}" + (f"; nearest: {', '.join(close)}" if close else "")
