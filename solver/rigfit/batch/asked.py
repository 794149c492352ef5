"""The requests of a batch: presets by name, request files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rigfit.candidates.asked import check_names
from rigfit.errors import InputError, RigfitError, unknown
from rigfit.knowledge import Knowledge
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.schema.request import Request

ALL = "all"


@dataclass(frozen=True)
class Asked:
    """A request with the name that its rows carry."""

    name: str
    request: Request


def asked(presets: Sequence[str], files: Sequence[Path], knowledge: Knowledge) -> tuple[Asked, ...]:
    """The requests in the order in which they were named; `all` is every preset.

    They stay as they are said, for the ids of decisions; how many bundles they want and on which machine is not read.

    Raises:
        InputError: when a preset, a file or something in it does not exist, or two requests have one name.
    """
    known = knowledge.index("presets")
    found: list[Asked] = []
    for name in presets:
        if name != ALL and name not in known:
            raise unknown("preset", name, [*known, ALL], more=" (rigfit presets lists them)")
        names = sorted(known) if name == ALL else [name]
        found += [Asked(one, known[one].request.model_copy(update={"preset": one})) for one in names]
    for file in files:
        document = read(file)
        request = validate(Request, document)
        try:
            check_names(request, knowledge)
        except RigfitError as problem:
            where = document.find(problem.name) if problem.name is not None else None
            raise InputError(problem.message, where=problem.where or where or str(file)) from None
        found.append(Asked(file.stem, request))
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"two requests are called {twice!r}; rows are told apart by it")
    if not found:
        raise InputError("nothing is asked for: give --preset all, --preset NAME or --request FILE")
    return tuple(found)
