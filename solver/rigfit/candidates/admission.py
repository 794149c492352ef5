"""Admission: on which runtimes and devices a model may run at all, in which variants, with which add-ons.

Depends only on the machine's class (architecture, backend, operating system), never on its capacities.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from rigfit.candidates.device import Device
from rigfit.candidates.features import best_grade, providers
from rigfit.candidates.licences import Licensing
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.estimate.pipeline import Part, weigh
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Addon, Component, Model, NodePackage, Runtime, Variant, WeightFile
from rigfit.schema.request import Policies, TaskRequest


@dataclass(frozen=True)
class Admitted:
    """A component in a variant that a runtime loads on a device."""

    part: Part
    nodes: tuple[str, ...]
    """Node packages it needs there."""
    time: int
    """Permille of the time it would take otherwise."""
    value: int
    """Permille of the quality, as rules/ have it."""
    vram: int
    """Bytes of working memory more."""


@dataclass(frozen=True)
class AddonSet:
    """Some add-ons, and what the features are worth with them."""

    addons: tuple[Addon, ...]
    parts: tuple[Admitted, ...]
    value: int
    """Permille of the base quality."""


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


Provider = tuple[Addon, tuple[Admitted, ...]]
"""An add-on and the parts it brings."""

# Every further wish doubles the sets to compare; a request with more gets the first ones considered.
_MOST_WISHES = 4


class Admission:
    """Judges models for one set of policies on the devices of one machine."""

    def __init__(self, knowledge: Knowledge, devices: list[Device], policies: Policies) -> None:
        self.knowledge = knowledge
        self.devices = devices
        self.policies = policies
        self.licensing = Licensing(knowledge, policies)
        self._components: dict[str, Component] = knowledge.index("components")
        self._runtimes: dict[str, Runtime] = knowledge.index("runtimes")
        self._nodes: dict[str, NodePackage] = knowledge.index("nodes")
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
                reasons.append(_missing(feature, model, None))
        return reasons

    def branches(self, model: Model, task: TaskRequest, reasons: list[Reason]) -> Iterator[Branch]:
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
                if of_nodes := self._refused_nodes(model.runtimes[runtime_id].nodes):
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
        addons = self._addon_sets(model, runtime, device, task, reasons)
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
            if all(chosen.values()):
                groups = tuple(_alternatives(group, chosen) for group in _tied(model, self._components, chosen))
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
            admitted = self._admit(role, component, variant, model, runtime, device, reasons)
            if admitted is None:
                continue
            if component.kind == "denoiser" and not self._features_work(
                admitted.part, model, runtime, device, task, reasons
            ):
                continue
            yield admitted

    def _admit(
        self,
        role: str,
        component: Component,
        variant: Variant,
        model: Model,
        runtime: Runtime,
        device: Device,
        reasons: list[Reason],
    ) -> Admitted | None:
        verdict = device.variant(variant, component, model, runtime)
        subject = f"{component.title} {variant.key}"
        if verdict.forbidden_by:
            reasons += [from_rule(r, device.names(subject, model, runtime)) for r in verdict.forbidden_by]
            return None
        if verdict.admitted_by is None:
            text = f"{subject}: {runtime.title} loads no {variant.precision} on {device.name}"
            reasons.append(Reason("support.none", subject, text, "request", None, component.origin))
            return None
        if refusals := self._refused_nodes(verdict.nodes):
            reasons.extend(refusals)
            return None
        weights, derived = weigh(component, variant, self.knowledge)
        part = Part(role, component, variant, weights, derived)
        return Admitted(part, verdict.nodes, verdict.time, verdict.value, verdict.vram)

    def _refused_nodes(self, nodes: tuple[str, ...]) -> list[Reason]:
        """Licences of node packages that the policies do not allow."""
        return [reason for node in nodes for reason in self.licensing.of_code(self._nodes[node]).refusals]

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

    def _addon_sets(
        self, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: list[Reason]
    ) -> tuple[AddonSet, ...]:
        """Sets of add-ons to choose from, what is needed with every choice of wishes; empty when a need is not met."""
        grades = self.knowledge.grades
        serves = model.serves[task.task]
        worth = 1000
        needed: dict[str, Provider] = {}
        for feature in task.features:
            graded = best_grade(feature, serves.features)
            if graded is None and feature == "lora":
                continue
            if graded is None:
                provider = self._provider(feature, model, runtime, device, reasons)
                if provider is None:
                    return ()
                needed[provider[0].id] = provider
                graded = best_grade(feature, provider[0].provides)
            worth = worth * (grades.feature[graded.grade] if graded is not None else 1000) // 1000
        if task.style != "no_preference":
            style = serves.styles.get(task.style)
            worth = worth * (grades.style[style.grade] if style is not None else grades.style_missing) // 1000
        open_wishes: dict[str, tuple[Provider, list[int]]] = {}
        for wish in task.wishes:
            graded = best_grade(wish, serves.features)
            if graded is not None or (wish == "lora" and model.lora):
                worth = worth * (grades.feature[graded.grade] if graded is not None else 1000) // 1000
                continue
            worth = worth * grades.wish_missing // 1000
            provider = self._provider(wish, model, runtime, device, [])
            granted = best_grade(wish, provider[0].provides) if provider is not None else None
            if provider is not None and granted is not None:
                # Meeting the wish takes the factor for missing it back.
                gain = grades.feature[granted.grade] * 1000 // grades.wish_missing
                open_wishes.setdefault(provider[0].id, (provider, []))[1].append(gain)
        return tuple(_wish_sets(needed, list(open_wishes.values())[:_MOST_WISHES], worth))

    def _provider(
        self, feature: str, model: Model, runtime: Runtime, device: Device, reasons: list[Reason]
    ) -> Provider | None:
        """The best add-on for a feature that licences and maturity allow, with its parts."""
        found = providers(feature, model, runtime.id, self.knowledge.catalog.addons)
        if not found:
            reasons.append(_missing(feature, model, runtime))
        for addon in found:
            if addon.maturity == "experimental" and not self.policies.experimental:
                text = f"{addon.title} is experimental"
                reasons.append(Reason("maturity.experimental", addon.title, text, "policy", None, addon.origin))
                continue
            components = [self._components[component] for component in addon.components.values()]
            refusals = self._refused_nodes(addon.runtimes[runtime.id].nodes)
            refusals += [r for component in components for r in self.licensing.of_component(component).refusals]
            if refusals:
                reasons.extend(refusals)
                continue
            parts = [
                self._best_variant(f"{addon.id}.{role}", self._components[component], model, runtime, device, reasons)
                for role, component in sorted(addon.components.items())
            ]
            if None not in parts:
                return addon, tuple(part for part in parts if part is not None)
        return None

    def _best_variant(
        self, role: str, component: Component, model: Model, runtime: Runtime, device: Device, reasons: list[Reason]
    ) -> Admitted | None:
        """The variant of an add-on's component that keeps most quality here; the smaller one of equals."""
        admitted = [
            one
            for variant in sorted(component.variants, key=lambda v: v.key)
            if (one := self._admit(role, component, variant, model, runtime, device, reasons)) is not None
        ]
        return min(
            admitted,
            key=lambda one: (-retention(one.part, self.knowledge) * one.value, one.part.weights, one.part.variant.key),
            default=None,
        )


