"""From the choices of an engine to bundles that people and programs read. Adds no rules of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from rigfit.candidates import Compiled
from rigfit.candidates.device import Device
from rigfit.candidates.expand import Candidate
from rigfit.candidates.licences import Licensing
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.estimate import Interval, Pipeline, ResolvedSize, estimate
from rigfit.problem import Choice
from rigfit.schema.answer import (
    Bounds,
    Bundle,
    Criterion,
    CriterionPart,
    FileUse,
    LimitUse,
    PhaseUse,
    ReasonText,
    Record,
    TaskAnswer,
)
from rigfit.schema.catalog import Licence
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request

_VERDICTS = {"resident": "resident", "model_offload": "offloaded", "streamed": "streamed", "cpu": "cpu"}
_UNITS = {
    "value": "centipoints", "net_value": "centipoints", "seconds": "ms", "cascade": "steps", "download": "MiB",
    "disk": "MiB", "vram": "MiB", "runtime": "points",
}  # fmt: skip
_RESOURCES = {"disk": "disk", "policy.disk": "disk", "policy.download": "download"}


def reason_text(reason: Reason) -> ReasonText:
    """A reason in the answer's shape."""
    return ReasonText(
        rule=reason.rule,
        subject=reason.subject,
        text=reason.text,
        changeable_by=reason.changeable_by,
        source=reason.source,
        origin=reason.origin,
    )


def bounds(interval: Interval) -> Bounds:
    """An interval in the answer's shape."""
    return Bounds(low=interval.low, expected=interval.expected, high=interval.high)


def build_bundle(rank: int, choice: Choice, compiled: Compiled, capacities: dict[str, int]) -> Bundle:
    """One bundle, every number recomputed from the pipelines."""
    candidates = compiled.candidates(choice)
    specs = [compiled.items.specs[i] for i in sorted({i for c in candidates for i in c.items})]
    limits = _limit_uses(choice, compiled, capacities)
    tasks = tuple(_task_answer(number, candidate, compiled, limits) for number, candidate in enumerate(candidates))
    files = tuple(
        sorted(
            (
                FileUse(name=s.file.name, bytes=s.size, download=s.disk, repo=s.file.repo, folder=s.file.folder)
                for s in specs
                if s.file is not None
            ),
            key=lambda f: (-f.bytes, f.name),
        )
    )
    runtimes = sorted({c.pipeline.runtime.id for c in candidates})
    flags = [flag for c in candidates for flag in _flags(c.pipeline)]
    return Bundle(
        rank=rank,
        tasks=tasks,
        disk_bytes=sum(s.disk for s in specs),
        download_bytes=sum(s.disk for s in specs),
        files=files,
        licences=tuple(sorted({licence for task in tasks for licence in task.licences})),
        nodes=tuple(sorted(s.key for s in specs if s.kind == "node")),
        runtimes=tuple(runtimes),
        flags=tuple(dict.fromkeys(flags)),
        limits=tuple(limit for limit in limits if limit.resource in ("disk", "download")),
        criteria=_criteria(choice, compiled),
        why=(),
    )


def _flags(pipeline: Pipeline) -> list[str]:
    flags = pipeline.runtime.flags
    return [*flags.get(pipeline.placement, ()), *(flags.get("tiled_decode", ()) if pipeline.tiled else ())]


def _limit_uses(choice: Choice, compiled: Compiled, capacities: dict[str, int]) -> list[LimitUse]:
    """Every limit with its use; those that nothing draws on are left out."""
    uses = []
    for limit, amount in zip(compiled.problem.limits, compiled.problem.usage(choice), strict=True):
        capacity = capacities[limit.capacity]
        resource = _RESOURCES.get(limit.key) or limit.key.partition(".")[0]
        if amount and not (limit.key.startswith("policy.") and capacity >= 2**60):
            uses.append(
                LimitUse.model_validate(
                    {"limit": limit.key, "resource": resource, "used": amount, "capacity": capacity, "rule": limit.rule}
                )
            )
    return uses


def _criteria(choice: Choice, compiled: Compiled) -> tuple[Criterion, ...]:
    problem = compiled.problem
    options = problem.chosen(choice)
    used = sorted({i for option in options for i in option.items})
    criteria = []
    for tier, level in enumerate(problem.tiers):
        parts = [
            CriterionPart(of=decision.key, value=option.scores[tier])
            for decision, option in zip(problem.decisions, options, strict=True)
        ]
        items = sum(problem.items[i].scores[tier] for i in used)
        parts.append(CriterionPart(of="files, nodes and runtimes", value=items))
        criteria.append(
            Criterion(
                name=level.key,
                value=sum(part.value for part in parts),
                unit=_UNITS.get(level.key, "count"),
                parts=tuple(part for part in parts if part.value),
            )
        )
    return tuple(criteria)


