"""Requirement lines, version ranges and releases must be ones that installers read; checked where files are parsed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from rigfit.errors import nearest
from rigfit.schema.python import Distribution, Requirements

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge

Found = tuple[tuple[str | int, ...], str]
"""(path in the entry, what is wrong)."""


def problems(knowledge: Knowledge, entry: Requirements | Distribution) -> Iterator[Found]:
    """What cannot be read in the requirements of a package, or in the facts about a distribution."""
    if isinstance(entry, Requirements):
        known = {**knowledge.index("nodes"), **knowledge.index("runtimes")}
        if entry.id not in known:
            close = nearest(entry.id, known)
            hint = f"; nearest: {', '.join(close)}" if close else ""
            yield ("id",), f"no node package or runtime {entry.id!r}{hint}"
        yield from _lines(entry.lines, ("lines",))
        return
    if canonicalize_name(entry.id) != entry.id:
        yield ("id",), f"the normalised name of this distribution is {canonicalize_name(entry.id)!r}"
    for number, release in enumerate(entry.releases):
        try:
            Version(release)
        except InvalidVersion:
            yield ("releases", number), f"{release!r} is no version"
    for number, needs in enumerate(entry.needs):
        try:
            SpecifierSet(needs.versions)
        except InvalidSpecifier:
            yield ("needs", number, "versions"), f"{needs.versions!r} is no range of versions; write it like '>=2,<3'"
        yield from _lines(needs.lines, ("needs", number, "lines"))


def _lines(lines: tuple[str, ...], path: tuple[str | int, ...]) -> Iterator[Found]:
    for number, line in enumerate(lines):
        try:
            Requirement(line)
        except InvalidRequirement as problem:
            reason = str(problem).splitlines()[0]
            yield (*path, number), f"{line!r} is no requirement ({reason}); write it like 'numpy>=1.25,<3'"
