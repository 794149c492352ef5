"""A variant that nothing can load, on any machine, is no choice: the candidates' own code says what loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rigfit.candidates.admission import Admission
from rigfit.candidates.device import Device
from rigfit.candidates.reasons import Gate
from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.schema.catalog import Addon, GpuSpec, Model, Variant
from rigfit.schema.request import MachineRequest, Policies, TaskRequest
from rigfit.units import GIB

# Most variants load on one of these, so they are asked first.
_USUAL = ("ada", "blackwell", "apple-m4", "ampere", "rdna3", "turing")
_OSES: dict[str, tuple[Literal["linux", "windows", "macos"], ...]] = {
    "cuda": ("linux", "windows"), "rocm": ("linux", "windows"), "xpu": ("linux", "windows"), "mps": ("macos",),
}  # fmt: skip
_RAM = 256 * GIB

Pair = tuple[str, str]
"""Component and variant."""


def devices(knowledge: Knowledge) -> list[Device]:
    """One device of every class that rules can tell apart, the usual ones first."""
    classes: dict[tuple[object, ...], GpuSpec] = {}
    for spec in knowledge.catalog.gpus:
        classes.setdefault((spec.backend, spec.architecture, spec.compute_capability, spec.gfx, spec.quirks), spec)
    rank = {name: number for number, name in enumerate(_USUAL)}
    found = []
    for spec in sorted(classes.values(), key=lambda s: (bool(s.quirks), rank.get(s.architecture, 99), s.id)):
        for os in _OSES[spec.backend]:
            ram = None if spec.unified else _RAM
            machine = simulate(knowledge, MachineRequest(gpus=(spec.id,), ram=ram, os=os))
            found.append(Device(machine, 0, knowledge))
    for os in ("linux", "windows", "macos"):
        machine = simulate(knowledge, MachineRequest.model_validate({"ram": _RAM, "os": os}))
        found.append(Device(machine, None, knowledge))
    return found


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Models that run nowhere, variants that load nowhere, add-ons whose parts load nowhere."""
    components = knowledge.index("components")
    models, addons = knowledge.catalog.models, knowledge.catalog.addons
    of_models = {c for model in models for c in model.components.values()}
    of_addons = {c for addon in addons for c in addon.components.values()}
    closed: set[Pair] = {(c, v.key) for c in of_models | of_addons for v in components[c].variants}
    idle = {model.id: model for model in models}
    for device in devices(knowledge):
        if not closed and not idle:
            break
        admission = Admission(knowledge, [device], Policies(experimental=True))
        for model in models:
            if model.id in idle or any(pair in closed for pair in _pairs(model, knowledge)):
                loaded = _loaded(model, admission)
                if loaded is not None:
                    idle.pop(model.id, None)
                    closed -= loaded
        for addon in addons:
            if any(pair in closed for pair in _pairs(addon, knowledge)):
                closed -= _addon_loaded(addon, device, knowledge)
    for model in idle.values():
        text = "runs on no machine we know: check its runtimes, its precisions, and the rules that admit them"
        yield Problem(places.where("models", model.id, "runtimes"), model.id, "runtimes", text)
    for name, key in sorted(closed):
        users = [model for model in models if name in model.components.values()]
        if users and all(model.id in idle for model in users):
            continue  # said already
        number = next(n for n, variant in enumerate(components[name].variants) if variant.key == key)
        where = places.where("components", name, "variants", number, "precision")
        yield Problem(where, name, f"variants.{key}", _why(components[name].variants[number], users, knowledge))


def _why(variant: Variant, users: list[Model], knowledge: Knowledge) -> str:
    """Why nothing loads a variant, as far as files say, and what to do."""
    components = knowledge.index("components")
    if variant.file is None and users:
        return "it has no `file`, and no checkpoint of a model contains it: add one of them, or remove it"
    without = {
        f"{role} of {model.id} ({component})"
        for model in users
        for role, component in model.components.items()
        if all(other.file is None for other in components[component].variants)
    }
    if without:
        return (
            f"it is a file of its own, but no variant of the {min(without)} has a `file` to load beside it: "
            "add the file (or a checkpoint that contains this variant)"
        )
    return (
        f"no runtime of what uses it loads {variant.precision}, on any machine: admit it in rules/, add a runtime that "
        "does, or remove it"
    )


def _pairs(owner: Model | Addon, knowledge: Knowledge) -> Iterator[Pair]:
    for name in owner.components.values():
        for variant in knowledge.index("components")[name].variants:
            yield name, variant.key


def _loaded(model: Model, admission: Admission) -> set[Pair] | None:
    """What the model can be made of here; None where it does not run."""
    found: set[Pair] | None = None
    for task in model.serves:
        for branch in admission.branches(model, TaskRequest(task=task), Gate()):
            found = found or set()
            for group in branch.groups:
                found |= {(one.part.component.id, one.part.variant.key) for parts in group for one in parts}
    return found


def _addon_loaded(addon: Addon, device: Device, knowledge: Knowledge) -> set[Pair]:
    """Which parts of an add-on load here beside some model it is for."""
    found: set[Pair] = set()
    components, runtimes = knowledge.index("components"), knowledge.index("runtimes")
    for model in knowledge.catalog.models:
        if model.family not in addon.families and model.id not in addon.models:
            continue
        for name in sorted(set(addon.runtimes) & set(model.runtimes)):
            if not device.hosts(runtimes[name]):
                continue
            for component in (components[c] for c in addon.components.values()):
                for variant in component.variants:
                    verdict = device.variant(variant, component, model, runtimes[name])
                    if verdict.admitted_by is not None and not verdict.forbidden_by:
                        found.add((component.id, variant.key))
    return found
