"""What an evaluation does, once the knowledge is there."""

from __future__ import annotations

from typing import cast

import numpy as np

from rigfit.answer import VERDICTS
from rigfit.batch import pieces
from rigfit.batch.chunks import Chunk, Evaluated, Found, Why
from rigfit.batch.reasons import Reasons
from rigfit.candidates.compiler import Prepared
from rigfit.engines import Status
from rigfit.estimate import estimate
from rigfit.knowledge import Knowledge
from rigfit.schema.batch import Verdict
from rigfit.whatif.answers import Answers, Proved
from rigfit.whatif.whole import Whole


def evaluated(chunk: Chunk, knowledge: Knowledge) -> Evaluated:
    """The best bundle at every point of a chunk, and where there is none the first reason.

    Raises:
        InputError: when the request names something that does not exist.
    """
    prepared = pieces.prepared(chunk, knowledge)
    answers = Answers(Whole.of(prepared), 1)
    numbers = answers.resolve(np.array(chunk.points, dtype=np.int64))
    used = sorted(set(numbers.tolist()))
    found: dict[Found, int] = {}
    of_answer: dict[int, int] = {}
    for number in used:
        of_answer[number] = found.setdefault(_found(answers[number], chunk, prepared), len(found))
    stopped = [at for at, n in enumerate(numbers.tolist()) if answers[n].status is Status.INFEASIBLE]
    whys: dict[Why, int] = {}
    why = [-1] * len(chunk.points)
    if stopped:
        reasons = Reasons(prepared).at([chunk.points[at] for at in stopped])
        for at, reason in zip(stopped, reasons, strict=True):
            why[at] = whys.setdefault(reason, len(whys))
    return Evaluated(
        number=chunk.number,
        answers=tuple(found),
        whys=tuple(whys),
        of=tuple(of_answer[number] for number in numbers.tolist()),
        why=tuple(why),
        solves=answers.solves,
    )


def _found(answer: Proved, chunk: Chunk, prepared: Prepared) -> Found:
    """The columns that an answer fills: what the bundle says that `rigfit.solve` builds, which is more work."""
    if answer.status is Status.INFEASIBLE:
        return Found("impossible")
    if not answer.best:
        return Found("undecided")
    request, best = chunk.request, answer.best
    weights = [task.importance for task in request.tasks]
    level = request.policies.confidence
    estimates = [estimate(one.pipeline, chunk.machine, prepared.knowledge) for one in best]
    spent = [one.milliseconds.expected for one in estimates if one.milliseconds is not None]
    specs = [prepared.items.specs[item] for item in sorted({item for one in best for item in one.items})]
    return Found(
        verdict=cast(Verdict, VERDICTS[best[weights.index(max(weights))].pipeline.placement]),
        bundle=" + ".join(answer.keys[0]),
        models=" + ".join(one.pipeline.model.id for one in best),
        runtimes=" + ".join(sorted({one.pipeline.runtime.id for one in best})),
        quality=sum(one.value * weight for one, weight in zip(best, weights, strict=True)) // sum(weights),
        peak_vram=max(one.peak_vram.at(level) for one in estimates),
        peak_ram=max(one.peak_ram.at(level) for one in estimates),
        milliseconds=sum(spent) if len(spent) == len(best) else None,
        disk=sum(spec.disk for spec in specs),
        download=sum(spec.download for spec in specs),
    )
