"""All checks of `rigfit catalog validate`, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rigfit.checks import ids, orphans, packages, presets, reach, sizes
from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge, fleets
from rigfit.knowledge import coverage as coverage_files


def problems(knowledge: Knowledge, extra: Path | None = None) -> list[Problem]:
    """Everything that is wrong with a catalog that loads.

    Args:
        knowledge: what was loaded.
        extra: the user's own folder that it was loaded with.
    """
    places = Places(extra)
    found = [
        problem
        for check in (ids.check, sizes.check, orphans.check, packages.check, reach.check, presets.check)
        for problem in check(knowledge, places)
    ]
    found += [Problem(where, name, "fleet", text) for where, name, text in fleets.problems(knowledge, extra)]
    return sorted([*found, *_coverage(knowledge)], key=lambda problem: problem.order)


def _coverage(knowledge: Knowledge) -> Iterator[Problem]:
    for report in coverage_files.report(knowledge):
        for one in report.missing:
            text = f"no entry {one.entry!r} in any collection{one.hint}; correct it, or say `left_out: why`"
            yield Problem(one.where, one.name, "entry", text)
