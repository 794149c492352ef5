"""Whether words of a command line are options that the program has, as the catalog lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rigfit.errors import nearest
from rigfit.schema.flags import FlagList

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge


def list_of(runtime: str, knowledge: Knowledge) -> FlagList | None:
    """What is listed for a runtime, or None."""
    return next((listed for listed in knowledge.catalog.flags if listed.runtime == runtime), None)


def problem(words: Sequence[str], listed: FlagList) -> str | None:
    """The first thing that the program would not understand, or None.

    Args:
        words: what follows the program: options with their values, and variables as NAME=value.
        listed: its options.

    Values that are placeholders ("{layers}") count as any value.
    """
    known = {*listed.switches, *listed.valued, *listed.optional, *listed.many}
    given: list[str] = []
    here: str | None = None
    values: list[str] = []
    for word in (*words, "--"):
        variable, equals, value = word.partition("=")
        if word.startswith("-") and not _is_number(word):
            if here is not None and (wrong := _values(here, values, listed)) is not None:
                return wrong
            if word == "--":
                break
            here, values = listed.aliases.get(word, word), []
            if here not in known:
                return f"{word!r} is no option of {listed.title} {listed.version}{_hint(word, known)}"
            given.append(here)
        elif here is None and equals and variable.isupper():
            if variable not in listed.environment:
                return f"{listed.title} reads no variable {variable!r}{_hint(variable, listed.environment)}"
            if (wrong := _choice(variable, value, listed)) is not None:
                return wrong
        elif here is None:
            continue  # what the program works on, like a model's folder
        else:
            values.append(word)
    return _together(given, listed)


def setting_problem(settings: Mapping[str, object], listed: FlagList) -> str | None:
    """The first key or value that the settings file does not have, or None. Keys of sections are joined by dots."""
    for key, value in settings.items():
        if key not in listed.settings:
            return f"{key!r} is no setting of {listed.title} {listed.version}{_hint(key, listed.settings)}"
        if (wrong := _choice(key, str(value), listed)) is not None:
            return wrong
    return None


def list_problem(listed: FlagList) -> str | None:
    """Why a list contradicts itself, or None."""
    seen: set[str] = set()
    for flag in (*listed.switches, *listed.valued, *listed.optional, *listed.many, *listed.aliases):
        if flag in seen:
            return f"{flag!r} stands in it twice"
        seen.add(flag)
    names = {*seen, *listed.environment, *listed.settings}
    wanted = [*listed.aliases.values(), *listed.choices, *(flag for group in listed.exclusive for flag in group)]
    for flag in wanted:
        if flag not in names:
            return f"{flag!r} is named but not listed{_hint(flag, names)}"
    return problem([word for group in listed.arguments for word in group], listed)


def _values(flag: str, values: Sequence[str], listed: FlagList) -> str | None:
    if flag in listed.switches and values:
        return f"{flag} takes no value, but {values[0]!r} follows it"
    if flag in listed.valued and len(values) != 1:
        return f"{flag} takes one value, but {len(values)} follow it"
    if flag in listed.optional and len(values) > 1:
        return f"{flag} takes one value at most, but {len(values)} follow it"
    return next((wrong for value in values if (wrong := _choice(flag, value, listed)) is not None), None)


def _choice(name: str, value: str, listed: FlagList) -> str | None:
    allowed = listed.choices.get(name)
    if allowed is None or value in allowed or (value.startswith("{") and value.endswith("}")):
        return None
    return f"{name} takes {', '.join(allowed)}, not {value!r}"


def _together(given: Sequence[str], listed: FlagList) -> str | None:
    for group in listed.exclusive:
        both = [flag for flag in dict.fromkeys(given) if flag in group]
        if len(both) > 1:
            return f"{both[0]} and {both[1]} exclude each other"
    return None


def _is_number(word: str) -> bool:
    return word[1:2].isdigit()


def _hint(word: str, known: object) -> str:
    close = nearest(word, known) if isinstance(known, (set, tuple)) else []
    return f"; nearest: {', '.join(close)}" if close else ""
