"""Requirement lines as objects: who asks for which versions of which distribution."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from rigfit.errors import CatalogError
from rigfit.schema.python import Requirements

_EXACT = ("==", "===")


@dataclass(frozen=True)
class Asked:
    """One line."""

    by: str
    """Id of the node package or runtime."""
    line: str
    name: str
    """The distribution, normalised."""
    specifier: SpecifierSet
    extras: frozenset[str]
    source: str
    """Where it stands."""
    everywhere: bool
    """False where a marker makes it hold on some machines only: it is installed there, but proves no conflict."""
    url: str | None = None
    """Where it comes from, if not from an index: it then has whatever version lies there."""

    @property
    def exact(self) -> bool:
        """It pins one version."""
        return any(one.operator in _EXACT and not one.version.endswith(".*") for one in self.specifier)


def parse(line: str, by: str = "", source: str = "", where: str | None = None) -> Asked:
    """Read one line.

    Raises:
        CatalogError: when it is no requirement.
    """
    try:
        found = Requirement(line)
    except InvalidRequirement as problem:
        reason = str(problem).splitlines()[0]
        raise CatalogError(f"{by or 'requirement'}: {line!r} is no requirement: {reason}", where=where) from None
    return Asked(
        by, line, canonicalize_name(found.name), found.specifier, frozenset(found.extras), source,
        everywhere=found.marker is None, url=found.url,
    )  # fmt: skip


def asks(entry: Requirements, repo: str | None) -> Iterator[Asked]:
    """All that a node package or a runtime asks for.

    Args:
        entry: its requirements.
        repo: the address of its repository.

    Raises:
        CatalogError: when a line is no requirement.
    """
    source = address(entry, repo)
    for line in entry.lines:
        yield parse(line, entry.id, source, entry.origin)


def address(entry: Requirements, repo: str | None) -> str:
    """Where requirements stand: the file at its commit, or the id of the source that says so."""
    if entry.source is not None or entry.file is None:
        return entry.source or entry.origin
    if repo is None or entry.commit is None:
        return entry.file
    return f"{repo}/blob/{entry.commit}/{entry.file}"
