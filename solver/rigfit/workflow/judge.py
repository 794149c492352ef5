"""A model of a workflow on a machine: the estimator of `rigfit estimate`, given exactly the files of the workflow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rigfit.cases.resolve import Resolved, Resolver
from rigfit.cases.run import case_out
from rigfit.cases.verdict import decide
from rigfit.errors import InputError
from rigfit.estimate.pipeline import Part, weigh
from rigfit.knowledge import Knowledge
from rigfit.schema.base import BytesFact
from rigfit.schema.case import CaseOut
from rigfit.schema.catalog import Component, Model
from rigfit.schema.machine import Machine
from rigfit.schema.request import Confidence
from rigfit.workflow.pipelines import Assembly, Loaded

RUNTIME = "comfyui"
_EDITING = "image_editing"


@dataclass(frozen=True)
class Judged:
    """An assembly and what becomes of it."""

    assembly: Assembly
    case: CaseOut | None
    """None where nothing can be said."""
    reason: str = ""
    likeness: str | None = None
    """Title of the model that an unknown one is counted like."""


class Judge:
    """Judges the models of workflows over one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._resolver = Resolver(knowledge)
        self._components: dict[str, Component] = knowledge.index("components")

    def judge(self, assembly: Assembly, machine: Machine, confidence: Confidence) -> Judged:
        """Whether a model runs with the workflow's own files, and how.

        Args:
            assembly: the model and its files.
            machine: where.
            confidence: which end of the estimate must fit.
        """
        if assembly.model is not None:
            return self._known(assembly, assembly.model, machine, confidence)
        size = assembly.main.known.bytes
        if size is None:
            name = assembly.main.use.base
            return Judged(assembly, None, f"nothing is known of {name}, not even its size")
        return self._by_size(assembly, size, machine, confidence)

    def _known(self, assembly: Assembly, model: Model, machine: Machine, confidence: Confidence) -> Judged:
        variants: dict[str, str] = {}
        unknown = {one.use.kind for one in assembly.others if one.known.by != "catalog"}
        for role, name in model.components.items():
            if role in assembly.roles:
                variants[role] = assembly.roles[role][0]
            elif self._components[name].kind not in unknown:
                variants[role] = "none"
        resolved = self._resolve(model, variants, assembly, machine, confidence)
        resolved = replace(
            resolved,
            choice=replace(resolved.choice, parts=tuple(self._weighed(p, assembly) for p in resolved.choice.parts)),
            addons=tuple(addon for addon, *_ in assembly.addons),
            addon_parts=tuple(self._addon_part(c, key) for _, c, key, _ in assembly.addons),
        )
        return Judged(assembly, case_out(resolved, decide(resolved, self.knowledge)))

    def _resolve(
        self, model: Model, variants: dict[str, str], assembly: Assembly, machine: Machine, confidence: Confidence
    ) -> Resolved:
        case: dict[str, Any] = {"model": model.id, "variants": variants, "runtime": RUNTIME, "confidence": confidence}
        case["task"] = task_of(model, assembly)
        rule = self.knowledge.index("tasks")[case["task"]]
        size = dict(assembly.size)
        if rule.fps is None:
            size.pop("frames", None)
        if rule.seconds is None or "frames" in size:
            size.pop("seconds", None)
        if rule.width is None:
            size = {name: value for name, value in size.items() if name not in ("width", "height")}
        return self._resolver.resolve({**case, **size}, machine)

    def _weighed(self, part: Part, assembly: Assembly) -> Part:
        """A part with the size that the folder or the workflow gives its file, where the catalog lists none."""
        given = assembly.roles.get(part.role)
        if given is None or not part.derived or given[1].known.bytes is None or given[1].known.checkpoints:
            return part
        return replace(part, weights=given[1].known.bytes, derived=False)

    def _addon_part(self, component: Component, key: str) -> Part:
        variant = next((v for v in component.variants if v.key == key), component.variants[0])
        weights, derived = weigh(component, variant, self.knowledge)
        return Part("addon", component, variant, weights, derived)

    def _by_size(self, assembly: Assembly, size: int, machine: Machine, confidence: Confidence) -> Judged:
        """An unknown file, counted like the catalog's network of about its parameters for the same kind of result."""
        precision = assembly.main.known.precision or "fp16"
        bits = self.knowledge.index("precisions")[precision].bits
        params = size * 8000 // (bits.value if bits is not None else 16_000)
        model = self._alike(params, "frames" in assembly.size and assembly.size["frames"] > 1)
        resolved = self._resolve(model, {}, assembly, machine, confidence)
        main = max((p for p in resolved.choice.parts if p.component.kind == "denoiser"), key=lambda p: p.weights)
        fact = BytesFact(value=size, unit="B", source=model.serves[resolved.rule.id].quality.source)
        variant = main.variant.model_copy(update={"precision": precision, "size": fact, "file": None, "id": None})
        own = {one.use.kind: one for one in assembly.others if one.known.bytes}
        parts: list[Part] = []
        for part in resolved.choice.parts:
            given: Loaded | None = own.get(part.component.kind)
            if part is main:
                title = assembly.main.use.base
                parts.append(Part(part.role, main.component.model_copy(update={"title": title}), variant, size, False))
            elif assembly.main.use.kind == "checkpoint":
                continue  # everything is in the one file
            elif given is not None and given.known.bytes is not None:
                parts.append(replace(part, weights=given.known.bytes))
            else:
                parts.append(part)
        resolved = replace(
            resolved,
            model=model.model_copy(update={"title": assembly.main.use.base}),
            choice=replace(resolved.choice, parts=tuple(parts), impossible=(), warnings=()),
            warnings=(),
        )
        return Judged(assembly, case_out(resolved, decide(resolved, self.knowledge)), likeness=model.title)

    def _alike(self, params: int, moves: bool) -> Model:
        """The model with one denoiser of about so many parameters that makes clips, or pictures."""
        wanted = "video_generation" if moves else "image_generation"
        near: list[tuple[int, int, str, Model]] = []
        for model in self.knowledge.catalog.models:
            denoisers = [c for n in model.components.values() if (c := self._components[n]).kind == "denoiser"]
            if wanted not in model.serves or len(denoisers) != 1 or RUNTIME not in model.runtimes:
                continue
            if denoisers[0].params is not None and denoisers[0].architecture is not None:
                near.append((abs(denoisers[0].params.value - params), len(model.id), model.id, model))
        if not near:
            raise InputError(f"the catalog has no model for {wanted} to count like")
        return min(near, key=lambda one: one[:3])[-1]


def task_of(model: Model, assembly: Assembly) -> str:
    """What a workflow does with a model: it edits where a picture goes into a model that edits, else its first task."""
    if assembly.from_picture and _EDITING in model.serves:
        return _EDITING
    return next(iter(model.serves))
