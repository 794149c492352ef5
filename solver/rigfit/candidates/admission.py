"""Admission: on which runtimes and devices a model may run at all, in which variants, with which add-ons.

Depends only on the machine's class (architecture, backend, operating system), never on its capacities.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from rigfit.candidates.addons import Addons, AddonSet, missing
from rigfit.candidates.device import Device
from rigfit.candidates.features import best_grade, providers
from rigfit.candidates.licences import Licensing
from rigfit.candidates.reasons import Gate, Held, Reason, from_rule
from rigfit.candidates.variants import Admitted, Variants
from rigfit.estimate.pipeline import Part
from rigfit.knowledge import Knowledge
from rigfit.nodes import tangled
from rigfit.schema.catalog import Component, Model, Runtime, WeightFile
from rigfit.schema.request import Policies, TaskRequest


@dataclass(frozen=True)
class Branch:
    """One model on one runtime and device, in one packaging: what was admitted there."""

    model: Model
    runtime: Runtime
    device: Device
    packaging: str
    """"split", or the id of a checkpoint."""
    checkpoint: WeightFile | None
    in_checkpoint: frozenset[str]
    groups: tuple[tuple[tuple[Admitted, ...], ...], ...]
    """For each group of roles that are chosen together its alternatives, in canonical order."""
    addons: tuple[AddonSet, ...]
    """Alternatives, from what is needed to all wishes."""
    held: Held = ()
    """Guards that keep back the model on this runtime and device, where the expansion is open."""


class Admission:
    """Judges models for one set of policies on the devices of one machine."""

    def __init__(self, knowledge: Knowledge, devices: list[Device], policies: Policies) -> None:
        self.knowledge = knowledge
        self.devices = devices
        self.policies = policies
        self.licensing = Licensing(knowledge, policies)
        self.variants = Variants(knowledge, self.licensing)
        self.addons = Addons(self.variants, policies)
        self._components: dict[str, Component] = knowledge.index("components")
        self._runtimes: dict[str, Runtime] = knowledge.index("runtimes")
        self.tangled_nodes = tangled(knowledge)
        """Node packages that conflict with others."""

    def on(self, devices: list[Device]) -> Admission:
        """The same on other devices; of those that are like one of these, what the rules say is known already."""
        other = copy.copy(self)
        other.devices = [
            device.like(next((mine for mine in self.devices if mine.gpu == device.gpu), device)) for device in devices
        ]
        return other

    def refusals(self, model: Model, task: TaskRequest, *, every: bool = False) -> list[Reason]:
        """Reasons against a model that hold on every runtime and device; all of them where `every` is asked for."""
        reasons: list[Reason] = []
        if model.exclude_from_defaults and not is_named(model, task.models):
            text = f"{model.title} is offered only when asked for by name: {model.exclude_from_defaults}"
            by_name = Reason("defaults.excluded", model.title, text, "request", None, model.origin, guard="by_name")
            if not every:
                return [by_name]
            reasons.append(by_name)
        for component in dict.fromkeys(model.components.values()):
            reasons += self.licensing.of_component(self._components[component]).refusals
        reasons += self.licensing.of_code(model).refusals
        serves = model.serves[task.task]
        for feature in task.features:
            native = best_grade(feature, serves.features) is not None or (feature == "lora" and model.lora)
            if not native and not providers(feature, model, None, self.knowledge.catalog.addons):
                reasons.append(missing(feature, model, None))
        if every:  # what is locked to a variant that the model has nowhere need not be expanded to be held back
            reasons += self._locked_out(model, task)
        if not is_asked_for(model, task):
            text = f"{model.title} is not among the models that the request asks for"
            reasons.append(Reason("request.models", model.title, text, "request", None, model.origin, guard="models"))
        return reasons

    def _locked_out(self, model: Model, task: TaskRequest) -> Iterator[Reason]:
        for role, locked in task.variants.items():
            component = self._components.get(model.components.get(role, ""))
            if component is not None and all(variant.key != locked for variant in component.variants):
                text = f"{component.title} has no {locked}, which the request asks for"
                yield Reason(
                    "request.variant", component.title, text, "request", None, component.origin, guard="variants"
                )

    def branches(
        self,
        model: Model,
        task: TaskRequest,
        reasons: Gate,
        hopeless: Callable[[Runtime, Device], bool] | None = None,
        turn: int = 0,
    ) -> Iterator[Branch]:
        """Every runtime x device x packaging on which the rules admit the model; what they refuse goes to `reasons`."""
        for runtime, device, held in self.places(model, task, reasons, hopeless, turn):
            yield from self.packagings(model, runtime, device, task, reasons, held)

    def places(
        self,
        model: Model,
        task: TaskRequest,
        reasons: Gate,
        hopeless: Callable[[Runtime, Device], bool] | None = None,
        turn: int = 0,
    ) -> Iterator[tuple[Runtime, Device, Held]]:
        """Every runtime x device that lets the model itself in, before any of its variants is looked at.

        Of cards that are equal in everything else each task prefers another (`turn` says which comes first), so that
        tasks in turn have no need to swap.
        """
        cards = [device for device in self.devices if device.gpu is not None]
        cut = turn % len(cards) if cards else 0
        devices = [*cards[cut:], *cards[:cut], *(device for device in self.devices if device.gpu is None)]
        for runtime_id in sorted(model.runtimes):
            runtime = self._runtimes[runtime_id]
            of_runtime: list[Reason] = []
            if self.policies.runtimes and runtime.id not in self.policies.runtimes:
                text = f"{model.title} in {runtime.title}: the request asks for {', '.join(self.policies.runtimes)}"
                unwanted = Reason(
                    "request.runtime", model.title, text, "request", None, runtime.origin, guard="runtimes"
                )
                of_runtime.append(unwanted)
            anywhere = reasons.stop([*of_runtime, *self.licensing.of_code(runtime).refusals])
            if anywhere is None:
                continue
            for device in devices:
                here = self._runs_here(model, runtime, device, task, reasons, hopeless)
                if here is not None:
                    yield runtime, device, (*anywhere, *here)

    def _runs_here(
        self,
        model: Model,
        runtime: Runtime,
        device: Device,
        task: TaskRequest,
        reasons: Gate,
        hopeless: Callable[[Runtime, Device], bool] | None,
    ) -> Held | None:
        """What holds the model back on a runtime and device; None where it is refused."""
        held: Held = ()
        if not device.hosts(runtime):
            text = f"{runtime.title} does not run on {device.name} ({device.backend} on {device.machine.os})"
            platform = Reason(
                "runtime.platform", model.title, text, "machine", runtime.source, runtime.origin, guard="platform"
            )
            stopped = reasons.stop([platform], device.gpu)
            if stopped is None:
                return None
            held = stopped
        if hopeless is not None and hopeless(runtime, device):
            return None
        of_nodes = reasons.stop(self.variants.refused_nodes(model.runtimes[runtime.id].nodes))
        if of_nodes is None:
            return None
        verdict = device.model(model, runtime, task.task, self.policies.experimental)
        found = [from_rule(r, device.names(model.title, model, runtime)) for r in verdict.forbidden_by]
        of_model = reasons.stop(found, device.gpu)
        return None if of_model is None else (*held, *of_nodes, *of_model)

    def packagings(
        self, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: Gate, held: Held
    ) -> Iterator[Branch]:
        """A model at one of its places in every packaging, with what is admitted there of its variants and add-ons."""
        admitted: dict[str, list[Admitted]] = {}
        for role, component in sorted(model.components.items()):
            admitted[role] = list(
                self._variants(role, self._components[component], model, runtime, device, task, reasons)
            )
            if not admitted[role]:
                return
        addons = self.addons.sets(model, runtime, device, task, reasons)
        if not addons:
            return
        packagings: list[tuple[str, WeightFile | None, dict[str, str]]] = []
        if "split" in runtime.packagings:
            packagings.append(("split", None, {}))
        if "checkpoint" in runtime.packagings:
            packagings += [(c.id, c.file, dict(c.contains)) for c in sorted(model.checkpoints, key=lambda c: c.id)]
        for packaging, file, contains in packagings:
            chosen = {
                role: [
                    one
                    for one in found
                    if (
                        contains[role] == one.part.variant.key
                        if role in contains
                        else one.part.variant.file is not None
                    )
                ]
                for role, found in admitted.items()
            }
            if not all(chosen.values()):
                continue
            groups = tuple(_alternatives(group, chosen) for group in _tied(model, self._components, chosen))
            if all(groups):
                yield Branch(model, runtime, device, packaging, file, frozenset(contains), groups, addons, held)

    def _variants(
        self,
        role: str,
        component: Component,
        model: Model,
        runtime: Runtime,
        device: Device,
        task: TaskRequest,
        reasons: Gate,
    ) -> Iterator[Admitted]:
        """Variants of a component that this runtime loads here and that do what is needed."""
        locked = task.variants.get(role)
        for variant in sorted(component.variants, key=lambda v: v.key):
            fixed: list[Reason] = []
            if locked is not None and variant.key != locked:
                if not reasons.is_open:
                    continue
                text = f"{component.title} {variant.key}: the request asks for {locked}"
                fixed = [
                    Reason(
                        "request.variant", component.title, text, "request", None, component.origin, guard="variants"
                    )
                ]
            if variant.only_runtimes and runtime.id not in variant.only_runtimes:
                continue
            admitted = self.variants.admit(role, component, variant, model, runtime, device, reasons)
            if admitted is None:
                continue
            if component.kind == "denoiser":
                fixed += self._features_lost(admitted.part, model, runtime, device, task)
            held = reasons.stop(fixed)
            if held is not None:
                yield replace(admitted, held=(*admitted.held, *held)) if held else admitted

    @staticmethod
    def _features_lost(part: Part, model: Model, runtime: Runtime, device: Device, task: TaskRequest) -> list[Reason]:
        """Needed features that do not work with the denoiser in this variant on this runtime."""
        subject = part.name
        lost: list[Reason] = []
        for feature in task.features:
            verdict = device.feature(feature, part.variant, part.component, model, runtime)
            if verdict.forbidden_by:
                found = [from_rule(r, device.names(subject, model, runtime)) for r in verdict.forbidden_by]
                lost += [replace(reason, guard=f"feature:{feature}") for reason in found]
            elif feature == "lora" and verdict.admitted_by is None:
                text = f"{subject} takes no LoRA in {runtime.title}"
                lost.append(
                    Reason("lora.none", subject, text, "request", None, part.component.origin, guard="feature:lora")
                )
        return lost


def is_asked_for(model: Model, task: TaskRequest) -> bool:
    """The request's lists of models and families let it through."""
    if is_named(model, task.exclude) or model.family in task.exclude:
        return False
    return not task.models or is_named(model, task.models) or model.family in task.models


def is_named(model: Model, names: tuple[str, ...]) -> bool:
    """The model itself (not only its family) is among names."""
    return model.id in names or any(alias in names for alias in model.aliases)


def _alternatives(group: tuple[str, ...], chosen: dict[str, list[Admitted]]) -> tuple[tuple[Admitted, ...], ...]:
    """What a group of roles can be: one variant each; the experts of a pair share theirs."""
    by_key = [{one.part.variant.key: one for one in chosen[role]} for role in group]
    common = set.intersection(*(set(found) for found in by_key))
    return tuple(tuple(found[key] for found in by_key) for key in sorted(common))


def _tied(model: Model, components: dict[str, Component], chosen: dict[str, list[Admitted]]) -> list[tuple[str, ...]]:
    """Roles in groups chosen together: denoisers of one architecture are the experts of a model, in equal variants."""
    denoisers = [role for role in sorted(chosen) if components[model.components[role]].kind == "denoiser"]
    kinds = {components[model.components[role]].architecture for role in denoisers}
    tied = tuple(denoisers) if len(denoisers) > 1 and len(kinds) == 1 else ()
    return [*([tied] if tied else []), *((role,) for role in sorted(chosen) if role not in tied)]