def _task_answer(number: int, candidate: Candidate, compiled: Compiled, limits: Sequence[LimitUse]) -> TaskAnswer:
    pipeline, knowledge = candidate.pipeline, compiled.knowledge
    device = Device(compiled.machine, pipeline.gpu, knowledge)
    found = estimate(pipeline, compiled.machine, knowledge)
    task = compiled.expansions[number].task
    compute, warnings, licences = _statements(
        pipeline, task.features, compiled.expansions[number].size, device, compiled
    )
    size = pipeline.size
    return TaskAnswer(
        task=pipeline.task,
        model=pipeline.model.id,
        title=pipeline.model.title,
        variants={part.role: part.variant.key for part in pipeline.parts},
        runtime=pipeline.runtime.id,
        packaging=pipeline.packaging,
        placement=pipeline.placement,
        resident_share=pipeline.resident_share,
        tiled_decode=pipeline.tiled,
        verdict=_VERDICTS[pipeline.placement],
        device=device.name,
        gpu=pipeline.gpu,
        size={
            "width": size.width or None,
            "height": size.height or None,
            "batch": size.batch,
            "frames": size.frames if size.frames > 1 else None,
            "seconds": size.seconds or None,
            "context": size.context or None,
            "steps": size.steps or (pipeline.serves.steps.value if pipeline.serves.steps else None),
        },
        features=tuple(f for f in dict.fromkeys((*task.features, *task.wishes)) if f in pipeline.features),
        addons=tuple(addon.id for addon in pipeline.addons),
        quality=candidate.value,
        phases=tuple(PhaseUse(name=phase.name, vram=bounds(phase.vram)) for phase in found.phases),
        peak_phase=found.phase,
        peak_vram=bounds(found.peak_vram),
        peak_ram=bounds(found.peak_ram),
        milliseconds=bounds(found.milliseconds) if found.milliseconds is not None else None,
        basis=found.basis,
        limits=tuple(limit for limit in limits if limit.limit in compiled.limits.of_task(number, pipeline.gpu)),
        compute=compute,
        warnings=warnings,
        licences=licences,
    )


def _statements(
    pipeline: Pipeline, features: tuple[str, ...], asked: ResolvedSize, device: Device, compiled: Compiled
) -> tuple[tuple[ReasonText, ...], tuple[ReasonText, ...], tuple[str, ...]]:
    """How it computes, what to watch, and under which licences: asked of the same rules that admitted it."""
    knowledge, policies = compiled.knowledge, compiled.request.policies
    licensing = Licensing(knowledge, policies)
    model, runtime = pipeline.model, pipeline.runtime
    compute: list[Reason] = []
    warnings: list[Reason] = []
    licences: list[str] = []
    all_licences: dict[str, Licence] = knowledge.index("licences")
    for part in (*pipeline.parts, *pipeline.addon_parts):
        names = device.names(part.name, model, runtime)
        verdict = device.variant(part.variant, part.component, model, runtime)
        if (
            verdict.compute is not None
            and verdict.compute.then.do == "compute"
            and verdict.compute.then.mode != "native"
        ):
            compute.append(from_rule(verdict.compute, names))
        warnings += [from_rule(rule, names) for rule in verdict.warnings]
        if part.component.kind == "denoiser":
            for feature in features:
                rules = device.feature(feature, part.variant, part.component, model, runtime).warnings
                warnings += [from_rule(rule, names) for rule in rules]
        warnings += licensing.of_component(part.component).warnings
        licences.append(all_licences[part.component.licence].id)
    names = device.names(model.title, model, runtime)
    warnings += _beyond(pipeline, asked)
    rules = device.model(model, runtime, pipeline.task, policies.experimental).warnings
    rules += device.placement(pipeline.placement, model, runtime, pipeline.task).warnings
    warnings += [from_rule(rule, names) for rule in rules]
    warnings += [*licensing.of_code(model).warnings, *licensing.of_code(runtime).warnings]
    for owner in (*pipeline.addons, *(knowledge.index("nodes")[n] for n in _nodes(pipeline))):
        if owner.maturity in ("maintenance", "experimental"):
            text = f"{owner.title} is {'in maintenance mode' if owner.maturity == 'maintenance' else 'experimental'}"
            warnings.append(Reason(f"maturity.{owner.maturity}", owner.title, text, "request", None, owner.origin))
    licences.append(runtime.licence)
    return (
        tuple(reason_text(r) for r in dict.fromkeys(compute)),
        tuple(reason_text(r) for r in dict.fromkeys(warnings)),
        tuple(sorted(set(licences))),
    )


def _beyond(pipeline: Pipeline, asked: ResolvedSize) -> list[Reason]:
    """What the request asks beyond the size a model is made for."""
    model, serves = pipeline.model, pipeline.serves
    found: list[Reason] = []
    if serves.max_pixels is not None and asked.pixels > serves.max_pixels.value:
        side = round(serves.max_pixels.value**0.5)
        text = f"{model.title} is made for up to {side} x {side}: make it smaller and upscale"
        found.append(Reason("size.pixels", model.title, text, "request", serves.max_pixels.source, model.origin))
    if serves.max_frames is not None and asked.frames > serves.max_frames.value:
        text = f"{model.title} makes {serves.max_frames.value} frames at once: a longer clip is made in parts"
        found.append(Reason("size.frames", model.title, text, "request", serves.max_frames.source, model.origin))
    return found


def _nodes(pipeline: Pipeline) -> list[str]:
    uses = [pipeline.model.runtimes[pipeline.runtime.id], *(a.runtimes[pipeline.runtime.id] for a in pipeline.addons)]
    return sorted({node for use in uses for node in use.nodes})


def build_record(
    request: Request, machine: Machine, compiled: Compiled, engine: str, statistics: dict[str, int]
) -> Record:
    """The record; its id is a digest of everything that decides the answer."""
    from rigfit.version import VERSION

    decided_by = {
        "request": request.model_dump(mode="json", by_alias=True),
        "machine": machine.model_dump(mode="json", by_alias=True),
        "catalog": compiled.knowledge.catalog_digest,
        "rules": compiled.knowledge.rules_digest,
        "rigfit": VERSION,
    }
    text = json.dumps(decided_by, sort_keys=True, separators=(",", ":"))
    return Record(
        id=hashlib.sha256(text.encode()).hexdigest()[:16],
        catalog=compiled.knowledge.catalog_digest,
        rules=compiled.knowledge.rules_digest,
        rigfit=VERSION,
        engine=engine,
        request=request,
        statistics=statistics,
    )
