"""Why requirements cannot hold together, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rigfit.nodes.asks import Asked
from rigfit.nodes.universe import Universe


def told(
    core: Sequence[Asked], name: str, titles: Mapping[str, str], universe: Universe, guarded_by: str | None
) -> str:
    """A sentence without its full stop.

    Args:
        core: the requirements that clash.
        name: the distribution they clash over.
        titles: how packages are called.
        universe: what distributions ask for in their turn.
        guarded_by: title of the runtime whose build of it would be replaced, where that is the matter.
    """
    first, *others = core
    parts = [f"{titles.get(first.by, first.by)} asks for {_wanted(first, name, universe)}"]
    parts += [f"{titles.get(one.by, one.by)} for {_wanted(one, name, universe)}" for one in others]
    text = ", ".join(parts)
    if guarded_by is None:
        return text
    return f"{text}: that would replace the {name} build that {guarded_by} runs on"


def _wanted(one: Asked, name: str, universe: Universe) -> str:
    lines = [asked.line for band in universe.bands_within(one) for asked in band.asks if asked.name == name]
    if one.name == name or not lines:
        return one.line
    return f"{one.line}, which needs {lines[0]}{' or newer' if len(set(lines)) > 1 else ''}"
