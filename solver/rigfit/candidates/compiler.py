"""A request on a class of machine, compiled once into the engine-neutral problem; capacities stay parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rigfit.candidates.admission import Admission
from rigfit.candidates.device import Device
from rigfit.candidates.expand import Candidate, Expander, Expansion, is_asked_for
from rigfit.candidates.fit import Fit
from rigfit.candidates.items import Items
from rigfit.candidates.objective import Objective, find_profile
from rigfit.errors import InputError, unknown
from rigfit.estimate.size import resolve_size
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import Usable
from rigfit.problem import Conflict, Decision, Item, Limit, Option, Problem, Tier
from rigfit.schema.catalog import Component, Model
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request, TaskRequest
from rigfit.schema.rules import Profile, TaskRule

UNBOUNDED = 2**60


@dataclass(frozen=True)
class Compiled:
    """The problem, and what its decisions and items stand for."""

    problem: Problem
    expansions: tuple[Expansion, ...]
    items: Items
    profile: Profile
    machine: Machine
    request: Request
    knowledge: Knowledge
    assumed_sizes: tuple[tuple[str, tuple[str, ...]], ...]
    """(task, size fields that nobody stated)."""

    def candidates(self, choice: tuple[int, ...]) -> list[Candidate]:
        """The pipelines that a choice stands for."""
        return [e.candidates[index] for e, index in zip(self.expansions, choice, strict=True)]


def capacities(request: Request, usable: Usable) -> dict[str, int]:
    """What bounds a problem's limits: bytes of each card, RAM, disk, and what the policies allow."""
    policies = request.policies
    return {
        **{f"vram.{number}": amount for number, amount in enumerate(usable.vram)},
        "ram": usable.ram,
        "disk": usable.disk,
        "max_disk": UNBOUNDED if policies.max_disk is None else policies.max_disk,
        "max_download": UNBOUNDED if policies.max_download is None else policies.max_download,
    }


def compile_request(request: Request, machine: Machine, knowledge: Knowledge, usable: Usable | None = None) -> Compiled:
    """Compile a request for the class of a machine.

    Args:
        request: checked here against the knowledge.
        machine: only its class counts (architectures, backends, operating system, speeds, installed files).
        knowledge: catalog and rules.
        usable: where given, the problem is for these capacities alone: what does not fit by itself is left out before
            anything else is done, which is several times faster. Without it the problem is good for any capacities.

    Raises:
        InputError: when the request names a task, feature, model, runtime or profile that does not exist.
    """
    _check_names(request, knowledge)
    profile = find_profile(request.policies.prefer, knowledge)
    devices = [
        *(Device(machine, number, knowledge) for number in range(len(machine.gpus))),
        Device(machine, None, knowledge),
    ]
    admission = Admission(knowledge, devices, request.policies)
    items = Items(frozenset(machine.installed))
    tasks = [with_complexity(task, knowledge) for task in request.tasks]
    shared = _shared_files(tasks, knowledge)
    fit = None if usable is None else Fit(capacities(request, usable), [gpu.unified for gpu in machine.gpus])
    expander = Expander(admission, items, shared, tasks, fit)
    expansions: list[Expansion] = []
    objectives: list[Objective] = []
    assumed: list[tuple[str, tuple[str, ...]]] = []
    for task in tasks:
        rule: TaskRule = knowledge.index("tasks")[task.task]
        size, fields = resolve_size(task.size, rule)
        if fields:
            assumed.append((task.task, fields))
        objectives.append(Objective(profile, rule, task.importance))
        expansions.append(expander.expand(task, size, objectives[-1]))
    problem = _problem(tasks, expansions, objectives, items, machine, knowledge)
    return Compiled(problem, tuple(expansions), items, profile, machine, request, knowledge, tuple(assumed))


def with_complexity(task: TaskRequest, knowledge: Knowledge) -> TaskRequest:
    """The task with the features that its workflow complexity adds."""
    if task.complexity is None:
        return task
    rule: TaskRule = knowledge.index("tasks")[task.task]
    features = tuple(dict.fromkeys((*task.features, *rule.complexity.get(task.complexity, ()))))
    return task.model_copy(update={"features": features})


def _check_names(request: Request, knowledge: Knowledge) -> None:
    if not request.tasks:
        raise InputError("the request names no task: add --task TASK or --preset PRESET")
    tasks, features = knowledge.index("tasks"), knowledge.index("features")
    models = {name for m in knowledge.catalog.models for name in (m.id, m.family, *m.aliases)}
    for task in request.tasks:
        if task.task not in tasks:
            raise unknown("task", task.task, tasks)
        for feature in (*task.features, *task.wishes):
            base, _, qualifier = feature.partition(":")
            if base not in features:
                raise unknown("feature", feature, features)
            rule = features[base]
            if qualifier and qualifier not in rule.qualifiers:
                raise unknown("feature", feature, [f"{base}:{q}" for q in rule.qualifiers])
            if task.task not in rule.tasks:
                raise InputError(
                    f"the feature {feature!r} means nothing for {task.task}; it belongs to {', '.join(rule.tasks)}"
                )
        for model in (*task.models, *task.exclude):
            if model not in models:
                raise unknown("model", model, models)
    for runtime in request.policies.runtimes:
        if runtime not in knowledge.index("runtimes"):
            raise unknown("runtime", runtime, knowledge.index("runtimes"))


