"""What one step up would take: the least extra VRAM, RAM or disk with which the answer would be better.

Everything that the rules admit was built as rows before capacities were looked at. A step is a row that the present
capacities keep out by one resource alone and that would be the best bundle if there were enough of it. For a request
of one task the amount is exact: with one byte less the best bundle stays what it is. With several tasks the other
pipelines are held as they are, so the amount suffices, but less may do where they give way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rigfit.candidates import Compiled
from rigfit.candidates.caches import USUAL
from rigfit.candidates.compiler import Prepared
from rigfit.candidates.fit import Fit
from rigfit.candidates.objective import Objective
from rigfit.candidates.rows import Rows
from rigfit.dominance import Array, Flags
from rigfit.estimate import Pipeline
from rigfit.explain.words import compared, enough, main_variant, placement_words
from rigfit.knowledge import Knowledge
from rigfit.problem import Choice, allowed
from rigfit.schema.answer import NextStep

_WORDS = {"vram": "VRAM", "ram": "RAM", "disk": "disk space"}
_UNITS = {"value": "centipoints", "net_value": "centipoints", "seconds": "ms", "cascade": "steps"}
_UNITS |= {"download": "MiB", "disk": "MiB", "vram": "MiB", "runtime": "points"}


@dataclass(frozen=True)
class _Space:
    """The rows of one task, with what the other tasks of the bundle already pay for taken off."""

    rows: Rows
    scores: Array
    """(rows, tiers)."""
    needs: dict[str, tuple[Array, Array]]
    """Resource -> (needed, there)."""
    possible: Flags
    """No node package of the row conflicts with another one."""
    slack: dict[int, int]
    """Tier with slack -> permille."""
    mine: Array
    """(tiers,) of the pipeline that was chosen."""


def next_steps(
    prepared: Prepared, compiled: Compiled, capacities: Mapping[str, int], choice: Choice
) -> tuple[NextStep, ...]:
    """For each task and resource the least extra amount with which the best bundle would be better.

    Tasks that hold their weights together are left out (they share one card: no amount belongs to one of them), and
    so is the memory of chips where VRAM and RAM are one.

    Args:
        prepared: the request, expanded.
        compiled: the same, compiled for the capacities.
        capacities: bytes by name.
        choice: the best one.
    """
    found: list[NextStep] = []
    resources = ["vram", "ram"] if not any(gpu.unified for gpu in prepared.machine.gpus) else []
    if capacities["disk"] <= min(capacities["max_disk"], capacities["max_download"]):
        resources.append("disk")
    coupled = len(prepared.tasks) > 1
    slack = any(tier.within for tier in compiled.problem.tiers)
    for number, task in enumerate(prepared.tasks):
        if prepared.gathered[number].table is None or task.together is not None or (coupled and slack):
            continue
        space = _space(prepared, compiled, capacities, choice, number)
        for resource in resources:
            step = _step(space, resource)
            if step is not None:
                found.append(_described(*step, resource, space, prepared, number))
    return tuple(found)


def _space(
    prepared: Prepared, compiled: Compiled, capacities: Mapping[str, int], choice: Choice, number: int
) -> _Space:
    gathered = prepared.gathered[number]
    table = gathered.table
    assert table is not None
    others = {
        item
        for other, candidate in enumerate(compiled.candidates(choice))
        if other != number
        for item in candidate.items
    }
    candidate = compiled.candidates(choice)[number]
    paid = [compiled.problem.items[item].scores for item in candidate.items if item not in others]
    mine = np.array([candidate.scores, *paid], dtype=np.int64).sum(axis=0)
    rows, where = _hopeful(table.rows, table.where, gathered.objective, int(mine[0]))
    specs = prepared.items.specs
    width = table.needs.shape[1]
    own = np.array([i not in others for i in range(width)], dtype=np.bool_)
    worth = gathered.objective.item_scores(specs[:width])
    size = np.array([spec.disk for spec in specs[:width]], dtype=np.int64).reshape(-1, 1)
    # Sums of bytes stay far below 2**53: floating point is exact here, and several times faster.
    new = table.needs.astype(np.float64) @ (np.hstack([worth, size]) * own[:, None]).astype(np.float64)
    added = np.rint(new).astype(np.int64)[where]
    taken = sum(specs[item].disk for item in others)
    stored = ("disk", "max_disk", "max_download")
    left = {name: amount - taken if name in stored else amount for name, amount in capacities.items()}
    gpus = prepared.machine.gpus
    fit = Fit(left, [gpu.unified for gpu in gpus])
    possible = np.ones(len(table.needs), dtype=np.bool_)
    for conflict in compiled.problem.conflicts:
        used = np.ones(len(table.needs), dtype=np.bool_)
        for item in conflict.items:
            has = table.needs[:, item] if item < width else np.zeros(len(table.needs), dtype=np.bool_)
            used &= has | (item in others)
        possible &= ~used
    return _Space(
        rows=rows,
        scores=gathered.objective.scores(rows) + added[:, :-1],
        needs=fit.amounts(rows, added[:, -1]),
        possible=possible[where],
        slack={number: tier.within for number, tier in enumerate(compiled.problem.tiers) if tier.within},
        mine=mine,
    )


def _hopeful(rows: Rows, where: Array, objective: Objective, first: int) -> tuple[Rows, Array]:
    """Rows that can be as good on the first level as what was chosen: time and files only take from a value."""
    tier = objective.profile.tiers[0]
    if tier.within or tier.criterion not in ("value", "net_value"):
        return rows, where
    keep = np.flatnonzero(rows.value * objective.importance >= -first)
    return rows.take(keep), where[keep]


def _step(space: _Space, resource: str) -> tuple[int, int] | None:
    """The row that would be the best with the least more of a resource, and how much more; or None."""
    need, have = space.needs[resource]
    inside = {name: needed <= there for name, (needed, there) in space.needs.items()}
    rest: Flags = np.logical_and.reduce([space.possible, *(f for name, f in inside.items() if name != resource)])
    return _first_better(space, rest & ~inside[resource], need - have, rest & inside[resource])


def _first_better(space: _Space, blocked: Flags, extra: Array, fits: Flags) -> tuple[int, int] | None:
    """Of blocked rows the one that is the best of all that fit as soon as a growing capacity lets it in."""
    scores, mine = space.scores, space.mine
    strict = [tier for tier in range(scores.shape[1]) if tier not in space.slack]
    more = blocked
    while True:
        best = {tier: int(scores[fits, tier].min()) for tier in space.slack}
        tempting = _before(scores, mine, strict)
        for tier, value in best.items():
            tempting &= scores[:, tier] <= allowed(value, space.slack[tier])
        # A row that betters a level with slack draws its bound tighter, which may turn the winner out.
        for tier, value in best.items():
            tempting |= scores[:, tier] < value
        tempting &= more
        if not tempting.any():
            return None
        least = int(extra[tempting].min())
        fits = fits | (more & (extra <= least))
        more = more & ~fits
        pool = fits
        for tier, within in space.slack.items():
            pool = pool & (scores[:, tier] <= allowed(int(scores[fits, tier].min()), within))
        rows = np.flatnonzero(pool)
        winner = int(rows[np.lexsort(scores[rows][:, strict[::-1]].T)[0]])
        if blocked[winner]:
            return winner, least
        if (scores[winner][strict] != mine[strict]).any():
            return None  # a bound has moved and another bundle wins, but none that needs more


def _before(scores: Array, mine: Array, strict: list[int]) -> Flags:
    """Rows that come strictly before a row in the lexicographic order of the strict tiers."""
    before = np.zeros(len(scores), dtype=np.bool_)
    equal = np.ones(len(scores), dtype=np.bool_)
    for tier in strict:
        before |= equal & (scores[:, tier] < mine[tier])
        equal &= scores[:, tier] == mine[tier]
    return before


def _described(row: int, extra: int, resource: str, space: _Space, prepared: Prepared, number: int) -> NextStep:
    gathered = prepared.gathered[number]
    key = space.rows.key[row].tolist()
    branch, base = gathered.branches[key[0]]
    pipeline = gathered.space.pipeline(branch, base, key)
    tiers = gathered.objective.profile.tiers
    gains = space.mine - space.scores[row]
    first = next(i for i in range(len(tiers)) if i not in space.slack and gains[i])
    # Under a level with slack the winner may be worse later on: it is the better value that turns the old one out.
    first = first if gains[first] > 0 else next((i for i in space.slack if gains[i] > 0), first)
    criterion, better = tiers[first].criterion, int(gains[first])
    has = int(space.needs[resource][1][row])
    gain = compared(criterion, better, gathered.objective.importance)
    best = _name(pipeline, prepared.knowledge)
    text = f"with {enough(resource, extra)} more {_WORDS[resource]} the best would be {best}: {gain}"
    return NextStep.model_validate(
        {
            "task": pipeline.task,
            "model": pipeline.model.id,
            "title": pipeline.model.title,
            "variants": {part.role: part.variant.key for part in pipeline.parts},
            "runtime": pipeline.runtime.id,
            "placement": pipeline.placement,
            "resource": resource,
            "gpu": pipeline.gpu if resource == "vram" else None,
            "needs": has + extra,
            "has": has,
            "extra": extra,
            "criterion": criterion,
            "better_by": better,
            "unit": _UNITS.get(criterion, "count"),
            "least": len(prepared.tasks) == 1,
            "text": text,
        }
    )


def _name(pipeline: Pipeline, knowledge: Knowledge) -> str:
    """What people call it: "FLUX.1 dev Q8_0 in ComfyUI, resident"."""
    variant = main_variant(pipeline.parts, knowledge)
    place = placement_words(pipeline.placement)
    place += f" with a {pipeline.cache} cache" if pipeline.cache not in (None, USUAL) else ""
    return f"{pipeline.model.title} {variant} in {pipeline.runtime.title}, {place}"
