"""Why a model is chosen: what its quality is made of, what it leaves free, and what decided against the next one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rigfit.explain.held import Decided
from rigfit.explain.regrets import regrets
from rigfit.explain.targets import Target, called
from rigfit.problem import restrict
from rigfit.rank import rank
from rigfit.schema.answer import Bundle
from rigfit.schema.catalog import Model
from rigfit.schema.why import Against
from rigfit.units import format_file, format_memory

_WORDS = {"vram": "VRAM", "ram": "RAM", "disk": "disk space", "download": "the download that is allowed"}


def against(decided: Decided, number: int, target: Target, place: int) -> Against | None:
    """The best bundle in which a task has another model than the target's, held against the target's bundle.

    Exact: of each model only pipelines that another one of the same model beats were left out before.

    Args:
        decided: the request with its answer.
        number: of the task.
        target: what stands there.
        place: the bundle in which it does.

    Returns:
        None where no other model would do.
    """
    compiled = decided.compiled
    keep = [list(range(len(expansion.candidates))) for expansion in compiled.expansions]
    keep[number] = [
        index
        for index, candidate in enumerate(compiled.expansions[number].candidates)
        if candidate.pipeline.model.id != target.model.id
    ]
    if not keep[number]:
        return None
    outcome = rank(restrict(compiled.problem, keep), decided.capacities, 1, engine=decided.prepared.request.engine)
    if not outcome.choices:
        return None
    other = tuple(kept[index] for kept, index in zip(keep, outcome.choices[0], strict=True))
    mine = decided.outcome.choices[place - 1]
    costs = np.array(compiled.problem.scores(other), dtype=np.int64) - np.array(
        compiled.problem.scores(mine), dtype=np.int64
    )
    found = tuple(regrets(decided, number, costs, against=mine))
    title = called(compiled.candidates(other))
    decides = next((regret for regret in found if regret.decides), None)
    if decides is None:
        text = f"equal to {title} in all, the canonical order decides"
    elif place == 1 or decides.cost >= 0:
        text = f"the next best, {title}, has {decides.text}"
    else:
        text = f"{title} is better, with {decides.text}"
    return Against(title=title, regrets=found, text=text)


def sentences(bundle: Bundle, number: int, model: Model) -> tuple[str, ...]:
    """What decided for a bundle, what its limits leave free, and what the catalog says for the model."""
    return tuple(_sentences(bundle, number, model))


def _sentences(bundle: Bundle, number: int, model: Model) -> Iterator[str]:
    if number < len(bundle.why):
        yield bundle.why[number]
    if "selected" in model.explanation:
        yield model.explanation["selected"]
    for limit in (*bundle.tasks[number].limits, *bundle.limits):
        shown = format_memory if limit.resource in ("vram", "ram") else format_file
        phase = f" at the peak, in {limit.phase.replace('_', ' ')}" if limit.phase else ""
        yield f"{shown(limit.free)} of {_WORDS[limit.resource]} free{phase}"
