"""What could stand in for files that do not fit: the solver's answer, with the workflow's model locked.

The catalog is narrowed to that model and to variants that a loader with the same outputs can load, so that whatever the
solver chooses can be put into the workflow. Which of them is best is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rigfit.errors import RigfitError
from rigfit.estimate.pipeline import weigh
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import TaskAnswer
from rigfit.schema.case import Seconds
from rigfit.schema.catalog import Checkpoint, Component, Model, Precision, Variant, WeightFile
from rigfit.schema.machine import Machine
from rigfit.schema.request import Policies, Request, Size, TaskRequest
from rigfit.schema.workflow import Replaced, Replacement
from rigfit.schema.workflow_nodes import Loader
from rigfit.solve import solve
from rigfit.workflow.judge import RUNTIME, Judged, task_of
from rigfit.workflow.pipelines import Assembly, Loaded

_PLENTY = 2**42
"""Bytes of memory that stop nothing: the quality of the workflow's own files is asked for on such a machine."""
_ANY_TIME = 30 * 24 * 3600 * 1000
"""Milliseconds: longer than anybody waits for one result."""
_ORDER = ("resident", "cpu", "offloaded", "streamed")


@dataclass(frozen=True)
class Swap:
    """A file that takes another's place in the workflow."""

    given: Loaded
    role: str
    file: WeightFile
    loader: Loader
    replaced: Replaced


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a model, or why nothing is."""

    replacement: Replacement | None
    swaps: tuple[Swap, ...] = ()
    why_none: str | None = None


def propose(judged: Judged, machine: Machine, knowledge: Knowledge, policies: Policies) -> Proposal:
    """Variants that make a model of a workflow run, or stay on the card where its own files stream.

    Args:
        judged: the model with the workflow's own files.
        machine: where it is to run.
        knowledge: catalog and rules.
        policies: of the person; the licence of the model is judged apart.
    """
    assembly, case = judged.assembly, judged.case
    if assembly.model is None or case is None:
        return Proposal(None, why_none="the catalog does not know the model, and so no other files of it")
    narrowed = _Narrowed(assembly, assembly.model, knowledge)
    if narrowed.locked:
        return Proposal(None, why_none=narrowed.locked)
    policies = policies.model_copy(
        update={
            "use": "personal",
            "sells_output": False,
            "territory": None,
            "runtimes": (RUNTIME,),
            "experimental": True,
            "cloud": "no",
        }
    )
    size = {name: value for name, value in case.size.items() if name in Size.model_fields and value is not None}
    features = ("lora",) if assembly.loads_loras and assembly.model.lora else ()
    task = TaskRequest(
        task=task_of(assembly.model, assembly),
        models=(assembly.model.id,),
        size=Size.model_validate(size),
        features=tuple(f for f in features if f in narrowed.features(task_of(assembly.model, assembly))),
    )
    patient = policies.model_copy(update={"max_time": _ANY_TIME})  # slow is better than not at all, and is said
    found = _best(Request(tasks=(task,), policies=policies, top=1), machine, narrowed.knowledge)
    found = found or _best(Request(tasks=(task,), policies=patient, top=1), machine, narrowed.knowledge)
    if found is None:
        return Proposal(None, why_none=f"no variant of {assembly.model.title} that its loaders can take fits here")
    swaps = tuple(narrowed.swaps(found, machine))
    if not swaps:
        return Proposal(None, why_none="none of its variants that the loaders can take does better here")
    if case.verdict != "impossible" and _ORDER.index(found.verdict) >= _ORDER.index(case.verdict):
        return Proposal(None, why_none="none of its variants stays on the card here")
    cost = None
    own = {role: variant for role, (variant, _) in assembly.roles.items()}
    if narrowed.packaging == "split" and all(narrowed.has(role, key) for role, key in own.items()):
        locked = task.model_copy(update={"variants": own})
        plenty = machine.model_copy(
            update={
                "ram": _PLENTY,
                "gpus": tuple(gpu.model_copy(update={"vram": _PLENTY, "vram_free": None}) for gpu in machine.gpus),
            }
        )
        before = _best(Request(tasks=(locked,), policies=patient, top=1), plenty, narrowed.knowledge)
        cost = None if before is None else before.quality - found.quality
    return Proposal(_replacement(found, swaps, cost), swaps)


def _best(request: Request, machine: Machine, knowledge: Knowledge) -> TaskAnswer | None:
    try:
        answer = solve(request, machine, knowledge, explain=False)
    except RigfitError:
        return None
    return answer.bundles[0].tasks[0] if answer.bundles else None


def _replacement(found: TaskAnswer, swaps: tuple[Swap, ...], cost: int | None) -> Replacement:
    spent = found.milliseconds
    words = ", ".join(f"{swap.replaced.file} → {swap.replaced.by_file}" for swap in swaps)
    return Replacement(
        verdict="offloaded" if found.verdict in ("cpu", "cloud") else found.verdict,
        placement=found.placement,
        quality=found.quality,
        quality_cost=cost,
        peak_vram=found.peak_vram.high,
        seconds=None
        if spent is None
        else Seconds(low=spent.low / 1000, expected=spent.expected / 1000, high=spent.high / 1000),
        files=tuple(swap.replaced for swap in swaps),
        reason=f"{words}: {found.verdict}",
    )


class _Narrowed:
    """The knowledge with one model, and only what can be put into the workflow of it."""

    def __init__(self, assembly: Assembly, model: Model, knowledge: Knowledge) -> None:
        self.assembly, self.model, self.whole = assembly, model, knowledge
        self.precisions: dict[str, Precision] = knowledge.index("precisions")
        self.components: dict[str, Component] = knowledge.index("components")
        self.locked: str | None = None
        whole = [one for _, one in assembly.roles.values() if one.known.checkpoints]
        self.packaging = "checkpoint" if whole else "split"
        self.checkpoint = whole[0] if whole else None
        self.knowledge = self._narrow()

    def features(self, task: str) -> Iterable[str]:
        """Features that a task may need."""
        return (f.id for f in self.whole.rulebook.features if task in f.tasks)

    def has(self, role: str, key: str) -> bool:
        """A role has a variant of that name."""
        component: Component = self.knowledge.index("components")[self.model.components[role]]
        return any(variant.key == key for variant in component.variants)

    def _narrow(self) -> Knowledge:
        roles = {role: name for role, name in self.model.components.items() if role in self.assembly.roles}
        changed: dict[str, Component] = {}
        checkpoints: tuple[Checkpoint, ...] = ()
        if self.checkpoint is not None:
            if self.checkpoint.use.loader is None:
                self.locked = f"rigfit does not know how {self.checkpoint.use.node.type} loads files"
            checkpoints = self.model.checkpoints
            if len(checkpoints) < 2:
                self.locked = "it is one whole checkpoint, and the catalog knows no other of this model"
        else:
            for role, name in roles.items():
                component = self.components[name]
                fits = tuple(v for v in component.variants if self._takes(role, v))
                if not fits:
                    self.locked = f"{self.assembly.roles[role][1].use.base} can only be loaded as it is"
                else:
                    changed[name] = component.model_copy(update={"variants": fits})
        model = self.model.model_copy(
            update={
                "components": roles,
                "checkpoints": checkpoints,
                "runtimes": {RUNTIME: self.model.runtimes[RUNTIME]},
            }
        )
        runtime = self.whole.index("runtimes")[RUNTIME].model_copy(update={"packagings": (self.packaging,)})
        catalog = self.whole.catalog.model_copy(
            update={
                "models": (model,),
                "components": tuple(changed.get(c.id, c) for c in self.whole.catalog.components),
                "runtimes": tuple(runtime if r.id == RUNTIME else r for r in self.whole.catalog.runtimes),
                "cloud": (),
            }
        )
        return replace(self.whole, catalog=catalog, _indexes={})

    def _takes(self, role: str, variant: Variant) -> bool:
        """The variant is what the workflow has, or some loader could bring it in."""
        own, given = self.assembly.roles[role]
        return variant.key == own or (variant.file is not None and self.loader(given, variant) is not None)

    def loader(self, given: Loaded, variant: Variant) -> Loader | None:
        """The loader that takes a variant in a file's place: the same one first, then ComfyUI's own."""
        mine = given.use.loader
        if mine is None or variant.file is None:
            return None
        container = _container(self.precisions[variant.precision], variant.file)

        def able(one: Loader) -> bool:
            return (
                one.outputs == mine.outputs
                and {f.kind for f in one.files.values()} == {f.kind for f in mine.files.values()}
                and len(one.files) == len(mine.files)
                and container in one.containers
                and (not one.families or self.model.family in one.families)
                and (one.plain_loras or not self.assembly.loads_loras)
            )

        if able(mine):
            return mine
        known = [one for one in self.whole.catalog.loaders if able(one) and _complete(one, mine)]
        return min(known, key=lambda one: (one.needs_node is not None, len(one.widgets), one.id), default=None)

    def swaps(self, found: TaskAnswer, machine: Machine) -> Iterable[Swap]:
        """What has to change in the workflow."""
        present = machine.installed_names
        if self.checkpoint is not None:
            other = next((c for c in self.model.checkpoints if c.id == found.packaging), None)
            own = {key for _, key in self.checkpoint.known.checkpoints}
            loader = self.checkpoint.use.loader
            if other is not None and loader is not None and found.packaging not in own:
                size = other.file.size.value if other.file.size is not None else 0
                yield self._swap(self.checkpoint, "checkpoint", "", other.id, other.file, loader, size, present)
            return
        chosen: list[tuple[str, Loaded, str, Variant]] = []
        for role, key in sorted(found.variants.items()):
            if role not in self.assembly.roles:
                continue
            own_key, given = self.assembly.roles[role]
            component = self.components[self.model.components[role]]
            variant = next(v for v in component.variants if v.key == key)
            if key != own_key and variant.file is not None:
                chosen.append((role, given, own_key, variant))
        for role, given, own_key, variant in chosen:
            loader = self.loader(given, variant)
            if loader is None or variant.file is None:
                continue
            beside = [v for _, g, _, v in chosen if g.use.node.key == given.use.node.key and g is not given]
            for one in beside:  # files of one node need one loader that takes all of them
                other_loader = self.loader(given, one)
                if other_loader is not None and other_loader.needs_node is not None:
                    loader = other_loader
            component = self.components[self.model.components[role]]
            listed = variant.file.size
            size = listed.value if listed is not None else weigh(component, variant, self.whole)[0]
            yield self._swap(given, role, own_key, variant.key, variant.file, loader, size, present)

    def _swap(
        self,
        given: Loaded,
        role: str,
        own: str,
        key: str,
        file: WeightFile,
        loader: Loader,
        size: int,
        present: Mapping[str, int] | frozenset[str],
    ) -> Swap:
        mine = given.use.loader
        there = file.name in present or f"{file.repo}/{file.name}" in present
        replaced = Replaced(
            role=role,
            file=given.use.base,
            variant=own,
            by_file=file.name.rpartition("/")[2],
            by_variant=key,
            by_bytes=size,
            by_repo=file.repo,
            by_folder=file.folder,
            download=0 if there else size,
            nodes=(given.use.node.key,),
            loader=given.use.node.type,
            by_loader=loader.node,
            needs_node=loader.needs_node if mine is None or loader.node != mine.node else None,
        )
        return Swap(given, role, file, loader, replaced)


def _container(precision: Precision, file: WeightFile) -> str:
    """The kind of file: by its ending where that says it, else by its precision."""
    if file.name.casefold().endswith(".gguf"):
        return "gguf"
    return precision.container


def _complete(one: Loader, mine: Loader) -> bool:
    """Every input of the new loader gets a value: its file, the old loader's, or a default."""
    return all(name in one.files or name in mine.widgets or name in one.defaults for name in one.widgets)
