"""Where values stand in the text of a JSON document, and texts of changed lists and mappings in the style of the old.

What is not changed keeps its bytes: order, numbers, indentation and escapes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

from rigfit.workflow.graph import Path

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder()
Span = tuple[int, int]


@dataclass(frozen=True)
class Member:
    """An item of a list, or a value of a mapping."""

    key: str | None
    start: int
    end: int


def members(text: str, start: int) -> list[Member]:
    """The members of the list or mapping that begins at a place."""
    found: list[Member] = []
    closing = "}" if text[start] == "{" else "]"
    place = _skip(text, start + 1)
    while text[place] != closing:
        key = None
        if closing == "}":
            key, place = scanstring(text, place + 1, True)
            place = _skip(text, _skip(text, place) + 1)
        _, end = _DECODER.raw_decode(text, place)
        found.append(Member(key, place, end))
        place = _skip(text, end)
        if text[place] == ",":
            place = _skip(text, place + 1)
    return found


def span(text: str, path: Path) -> Span:
    """Where the value at a path stands.

    Raises:
        KeyError: where there is none.
    """
    place = _skip(text, 0)
    for step in path:
        if text[place] not in "{[":
            raise KeyError(step)
        inside = members(text, place)
        if isinstance(step, int):
            if step >= len(inside):
                raise KeyError(step)
            place = inside[step].start
        else:  # of a name that stands twice the last counts, as for every reader of JSON
            place = next((m.start for m in reversed(inside) if m.key == step), -1)
            if place < 0:
                raise KeyError(step)
    return place, _DECODER.raw_decode(text, place)[1]


def rebuilt(text: str, where: Span, items: Sequence[tuple[str | None, str]]) -> str:
    """A list or mapping with other members, written like the old one.

    Args:
        text: of the document.
        where: the old one stands.
        items: key (None in lists) and text of each member.
    """
    old = text[where[0] : where[1]]
    inside = members(text, where[0])
    opening, closing = old[0], old[-1]
    if not items:
        return opening + closing
    if inside:
        lead = text[where[0] + 1 : _skip(text, where[0] + 1)]
        trail = text[inside[-1].end : where[1] - 1]
        between = "," + lead if "\n" in lead else _between(text, inside)
    else:
        lead, trail, between = "", "", ", "
    colon = _colon(text, where[0], inside)
    written = [value if key is None else json.dumps(key) + colon + value for key, value in items]
    return opening + lead + between.join(written) + trail + closing


def _between(text: str, inside: list[Member]) -> str:
    """What stands between members on one line."""
    if len(inside) < 2:
        return ", " if ", " in text[:4000] else ","
    gap = text[inside[0].end : inside[1].start]
    return gap if inside[0].key is None else gap.partition('"')[0]


def _colon(text: str, start: int, inside: list[Member]) -> str:
    if not inside or inside[0].key is None:
        return ": "
    _, end = scanstring(text, _skip(text, start + 1) + 1, True)
    return text[end : inside[0].start]


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found is not None else place


def applied(text: str, edits: dict[Span, str]) -> str:
    """A text with pieces replaced; a piece inside another that is replaced is left out."""
    kept: list[tuple[Span, str]] = []
    for where, new in sorted(edits.items(), key=lambda edit: (edit[0][0], -edit[0][1])):
        if not kept or where[0] >= kept[-1][0][1]:
            kept.append((where, new))
    for (start, end), new in reversed(kept):
        text = text[:start] + new + text[end:]
    return text


def dumped(value: Any) -> str:
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False)
