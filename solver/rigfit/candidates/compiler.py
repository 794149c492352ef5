"""A request on a class of machine, compiled once into the engine-neutral problem; capacities stay parameters."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.candidates.admission import Admission
from rigfit.candidates.asked import check_names, completed, shared_files
from rigfit.candidates.device import Device
from rigfit.candidates.expand import Candidate, Expander, Expansion, Gathered
from rigfit.candidates.fit import Fit
from rigfit.candidates.items import Items
from rigfit.candidates.limits import STORAGE, Limits
from rigfit.candidates.objective import Objective
from rigfit.estimate.size import resolve_size
from rigfit.knowledge import Knowledge
from rigfit.knowledge.profiles import find_profile
from rigfit.machine.capacity import Usable
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

    def compile(self, usable: Usable | None = None) -> Compiled:
        """The problem; see `compile_request`."""
        gpus = self.machine.gpus
        fit = None if usable is None else Fit(capacities(self.request, usable), [gpu.unified for gpu in gpus])
        expansions = [self.expander.settle(gathered, fit) for gathered in self.gathered]
        objectives = [gathered.objective for gathered in self.gathered]
        problem = _problem(self.tasks, expansions, objectives, self.items, self.machine, self.knowledge)
        return Compiled(
            problem,
            tuple(expansions),
            self.items,
            self.profile,
            self.machine,
            self.request,
            self.knowledge,
            Limits(self.tasks, self.machine),
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


def prepare(request: Request, machine: Machine, knowledge: Knowledge) -> Prepared:
    """Expand a request for the class of a machine, to be compiled for one or several capacities.

    Raises:
        InputError: when the request names a task, feature, model, runtime or profile that does not exist.
    """
    check_names(request, knowledge)
    profile = find_profile(request.policies.prefer, knowledge)
    devices = [
        *(Device(machine, number, knowledge) for number in range(len(machine.gpus))),
        Device(machine, None, knowledge),
    ]
    admission = Admission(knowledge, devices, request.policies)
    items = Items(frozenset(machine.installed))
    tasks = [completed(task, knowledge) for task in request.tasks]
    shared = shared_files(tasks, knowledge)
    expander = Expander(admission, items, shared, tasks)
    gathered: list[Gathered] = []
    for task in tasks:
        rule: TaskRule = knowledge.index("tasks")[task.task]
        size, assumed = resolve_size(task.size, rule)
        gathered.append(expander.gather(task, size, assumed, Objective(profile, rule, task.importance)))
    return Prepared(request, machine, knowledge, profile, tasks, items, expander, gathered)


def _problem(
    tasks: list[TaskRequest],
    expansions: list[Expansion],
    objectives: list[Objective],
    items: Items,
    machine: Machine,
    knowledge: Knowledge,
) -> Problem:
    limits = Limits(tasks, machine)
    stored = range(len(STORAGE))
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
                limits.uses(number, candidate),
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
    return Problem(tuple(decisions), entries, tuple(limits.limits), conflicts, tiers)


def _option_key(candidate: Candidate, machine: Machine) -> str:
    p = candidate.pipeline
    variants = ",".join(f"{part.role}={part.variant.key}" for part in p.parts)
    addons = "+".join(addon.id for addon in p.addons) or "-"
    place = f"{p.placement}{'' if p.resident_share == 1000 else p.resident_share}{'.tiled' if p.tiled else ''}"
    device = "cpu" if p.gpu is None else f"gpu{p.gpu}"
    return f"{p.model.id}/{p.runtime.id}/{device}/{p.packaging}/{variants}/{addons}/{place}"
