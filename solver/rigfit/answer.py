"""From the choices of an engine to bundles that people and programs read. Adds no rules of its own."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from rigfit.candidates import Compiled
from rigfit.candidates.cloud import volume
from rigfit.candidates.device import Device
from rigfit.candidates.expand import Candidate
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.estimate import Interval, Pipeline, ResolvedSize, estimate
from rigfit.estimate.cloud import Offer
from rigfit.estimate.pipeline import layers_on_card
from rigfit.problem import Choice
from rigfit.schema.answer import (
    Bounds,
    Bundle,
    CloudUse,
    Criterion,
    CriterionPart,
    FileUse,
    LimitUse,
    PhaseUse,
    ReasonText,
    TaskAnswer,
)
from rigfit.schema.catalog import Addon, Component, Licence, Model, NodePackage, Runtime
from rigfit.sharing import build_cards, leaves_the_card
from rigfit.storage import build_storage

VERDICTS = {
    "resident": "resident",
    "model_offload": "offloaded",
    "streamed": "streamed",
    "cpu": "cpu",
    "cloud": "cloud",
}
_UNITS = {
    "value": "centipoints", "net_value": "centipoints", "seconds": "ms", "cascade": "steps", "download": "MiB",
    "disk": "MiB", "vram": "MiB", "runtime": "points",
    "money": "US cents a month", "offload": "steps",
}  # fmt: skip
_RESOURCES = {"disk": "disk", "policy.disk": "disk", "policy.download": "download", "policy.cost": "money"}


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
    names = [option.key for option in compiled.problem.chosen(choice)]
    tasks = tuple(
        _task_answer(number, candidate, name, compiled, limits)
        for number, (candidate, name) in enumerate(zip(candidates, names, strict=True))
    )
    files = tuple(
        sorted(
            (
                FileUse(
                    name=s.file.name,
                    bytes=s.size,
                    download=s.download,
                    disk=s.disk,
                    repo=s.file.repo,
                    folder=s.file.folder,
                )
                for s in specs
                if s.file is not None
            ),
            key=lambda f: (-f.bytes, f.name),
        )
    )
    runtimes = sorted({c.pipeline.runtime.id for c in candidates if c.pipeline.offer is None})
    cards = build_cards(candidates, tasks, compiled, capacities)
    leaving = leaves_the_card(candidates, cards)
    tasks = tuple(
        task.model_copy(update={"flags": _flags(c.pipeline, task.layers_on_card, number in leaving)})
        for number, (task, c) in enumerate(zip(tasks, candidates, strict=True))
    )
    options = [option for task in tasks for option in _options(task.flags)]
    return Bundle(
        rank=rank,
        tasks=tasks,
        disk_bytes=sum(s.disk for s in specs),
        download_bytes=sum(s.download for s in specs),
        storage=build_storage(candidates, compiled),
        files=files,
        licences=tuple(sorted({licence for task in tasks for licence in task.licences})),
        nodes=tuple(sorted(s.key for s in specs if s.kind == "node")),
        runtimes=tuple(runtimes),
        flags=tuple(word for option in dict.fromkeys(options) for word in option),
        cards=cards,
        limits=tuple(limit for limit in limits if limit.resource in ("disk", "download", "money")),
        criteria=_criteria(choice, compiled),
        why=(),
        money=_money(tasks),
    )


def _money(tasks: Sequence[TaskAnswer]) -> Bounds | None:
    charged = [task.cloud.per_month for task in tasks if task.cloud is not None]
    if not charged:
        return None
    return Bounds(
        low=sum(c.low for c in charged), expected=sum(c.expected for c in charged), high=sum(c.high for c in charged)
    )


def _flags(pipeline: Pipeline, layers: int | None, leaves: bool) -> tuple[str, ...]:
    """What a runtime is started with: for the placement, the decode, the cache and its neighbours, each option once."""
    runtime = pipeline.runtime
    placed = runtime.flags.get(pipeline.placement, ()) if pipeline.placement != "cloud" else ()
    words = [
        *(word.format(layers=layers) for word in placed),
        *(runtime.flags.get("tiled_decode", ()) if pipeline.tiled else ()),
        *(runtime.flags.get("shared_card", ()) if leaves else ()),
        *(runtime.caches.get(pipeline.cache, ()) if pipeline.cache is not None else ()),
    ]
    return tuple(word for option in dict.fromkeys(_options(words)) for word in option)


def _options(words: Sequence[str]) -> list[tuple[str, ...]]:
    """A command line's words by option: each flag with the values that follow it."""
    found: list[tuple[str, ...]] = []
    for word in words:
        if found and not word.startswith("-") and found[-1][0].startswith("-"):
            found[-1] = (*found[-1], word)
        else:
            found.append((word,))
    return found


