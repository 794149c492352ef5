"""Proved answers in the shape that `rigfit whatif` prints, each different one once."""

from __future__ import annotations

from rigfit.answer import bounds
from rigfit.candidates.expand import Candidate
from rigfit.estimate import estimate
from rigfit.schema.machine import Machine
from rigfit.schema.whatif import Outcome, TaskOutcome
from rigfit.whatif.answers import Proved


class Outcomes:
    """Numbers outcomes as they appear."""

    def __init__(self) -> None:
        self.found: list[Outcome] = []
        self._numbers: dict[object, int] = {}

    def number(self, answer: Proved) -> int:
        """The index of an answer's best bundle among the outcomes; the same bundle has the same one."""
        machine = answer.whole.prepared.machine
        key = (id(answer.whole), answer.status, answer.keys[:1])
        if key not in self._numbers:
            outcome = _outcome(answer, machine)
            # Two cards of which the same is told share an outcome.
            same = next((number for number, one in enumerate(self.found) if one == outcome), None)
            if same is None:
                self.found.append(outcome)
                same = len(self.found) - 1
            self._numbers[key] = same
        return self._numbers[key]

    def __getitem__(self, number: int) -> Outcome:
        return self.found[number]


def _outcome(answer: Proved, machine: Machine) -> Outcome:
    tasks = tuple(_task(candidate, answer, machine) for candidate in answer.best)
    quality = spent = None
    needs: dict[str, int] = {}
    download = 0
    if tasks:
        prepared = answer.whole.prepared
        weights = [task.importance for task in prepared.tasks]
        quality = sum(t.quality * w for t, w in zip(tasks, weights, strict=True)) // sum(weights)
        times = [task.milliseconds for task in tasks]
        spent = None if None in times else sum(one.expected for one in times if one is not None)
        needs = {name: amount for name, amount in answer.needs.items() if not name.startswith("max_")}
        specs = prepared.items.specs
        download = sum(specs[i].download for i in {i for c in answer.best for i in c.items})
    return Outcome(
        status=answer.status.value,
        tasks=tasks,
        quality=quality,
        milliseconds=spent,
        download_bytes=download,
        needs=needs,
    )


def _task(candidate: Candidate, answer: Proved, machine: Machine) -> TaskOutcome:
    pipeline = candidate.pipeline
    found = estimate(pipeline, machine, answer.whole.prepared.knowledge)
    return TaskOutcome(
        task=pipeline.task,
        model=pipeline.model.id,
        title=pipeline.model.title,
        variants={part.role: part.variant.key for part in pipeline.parts},
        runtime=pipeline.runtime.id,
        packaging=pipeline.packaging,
        placement=pipeline.placement,
        resident_share=pipeline.resident_share,
        cache=pipeline.cache,
        tiled_decode=pipeline.tiled,
        gpu=pipeline.gpu,
        features=pipeline.features,
        addons=tuple(addon.id for addon in pipeline.addons),
        quality=candidate.value,
        milliseconds=bounds(found.milliseconds) if found.milliseconds is not None else None,
        peak_vram=bounds(found.peak_vram),
        peak_ram=bounds(found.peak_ram),
    )
