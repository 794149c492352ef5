"""The errors a person can cause, each one clear line. Everything else is a fault of rigfit."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class RigfitError(Exception):
    """A mistake in what was given: exit code 2, one line, nothing lost."""

    def __init__(
        self, message: str, *, where: str | None = None, name: str | None = None, nearest: Iterable[str] = ()
    ) -> None:
        self.message = message
        self.where = where
        """File and line, where there are any."""
        self.name = name
        """The word as it was written that the message speaks of; a file that was read can be searched for it."""
        self.nearest = tuple(nearest)
        """Known names most like that word, best first; the message has them too."""
        super().__init__(f"{where}: {message}" if where else message)


class InputError(RigfitError):
    """A request, machine file or option that cannot be understood."""


class CatalogError(RigfitError):
    """A catalog or rules file that is wrong."""


class TooLargeError(RigfitError):
    """A problem that the chosen engine refuses, with what to do instead."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like one that is not known, best first; empty when none is close."""
    by_fold: dict[str, str] = {}
    for candidate in known:
        by_fold.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(name.casefold(), list(by_fold), n=count, cutoff=0.5)
    return [by_fold[key] for key in found]


def unknown(what: str, name: str, known: Iterable[str], *, where: str | None = None, more: str = "") -> InputError:
    """The error for a name that does not exist, with the nearest that do."""
    close = nearest(name, known)
    hint = f"; nearest: {', '.join(close)}" if close else ""
    shown = name if len(name) <= 60 else name[:57] + "..."
    return InputError(f"unknown {what} {shown!r}{hint}{more}", where=where, name=name, nearest=close)
