"""Growth over tasks and models: reduction and solving for the five best, and that reduction changes no answer."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.generate import PIPELINES, RAM, VRAM, generate
from benchmarks.measure import Row, median_ms, once_ms
from rigfit.engines import Outcome, Status, get_engine
from rigfit.problem import Problem
from rigfit.rank import rank
from rigfit.reduce import reduce

K = 5
_SIZES = ((1, 25), (3, 25), (5, 25), (5, 60))
# Solving without reduction takes minutes on the largest, and does not end on those with a tight disk.
_UNREDUCED, _UNREDUCED_LOOSE = 6_000, 25_000
_LOOSE = 10**9


def run(quick: bool) -> list[Row]:
    """Every size with a loose disk, with 0.8 and with 0.6 of what the best answer would take."""
    get_engine("cpsat")  # what is measured is solving, not the import
    rows: list[Row] = []
    for tasks, models in _SIZES[:2] if quick else _SIZES:
        loose = generate(tasks, models)
        plenty = _taken(loose)
        for label, disk in (("loose", _LOOSE), ("tight", plenty * 8 // 10), ("very tight", plenty * 6 // 10)):
            rows += _size(f"{tasks} x {models}, {label} disk", tasks, models, disk, quick)
    return rows


def _taken(problem: Problem) -> int:
    """The disk that the best answer takes where there is plenty; with less, the tasks have to give way."""
    best = rank(problem, {"vram": VRAM, "ram": RAM, "disk": _LOOSE}, 1).choices[0]
    return problem.usage(best)[-1]


def _size(label: str, tasks: int, models: int, disk: int, quick: bool) -> list[Row]:
    bounds = {"vram": VRAM, "ram": RAM, "disk": disk}
    problem = generate(tasks, models)
    aim = 60 if (tasks, models, disk) == (5, 60, _LOOSE) else None

    first: list[Outcome] = []
    cold = once_ms(lambda: first.append(rank(problem, bounds, K)))
    outcome = first[0]
    warm = cold if cold > 2000 else median_ms(lambda: rank(problem, bounds, K), 3 if quick else 9)
    reducing = median_ms(lambda: reduce(problem, bounds, K), 3 if quick else 9)
    options = tasks * models * PIPELINES
    left = outcome.stats["reduced"]
    rows = [
        Row(
            f"{label}: top {K}",
            warm,
            aim=aim,
            note=f"{options:,} pipelines, {left:,} left; reduction {reducing:.0f} ms",
        ),
        Row(f"{label}: top {K}, first time", cold, note="with the arrays, which are made once for a problem"),
    ]
    if options <= (_UNREDUCED_LOOSE if disk == _LOOSE and not quick else _UNREDUCED):
        rows.append(_same(label, outcome, lambda: rank(problem, bounds, K, reduction=False)))
    return rows


def _same(label: str, reduced: Outcome, solve: Callable[[], Outcome]) -> Row:
    found: list[Outcome] = []
    took = once_ms(lambda: found.append(solve()))
    whole = found[0]
    name = f"{label}: same without reduction"
    if whole.status is Status.UNDECIDED:  # what was proved before the budget ran out must still agree
        proved = len(whole.choices)
        held = whole.choices == reduced.choices[:proved]
        return Row(name, took, held=held, note=f"undecided within the solver's budget after {proved} of {K}")
    held = (whole.status, whole.choices) == (reduced.status, reduced.choices)
    return Row(name, took, held=held, note="time without reduction")
