"""Admission: on which runtimes and devices a model may run at all, in which variants, with which add-ons.

Depends only on the machine's class (architecture, backend, operating system), never on its capacities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rigfit.candidates.addons import Addons, AddonSet, missing
from rigfit.candidates.device import Device
from rigfit.candidates.features import best_grade, providers
from rigfit.candidates.licences import Licensing
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.candidates.variants import Admitted, Variants
from rigfit.estimate.pipeline import Part
from rigfit.knowledge import Knowledge
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
        self.tangled_nodes = frozenset(node for c in knowledge.catalog.node_conflicts for node in c.nodes)
        """Node packages that conflict with another."""

    def refusals(self, model: Model, task: TaskRequest) -> list[Reason]:
        """Reasons against a model that hold on every runtime and device."""
        if model.exclude_from_defaults and not is_named(model, task.models):
            text = f"{model.title} is offered only when asked for by name: {model.exclude_from_defaults}"
            return [Reason("defaults.excluded", model.title, text, "request", None, model.origin)]
        reasons: list[Reason] = []
        for component in dict.fromkeys(model.components.values()):
            reasons += self.licensing.of_component(self._components[component]).refusals
        reasons += self.licensing.of_code(model).refusals
        serves = model.serves[task.task]
        for feature in task.features:
            native = best_grade(feature, serves.features) is not None or (feature == "lora" and model.lora)
            if not native and not providers(feature, model, None, self.knowledge.catalog.addons):
                reasons.append(missing(feature, model, None))
        return reasons

    def branches(
        self,
        model: Model,
        task: TaskRequest,
        reasons: list[Reason],
        hopeless: Callable[[Runtime, Device], bool] | None = None,
    ) -> Iterator[Branch]:
        """Every runtime x device x packaging on which the rules admit the model; what they refuse goes to `reasons`."""
        for runtime_id in sorted(model.runtimes):
            runtime = self._runtimes[runtime_id]
            if self.policies.runtimes and runtime.id not in self.policies.runtimes:
                text = f"{model.title} in {runtime.title}: the request asks for {', '.join(self.policies.runtimes)}"
                reasons.append(Reason("request.runtime", model.title, text, "request", None, runtime.origin))
                continue
            if refusals := self.licensing.of_code(runtime).refusals:
                reasons.extend(refusals)
                continue
            for device in self.devices:
                if not device.hosts(runtime):
                    text = f"{runtime.title} does not run on {device.name} ({device.backend} on {device.machine.os})"
                    reasons.append(
                        Reason("runtime.platform", model.title, text, "machine", runtime.source, runtime.origin)
                    )
                    continue
                if hopeless is not None and hopeless(runtime, device):
                    continue
                if of_nodes := self.variants.refused_nodes(model.runtimes[runtime_id].nodes):
                    reasons.extend(of_nodes)
                    continue
                verdict = device.model(model, runtime, task.task, self.policies.experimental)
                if verdict.forbidden_by:
                    reasons += [from_rule(r, device.names(model.title, model, runtime)) for r in verdict.forbidden_by]
                    continue
                yield from self._packagings(model, runtime, device, task, reasons)

    def _packagings(
        self, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: list[Reason]
    ) -> Iterator[Branch]:
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
                yield Branch(model, runtime, device, packaging, file, frozenset(contains), groups, addons)

    def _variants(
        self,
        role: str,
        component: Component,
        model: Model,
        runtime: Runtime,
        device: Device,
        task: TaskRequest,
        reasons: list[Reason],
    ) -> Iterator[Admitted]:
        """Variants of a component that this runtime loads here and that do what is needed."""
        locked = task.variants.get(role)
        for variant in sorted(component.variants, key=lambda v: v.key):
            if locked is not None and variant.key != locked:
                continue
            if variant.only_runtimes and runtime.id not in variant.only_runtimes:
                continue
            admitted = self.variants.admit(role, component, variant, model, runtime, device, reasons)
            if admitted is None:
                continue
            if component.kind == "denoiser" and not self._features_work(
                admitted.part, model, runtime, device, task, reasons
            ):
                continue
            yield admitted

    def _features_work(
        self, part: Part, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: list[Reason]
    ) -> bool:
        """Every needed feature works with the denoiser in this variant on this runtime."""
        subject = part.name
        fine = True
        for feature in task.features:
            verdict = device.feature(feature, part.variant, part.component, model, runtime)
            if verdict.forbidden_by:
                reasons += [from_rule(r, device.names(subject, model, runtime)) for r in verdict.forbidden_by]
                fine = False
            elif feature == "lora" and verdict.admitted_by is None:
                text = f"{subject} takes no LoRA in {runtime.title}"
                reasons.append(Reason("lora.none", subject, text, "request", None, part.component.origin))
                fine = False
        return fine


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