def retention(part: Part, knowledge: Knowledge) -> int:
    """Permille of the full-precision quality that a variant keeps: its own measured value, else its precision's."""
    if part.variant.retention is not None:
        return part.variant.retention.value
    kept = knowledge.index("precisions")[part.variant.precision].retention
    kind = part.component.kind
    if kind == "denoiser":
        name = part.component.architecture
        network = knowledge.index("architectures")[name].network if name is not None else "other"
    else:
        network = {"text_encoder": "text_encoder", "vision": "text_encoder", "llm": "llm"}.get(kind, "other")
    fact = kept.get(network) or kept.get("other")
    return fact.value if fact is not None else 1000


def is_named(model: Model, names: tuple[str, ...]) -> bool:
    """The model itself (not only its family) is among names."""
    return model.id in names or any(alias in names for alias in model.aliases)


def _missing(feature: str, model: Model, runtime: Runtime | None) -> Reason:
    where = f" in {runtime.title}" if runtime is not None else ""
    return Reason(
        "feature.missing", model.title, f"{model.title} has no {feature}{where}", "request", None, model.origin
    )


def _wish_sets(needed: dict[str, Provider], wishes: list[tuple[Provider, list[int]]], worth: int) -> Iterator[AddonSet]:
    """The needed add-ons with every choice of the wished ones, fewest first."""
    for count in range(len(wishes) + 1):
        for chosen in combinations(wishes, count):
            value = worth
            for gain in (gain for _, gains in chosen for gain in gains):
                value = value * gain // 1000
            held = {**needed, **{provider[0].id: provider for provider, _ in chosen}}
            pairs = [held[key] for key in sorted(held)]
            parts = {(one.part.component.id, one.part.variant.key): one for _, found in pairs for one in found}
            yield AddonSet(tuple(addon for addon, _ in pairs), tuple(parts[key] for key in sorted(parts)), value)


def _alternatives(group: tuple[str, ...], chosen: dict[str, list[Admitted]]) -> tuple[tuple[Admitted, ...], ...]:
    """What a group of roles can be: one variant each; the experts of a pair share theirs."""
    if len(group) == 1:
        return tuple((one,) for one in chosen[group[0]])
    by_key = [{one.part.variant.key: one for one in chosen[role]} for role in group]
    return tuple(tuple(found[key] for found in by_key) for key in sorted(by_key[0]))


def _tied(model: Model, components: dict[str, Component], chosen: dict[str, list[Admitted]]) -> list[tuple[str, ...]]:
    """Roles in groups chosen together: denoisers that come in the same variants are the experts of one model."""
    denoisers = [role for role in sorted(chosen) if components[model.components[role]].kind == "denoiser"]
    keys = {tuple(one.part.variant.key for one in chosen[role]) for role in denoisers}
    tied = tuple(denoisers) if len(denoisers) > 1 and len(keys) == 1 else ()
    return [*([tied] if tied else []), *((role,) for role in sorted(chosen) if role not in tied)]