def _shared_files(tasks: list[TaskRequest], knowledge: Knowledge) -> frozenset[str]:
    """Keys of files that pipelines of more than one of the tasks could use."""
    components: dict[str, Component] = knowledge.index("components")
    users: dict[str, set[int]] = {}
    for number, task in enumerate(tasks):
        for model in knowledge.catalog.models:
            if task.task in model.serves and is_asked_for(model, task):
                for key in _file_keys(model, components, knowledge):
                    users.setdefault(key, set()).add(number)
    return frozenset(key for key, of in users.items() if len(of) > 1)


def _file_keys(model: Model, components: dict[str, Component], knowledge: Knowledge) -> set[str]:
    addons = [a for a in knowledge.catalog.addons if model.family in a.families or model.id in a.models]
    used = [*model.components.values(), *(c for a in addons for c in a.components.values())]
    keys = set()
    for component in used:
        for variant in components[component].variants:
            if variant.file is None:
                keys.add(f"{component}/{component}.{variant.key}")
            else:
                keys.add(f"{variant.file.repo or component}/{variant.file.name}")
    return keys | {f"{c.file.repo or model.id}/{c.file.name}" for c in model.checkpoints}


# -- the problem --------------------------------------------------------------------------------------------------


def _problem(
    tasks: list[TaskRequest],
    expansions: list[Expansion],
    objectives: list[Objective],
    items: Items,
    machine: Machine,
    knowledge: Knowledge,
) -> Problem:
    limits, uses = _limits(tasks, machine)
    by_limit = {limit.key: number for number, limit in enumerate(limits)}
    stored = [by_limit[key] for key in ("disk", "policy.disk", "policy.download")]
    item_scores = objectives[0].item_scores(items.specs).tolist()
    entries = tuple(
        Item(f"{spec.kind}:{spec.key}", tuple(scores), tuple((limit, spec.disk) for limit in stored if spec.disk))
        for spec, scores in zip(items.specs, item_scores, strict=True)
    )
    decisions = []
    for number, expansion in enumerate(expansions):
        options = tuple(
            Option(
                _option_key(candidate, machine),
                candidate.pipeline.model.id,
                candidate.scores,
                uses(number, candidate),
                candidate.items,
            )
            for candidate in expansion.candidates
        )
        decisions.append(Decision(f"{number}.{expansion.task.task}", options))
    numbers = {spec.key: i for i, spec in enumerate(items.specs) if spec.kind == "node"}
    conflicts = tuple(
        Conflict(numbers[c.nodes[0]], numbers[c.nodes[1]], c.id, "nobody")
        for c in knowledge.catalog.node_conflicts
        if all(node in numbers for node in c.nodes)
    )
    tiers = tuple(Tier(tier.criterion, tier.within) for tier in objectives[0].profile.tiers)
    return Problem(tuple(decisions), entries, tuple(limits), conflicts, tiers)


def _option_key(candidate: Candidate, machine: Machine) -> str:
    p = candidate.pipeline
    variants = ",".join(f"{part.role}={part.variant.key}" for part in p.parts)
    addons = "+".join(addon.id for addon in p.addons) or "-"
    place = f"{p.placement}{'' if p.resident_share == 1000 else p.resident_share}{'.tiled' if p.tiled else ''}"
    device = "cpu" if p.gpu is None else f"gpu{p.gpu}"
    return f"{p.model.id}/{p.runtime.id}/{device}/{p.packaging}/{variants}/{addons}/{place}"


def _limits(
    tasks: list[TaskRequest], machine: Machine
) -> tuple[list[Limit], Callable[[int, Candidate], tuple[tuple[int, int], ...]]]:
    """Limits of the problem, and what a pipeline of a task uses of them.

    Tasks in turn have the card to themselves. Tasks of one *together* group hold their weights at the same time:
    for each of them the peak of that task plus what all others hold must fit.
    """
    limits = [
        Limit("disk", "disk", "memory.disk", "machine"),
        Limit("policy.disk", "max_disk", "policy.max_disk", "policy"),
        Limit("policy.download", "max_download", "policy.max_download", "policy"),
    ]
    gpus = range(len(machine.gpus))
    groups: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        groups.setdefault(task.together or f"#{number}", []).append(number)
    vram: dict[tuple[int, int], int] = {}
    ram: dict[int, int] = {}
    group_of: dict[int, list[int]] = {}
    for name, members in groups.items():
        label = name if len(members) > 1 else f"{members[0]}.{tasks[members[0]].task}"
        for member in members:
            ram[member] = len(limits)
            group_of[member] = members
        limits.append(Limit(f"ram.{label}", "ram", "memory.ram", "machine"))
        for member in members:
            for gpu in gpus:
                vram[(member, gpu)] = len(limits)
                who = label if len(members) == 1 else f"{label}.{member}"
                limits.append(Limit(f"vram.{gpu}.{who}", f"vram.{gpu}", "memory.vram", "machine"))

    def uses(number: int, candidate: Candidate) -> tuple[tuple[int, int], ...]:
        gpu = candidate.pipeline.gpu
        unified = gpu is not None and machine.gpus[gpu].unified
        # On a chip with unified memory the two are one: what the GPU holds is gone for everything else.
        found = [(ram[number], candidate.ram + (candidate.vram if unified else 0))]
        if gpu is not None:
            found += [
                (vram[(member, gpu)], candidate.vram if member == number else candidate.held)
                for member in group_of[number]
            ]
        return tuple(found)

    return limits, uses
