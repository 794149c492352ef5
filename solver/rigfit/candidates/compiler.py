"""A request on a class of machine, compiled once into the engine-neutral problem; capacities stay parameters."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.candidates.admission import Admission
from rigfit.candidates.asked import check_names, completed, shared_files, shared_runtimes
from rigfit.candidates.caches import USUAL
from rigfit.candidates.device import Device
from rigfit.candidates.expand import Candidate, Expander, Expansion, Gathered
from rigfit.candidates.fit import Fit
from rigfit.candidates.items import Items
from rigfit.candidates.judged import Judged
from rigfit.candidates.limits import Limits, stored
from rigfit.candidates.objective import Objective, with_policy
from rigfit.estimate.size import resolve_size
from rigfit.knowledge import Knowledge
from rigfit.knowledge.profiles import find_profile
from rigfit.machine.capacity import Usable
from rigfit.nodes import kept_apart
from rigfit.problem import Conflict, Decision, Item, Option, Problem, Tier
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
    limits: Limits
    admission: Admission
    """What judged the pipelines: it remembers which rules speak of each device."""
    fired: frozenset[str] = frozenset()
    """Ids of the rules that matched something that was considered."""

    def device(self, gpu: int | None) -> Device:
        """A card by its index, or the processor (None)."""
        return next(device for device in self.admission.devices if device.gpu == gpu)

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
        **(
            {"max_cost": UNBOUNDED if policies.max_cost is None else policies.max_cost}
            if policies.cloud != "no"
            else {}
        ),
    }


@dataclass(frozen=True)
class Prepared:
    """A request on a class of machine, before any capacities: what several compilations can share."""

    request: Request
    machine: Machine
    knowledge: Knowledge
    profile: Profile
    tasks: list[TaskRequest]
    items: Items
    expander: Expander
    gathered: list[Gathered]
    fired: frozenset[str] = frozenset()
    """Ids of the rules that matched something that was considered."""

    def compile(self, usable: Usable | None = None) -> Compiled:
        """The problem; see `compile_request`."""
        gpus = self.machine.gpus
        fit = None if usable is None else Fit(capacities(self.request, usable), [gpu.unified for gpu in gpus])
        return self.assemble([self.expander.settle(gathered, fit) for gathered in self.gathered])

    def assemble(self, expansions: list[Expansion]) -> Compiled:
        """The problem whose options are the candidates of some expansions, one for each task."""
        objectives = [gathered.objective for gathered in self.gathered]
        limits = Limits(self.tasks, self.machine, money=self.request.policies.cloud != "no")
        problem = _problem(limits, expansions, objectives, self.items, self.knowledge)
        return Compiled(
            problem,
            tuple(expansions),
            self.items,
            self.profile,
            self.machine,
            self.request,
            self.knowledge,
            limits,
            self.expander.admission,
            self.fired,
        )


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
    return prepare(request, machine, knowledge).compile(usable)


def prepare(request: Request, machine: Machine, knowledge: Knowledge, judged: Judged | None = None) -> Prepared:
    """Expand a request for the class of a machine, to be compiled for one or several capacities.

    Args:
        request: checked here against the knowledge.
        machine: only its class counts.
        knowledge: catalog and rules.
        judged: what is shared with other machines of the kind, to use and to fill; `fired` then speaks of all of them.

    Raises:
        InputError: when the request names a task, feature, model, runtime or profile that does not exist.
    """
    check_names(request, knowledge)
    policies = request.policies
    profile = with_policy(find_profile(policies.prefer, knowledge), policies)
    devices = [Device(machine, number, knowledge) for number in (*range(len(machine.gpus)), None)]
    if judged is not None and judged.admission is not None and judged.items is not None:
        admission, items = judged.admission.on(devices), judged.items
    else:
        admission, items = Admission(knowledge, devices, request.policies), Items(machine.installed_names)
    if judged is not None:
        judged.admission, judged.items = admission, items
    tasks = [completed(task, knowledge) for task in request.tasks]
    shared = shared_files(tasks, knowledge) | shared_runtimes(tasks, knowledge)
    expander = Expander(admission, items, shared, tasks, judged)
    gathered: list[Gathered] = []
    for turn, task in enumerate(tasks):
        rule: TaskRule = knowledge.index("tasks")[task.task]
        size, assumed = resolve_size(task.size, rule)
        objective = Objective(profile, rule, task.importance, policies.cloud, policies.cloud_over)
        gathered.append(expander.gather(task, size, assumed, objective, turn))
    fired = frozenset(admission.licensing.fired().union(*(device.fired() for device in devices)))
    return Prepared(request, machine, knowledge, profile, tasks, items, expander, gathered, fired)


def _problem(
    limits: Limits,
    expansions: list[Expansion],
    objectives: list[Objective],
    items: Items,
    knowledge: Knowledge,
) -> Problem:
    item_scores = objectives[0].item_scores(items.specs).tolist()
    entries = tuple(
        Item(f"{spec.kind}:{spec.key}", tuple(scores), stored(spec))
        for spec, scores in zip(items.specs, item_scores, strict=True)
    )
    decisions = []
    for number, expansion in enumerate(expansions):
        options = tuple(option(number, candidate, limits) for candidate in expansion.candidates)
        decisions.append(Decision(f"{number}.{expansion.task.task}", options))
    conflicts = node_conflicts(items, knowledge)
    tiers = tuple(Tier(tier.criterion, tier.within) for tier in objectives[0].profile.tiers)
    return Problem(tuple(decisions), entries, tuple(limits.limits), conflicts, tiers)


def node_conflicts(items: Items, knowledge: Knowledge) -> tuple[Conflict, ...]:
    """The node packages among the items that cannot be installed together."""
    numbers = {spec.key: i for i, spec in enumerate(items.specs) if spec.kind == "node"}
    return tuple(
        Conflict(tuple(numbers[node] for node in clash.members), clash.id, "nobody")
        for clash in kept_apart(knowledge)
        if all(node in numbers for node in clash.members)
    )


def option(number: int, candidate: Candidate, limits: Limits) -> Option:
    """A pipeline for a task, as the problem sees it."""
    uses = limits.uses(number, candidate)
    model, offer = candidate.pipeline.model.id, candidate.pipeline.offer
    # A model here and the same one at a service are different answers.
    group = model if offer is None else f"{model}@cloud"
    return Option(option_key(candidate), group, candidate.scores, uses, candidate.items)


def option_key(candidate: Candidate) -> str:
    """A pipeline in one word; different pipelines of a task have different ones."""
    p = candidate.pipeline
    if p.offer is not None:
        return f"{p.model.id}/{p.offer.service.id}/cloud/{p.packaging}"
    variants = ",".join(f"{part.role}={part.variant.key}" for part in p.parts)
    addons = "+".join(addon.id for addon in p.addons) or "-"
    place = f"{p.placement}{'' if p.resident_share == 1000 else p.resident_share}{'.tiled' if p.tiled else ''}"
    place += f".{p.cache}" if p.cache not in (None, USUAL) else ""
    device = "cpu" if p.gpu is None else f"gpu{p.gpu}"
    return f"{p.model.id}/{p.runtime.id}/{device}/{p.packaging}/{variants}/{addons}/{place}"
