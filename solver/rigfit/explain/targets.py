"""What a question is about: a model, or one variant of it; and the request that is forced to use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rigfit.candidates.compiler import Prepared
from rigfit.candidates.expand import Candidate
from rigfit.estimate.pipeline import Pipeline
from rigfit.schema.catalog import Model
from rigfit.schema.reason import Gained
from rigfit.schema.request import Request


@dataclass(frozen=True)
class Target:
    """A model, or a variant of one of its components."""

    model: Model
    role: str | None = None
    variant: str | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.model.title if self.variant is None else f"{self.model.title} {self.variant}"

    def is_in(self, pipeline: Pipeline) -> bool:
        """A pipeline is one of it."""
        if pipeline.model.id != self.model.id:
            return False
        return self.role is None or any(p.role == self.role and p.variant.key == self.variant for p in pipeline.parts)


def forced(prepared: Prepared, number: int, target: Target) -> Request:
    """The request in which one task must use the target, all else as it is.

    Features that the task has by its complexity or mode are written down, because naming a model would drop the mode.
    """
    request = prepared.request
    task = prepared.tasks[number]
    variants = dict(task.variants)
    if target.role is not None and target.variant is not None:
        variants[target.role] = target.variant
    name = target.model.id  # may be the name of its family too
    others = [m for m in prepared.knowledge.catalog.models if m.id != name and name in (m.family, *m.aliases)]
    lists = {"models": (name,), "exclude": tuple(m.id for m in others), "variants": variants, "complexity": None}
    tasks = [*prepared.tasks[:number], task.model_copy(update=lists), *prepared.tasks[number + 1 :]]
    return request.model_copy(update={"tasks": tuple(tasks), "top": 1})


def gained(candidate: Candidate) -> Gained:
    """A pipeline in the shape that is printed."""
    return gained_of(candidate.pipeline, candidate.value, candidate.milliseconds)


def gained_of(pipeline: Pipeline, value: int, milliseconds: int) -> Gained:
    """The same from its numbers; time is negative where unknown."""
    return Gained(
        task=pipeline.task,
        model=pipeline.model.id,
        title=pipeline.model.title,
        variants={part.role: part.variant.key for part in pipeline.parts},
        runtime=pipeline.runtime.id,
        placement=pipeline.placement,
        quality=value,
        milliseconds=milliseconds if milliseconds >= 0 else None,
        service=pipeline.offer.service.title if pipeline.offer is not None else "",
    )


def called(candidates: Sequence[Candidate]) -> str:
    """The models of a bundle in words."""
    return " + ".join(candidate.pipeline.model.title for candidate in candidates)