def _limit_uses(choice: Choice, compiled: Compiled, capacities: dict[str, int]) -> list[LimitUse]:
    """Every limit with its use; those that nothing draws on are left out."""
    uses = []
    for limit, amount in zip(compiled.problem.limits, compiled.problem.usage(choice), strict=True):
        capacity = capacities[limit.capacity]
        resource = _RESOURCES.get(limit.key) or limit.key.partition(".")[0]
        if amount and not (limit.key.startswith("policy.") and capacity >= 2**60):
            uses.append(
                LimitUse.model_validate(
                    {
                        "limit": limit.key,
                        "resource": resource,
                        "used": amount,
                        "capacity": capacity,
                        "free": capacity - amount,
                        "rule": limit.rule,
                    }
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


def _task_answer(
    number: int, candidate: Candidate, name: str, compiled: Compiled, limits: Sequence[LimitUse]
) -> TaskAnswer:
    pipeline, knowledge = candidate.pipeline, compiled.knowledge
    device = compiled.device(pipeline.gpu)
    found = estimate(pipeline, compiled.machine, knowledge)
    task = compiled.expansions[number].task
    asked = compiled.expansions[number].size
    if pipeline.offer is None:
        compute, warnings, licences = _statements(pipeline, task.features, asked, device, compiled)
    else:
        compute, warnings, licences = (), _elsewhere(pipeline, asked, pipeline.offer), ()
    size = pipeline.size
    level = compiled.request.policies.confidence
    layers = layers_on_card(pipeline, knowledge)
    tightest = max(found.phases, key=lambda phase: phase.vram.at(level), default=None)
    return TaskAnswer(
        task=pipeline.task,
        pipeline=name,
        model=pipeline.model.id,
        title=pipeline.model.title,
        variants={part.role: part.variant.key for part in pipeline.parts},
        runtime=pipeline.runtime.id,
        packaging=pipeline.packaging,
        placement=pipeline.placement,
        resident_share=pipeline.resident_share,
        layers_on_card=layers,
        cache=pipeline.cache,
        tiled_decode=pipeline.tiled,
        verdict=VERDICTS[pipeline.placement],
        device=device.name if pipeline.offer is None else pipeline.offer.service.title,
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
        phases=tuple(
            PhaseUse(name=phase.name, vram=bounds(phase.vram), weights=phase.weights) for phase in found.phases
        ),
        peak_phase=found.phase,
        peak_vram=bounds(found.peak_vram),
        peak_ram=bounds(found.peak_ram),
        milliseconds=bounds(found.milliseconds) if found.milliseconds is not None else None,
        load_milliseconds=bounds(found.load_milliseconds),
        swap_milliseconds=bounds(found.swap_milliseconds),
        tokens_per_second=bounds(found.tokens_per_second) if found.tokens_per_second is not None else None,
        basis=found.basis,
        limits=tuple(
            limit.model_copy(update={"phase": tightest.name}) if limit.resource == "vram" and tightest else limit
            for limit in limits
            if limit.limit in compiled.limits.of_task(number, pipeline.gpu)
        ),
        compute=compute,
        warnings=warnings,
        licences=licences,
        cloud=_cloud_use(pipeline.offer, compiled) if pipeline.offer is not None else None,
    )


def _cloud_use(offer: Offer, compiled: Compiled) -> CloudUse:
    knowledge = compiled.knowledge
    results = volume(compiled.request.policies, knowledge.costs.volume.value)
    fact = offer.price.amount
    ends = (offer.low, (offer.low + offer.high) / 2, offer.high)
    return CloudUse(
        service=offer.service.id,
        title=offer.service.title,
        of=offer.price.of,
        price=bounds(Interval(*(ceil(end) for end in ends))),
        monthly_volume=results,
        per_month=bounds(Interval(*(ceil(end * results) for end in ends))),
        source=fact.source,
        date=fact.date or knowledge.index("sources")[fact.source].date,
    )


def _elsewhere(pipeline: Pipeline, asked: ResolvedSize, offer: Offer) -> tuple[ReasonText, ...]:
    """What to watch where a service does it."""
    service = offer.service
    text = f"what you give it leaves this machine; {service.title}'s terms hold for what it makes"
    found = [Reason("cloud.terms", service.title, text, "policy", service.source, service.origin)]
    return tuple(reason_text(reason) for reason in (*found, *_beyond(pipeline, asked)))


def _statements(
    pipeline: Pipeline, features: tuple[str, ...], asked: ResolvedSize, device: Device, compiled: Compiled
) -> tuple[tuple[ReasonText, ...], tuple[ReasonText, ...], tuple[str, ...]]:
    """How it computes, what to watch, and under which licences: asked of the same rules that admitted it."""
    knowledge, policies = compiled.knowledge, compiled.request.policies
    licensing = compiled.admission.licensing
    model, runtime = pipeline.model, pipeline.runtime
    compute: list[Reason] = []
    warnings: list[Reason] = []
    licences: list[str] = []
    all_licences: dict[str, Licence] = knowledge.index("licences")
    nodes = set(_nodes(pipeline))
    for part in (*pipeline.parts, *pipeline.addon_parts):
        names = device.names(part.name, model, runtime)
        verdict = device.variant(part.variant, part.component, model, runtime)
        nodes.update(verdict.nodes)
        if (
            verdict.compute is not None
            and verdict.compute.then.do == "compute"
            and verdict.compute.then.mode != "native"
        ):
            compute.append(from_rule(verdict.compute, names))
            if verdict.compute.then.mode == "emulated":
                warnings.append(compute[-1])
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
    rules += device.placement(pipeline.placement, model, runtime, pipeline.task, pipeline.cache).warnings
    warnings += [from_rule(rule, names) for rule in rules]
    packages: list[NodePackage] = [knowledge.index("nodes")[node] for node in sorted(nodes)]
    components = {part.component.id: part.component for part in (*pipeline.parts, *pipeline.addon_parts)}
    programs: list[Model | Runtime | NodePackage] = [model, runtime, *packages]
    for program in programs:
        warnings += licensing.of_code(program).warnings
    owners: list[Runtime | Component | Addon | NodePackage] = [runtime, *components.values()]
    for owner in (*owners, *pipeline.addons, *packages):
        if owner.maturity in ("maintenance", "experimental"):
            text = f"{owner.title} is {'in maintenance mode' if owner.maturity == 'maintenance' else 'experimental'}"
            warnings.append(Reason(f"maturity.{owner.maturity}", owner.title, text, "request", None, owner.origin))
    codes = [model.code_licence, runtime.licence, *(package.licence for package in packages)]
    licences += [code for code in codes if code is not None]
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
