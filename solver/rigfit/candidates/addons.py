"""Add-ons for the features that a model lacks: what is needed, and every choice of what is wished."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

from rigfit.candidates.device import Device
from rigfit.candidates.features import best_grade, fits, providers
from rigfit.candidates.reasons import Gate, Held, Reason
from rigfit.candidates.variants import Admitted, Variants
from rigfit.estimate.pipeline import Part
from rigfit.schema.catalog import Addon, Component, Model, Runtime
from rigfit.schema.request import Policies, TaskRequest

Provider = tuple[Addon, tuple[Admitted, ...]]
"""An add-on and the parts it brings."""

# Every further wish doubles the sets to compare; a request with more gets the first ones considered.
_MOST_WISHES = 4
# Each needed feature that add-ons bring can also be gone without: six of them make this many sets.
_MOST_OPEN_SETS = 64


@dataclass(frozen=True)
class AddonSet:
    """Some add-ons, and what the features are worth with them."""

    addons: tuple[Addon, ...]
    parts: tuple[Admitted, ...]
    value: int
    """Permille of the base quality."""
    features: tuple[str, ...]
    """Needed features, then the wishes that these add-ons meet."""
    native: tuple[tuple[str, int], ...]
    """Wishes that the model itself meets, with the permille they are worth."""
    held: Held = ()
    """Guards that keep it back, where the expansion is open: features that it lacks among them."""


@dataclass(frozen=True)
class Effects:
    """What the features of an add-on set do to a denoiser in one variant."""

    works: bool
    time: int
    """Permille of the time it would take otherwise."""
    value: int
    """Permille of the quality."""
    met: tuple[str, ...]
    """Features that work: all that are needed, and the wishes that this variant does not rule out."""


class Addons:
    """Finds add-ons and judges how they go with a variant."""

    def __init__(self, variants: Variants, policies: Policies) -> None:
        self.knowledge = variants.knowledge
        self.variants = variants
        self.policies = policies
        self._components: dict[str, Component] = self.knowledge.index("components")
        self._fitting: dict[str, list[Addon]] = {}
        self._providers: dict[tuple[str, str, str], list[Addon]] = {}

    def effects(self, part: Part, addons: AddonSet, model: Model, runtime: Runtime, device: Device) -> Effects:
        """What rules say about a variant of the denoiser together with the features of an add-on set.

        A feature that an add-on brings and the variant rules out makes the pair impossible. A wish that the model
        itself would meet, and this variant does not, is a wish missed.
        """
        time = value = 1000
        for feature in addons.features:
            verdict = device.feature(feature, part.variant, part.component, model, runtime)
            if verdict.forbidden_by or (feature == "lora" and verdict.admitted_by is None):
                return Effects(False, time, value, ())
            time, value = time * verdict.time // 1000, value * verdict.value // 1000
        met = list(addons.features)
        for feature, worth in addons.native:
            verdict = device.feature(feature, part.variant, part.component, model, runtime)
            if verdict.forbidden_by or (feature == "lora" and verdict.admitted_by is None):
                value = value * self.knowledge.grades.wish_missing // worth
            else:
                met.append(feature)
        return Effects(True, time, value, tuple(met))

    def sets(
        self, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: Gate
    ) -> tuple[AddonSet, ...]:
        """Sets of add-ons to choose from, what is needed with every choice of wishes; empty when a need is not met."""
        if reasons.is_open:
            return self._open_sets(model, runtime, device, task, reasons)
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
        open_wishes: dict[str, tuple[Provider, list[tuple[str, int]]]] = {}
        native: list[tuple[str, int]] = []
        for wish in (wish for wish in task.wishes if wish not in task.features):
            graded = best_grade(wish, serves.features)
            if graded is not None or (wish == "lora" and model.lora):
                native.append((wish, grades.feature[graded.grade] if graded is not None else 1000))
                worth = worth * native[-1][1] // 1000
                continue
            worth = worth * grades.wish_missing // 1000
            provider = self._provider(wish, model, runtime, device, Gate())
            granted = best_grade(wish, provider[0].provides) if provider is not None else None
            if provider is not None and granted is not None:
                # Meeting the wish takes the factor for missing it back.
                gain = grades.feature[granted.grade] * 1000 // grades.wish_missing
                open_wishes.setdefault(provider[0].id, (provider, []))[1].append((wish, gain))
        wishes = list(open_wishes.values())[:_MOST_WISHES]
        return tuple(_wish_sets(needed, wishes, worth, task.features, tuple(native)))

    def _open_sets(
        self, model: Model, runtime: Runtime, device: Device, task: TaskRequest, reasons: Gate
    ) -> tuple[AddonSet, ...]:
        """Every way to meet the needed features or to go without, each with the guards that hold it back."""
        serves = model.serves[task.task]
        choices: list[list[tuple[str | None, Provider | None, Held]]] = []
        for feature in task.features:
            if best_grade(feature, serves.features) is not None or feature == "lora":
                choices.append([(feature, None, ())])
                continue
            found: list[tuple[str | None, Provider | None, Held]] = []
            for addon in self._offering(feature, model, runtime):
                held = reasons.stop(self.refusals(addon, runtime))
                parts = [
                    self.variants.best(f"{addon.id}.{role}", self._components[name], model, runtime, device, reasons)
                    for role, name in sorted(addon.components.items())
                ]
                if held is not None and None not in parts:
                    brought = tuple(part for part in parts if part is not None)
                    found.append((feature, (addon, brought), (*held, *(h for part in brought for h in part.held))))
            lacking = reasons.stop([missing(feature, model, runtime)])
            choices.append([*found, *([(None, None, lacking)] if lacking is not None else [])])
        return tuple(self._open_set(chosen, model, task) for chosen in islice(product(*choices), _MOST_OPEN_SETS))

    def _open_set(
        self, chosen: Sequence[tuple[str | None, Provider | None, Held]], model: Model, task: TaskRequest
    ) -> AddonSet:
        grades, serves, worth = self.knowledge.grades, model.serves[task.task], 1000
        used = {provider[0].id: provider for _, provider, _ in chosen if provider is not None}
        for feature, provider, _ in chosen:
            graded = best_grade(feature, provider[0].provides if provider else serves.features) if feature else None
            worth = worth * (grades.feature[graded.grade] if graded is not None else 1000) // 1000
        return AddonSet(
            tuple(used[key][0] for key in sorted(used)),
            tuple(part for key in sorted(used) for part in used[key][1]),
            worth,
            tuple(feature for feature, _, _ in chosen if feature is not None),
            (),
            tuple(h for _, _, held in chosen for h in held),
        )

    def _provider(self, feature: str, model: Model, runtime: Runtime, device: Device, reasons: Gate) -> Provider | None:
        """The best add-on for a feature that licences and maturity allow, with its parts."""
        found = self._offering(feature, model, runtime)
        if not found:
            reasons.append(missing(feature, model, runtime))
        for addon in found:
            refusals = self.refusals(addon, runtime)
            if refusals:
                reasons.extend(refusals)
                continue
            parts = [
                self.variants.best(f"{addon.id}.{role}", self._components[component], model, runtime, device, reasons)
                for role, component in sorted(addon.components.items())
            ]
            if None not in parts:
                return addon, tuple(part for part in parts if part is not None)
        return None

    def _offering(self, feature: str, model: Model, runtime: Runtime) -> list[Addon]:
        """Add-ons for a feature, best first; asked again for every device and packaging."""
        key = (feature, model.id, runtime.id)
        if key not in self._providers:
            if model.id not in self._fitting:
                self._fitting[model.id] = [addon for addon in self.knowledge.catalog.addons if fits(addon, model)]
            self._providers[key] = providers(feature, model, runtime.id, self._fitting[model.id])
        return self._providers[key]

    def refusals(self, addon: Addon, runtime: Runtime) -> list[Reason]:
        """Why an add-on may not be used on a runtime: its maturity, licences of its parts and nodes."""
        refusals: list[Reason] = []
        if addon.maturity == "experimental" and not self.policies.experimental:
            text = f"{addon.title} is experimental"
            rule = "maturity.experimental"
            refusals = [Reason(rule, addon.title, text, "policy", None, addon.origin, guard="experimental")]
        refusals += self.variants.refused_nodes(addon.runtimes[runtime.id].nodes)
        components = [self._components[component] for component in addon.components.values()]
        return refusals + [r for c in components for r in self.variants.licensing.of_component(c).refusals]


def missing(feature: str, model: Model, runtime: Runtime | None) -> Reason:
    """The refusal of a model that lacks a feature, on a runtime or anywhere."""
    where = f" in {runtime.title}" if runtime is not None else ""
    text = f"{model.title} has no {feature}{where}"
    return Reason("feature.missing", model.title, text, "request", None, model.origin, guard=f"feature:{feature}")


def _wish_sets(
    needed: dict[str, Provider],
    wishes: list[tuple[Provider, list[tuple[str, int]]]],
    worth: int,
    features: tuple[str, ...],
    native: tuple[tuple[str, int], ...],
) -> Iterator[AddonSet]:
    """The needed add-ons with every choice of the wished ones, fewest first."""
    for count in range(len(wishes) + 1):
        for chosen in combinations(wishes, count):
            value = worth
            met = [pair for _, gains in chosen for pair in gains]
            for _, gain in met:
                value = value * gain // 1000
            held = {**needed, **{provider[0].id: provider for provider, _ in chosen}}
            pairs = [held[key] for key in sorted(held)]
            parts = {(one.part.component.id, one.part.variant.key): one for _, found in pairs for one in found}
            yield AddonSet(
                tuple(addon for addon, _ in pairs),
                tuple(parts[key] for key in sorted(parts)),
                value,
                (*features, *(wish for wish, _ in met)),
                native,
            )
