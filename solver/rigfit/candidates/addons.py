"""Add-ons for the features that a model lacks: what is needed, and every choice of what is wished."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from rigfit.candidates.device import Device
from rigfit.candidates.features import best_grade, providers
from rigfit.candidates.reasons import Reason
from rigfit.candidates.variants import Admitted, Variants
from rigfit.estimate.pipeline import Part
from rigfit.schema.catalog import Addon, Component, Model, Runtime
from rigfit.schema.request import Policies, TaskRequest

Provider = tuple[Addon, tuple[Admitted, ...]]
"""An add-on and the parts it brings."""

# Every further wish doubles the sets to compare; a request with more gets the first ones considered.
_MOST_WISHES = 4


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
        open_wishes: dict[str, tuple[Provider, list[tuple[str, int]]]] = {}
        native: list[tuple[str, int]] = []
        for wish in (wish for wish in task.wishes if wish not in task.features):
            graded = best_grade(wish, serves.features)
            if graded is not None or (wish == "lora" and model.lora):
                native.append((wish, grades.feature[graded.grade] if graded is not None else 1000))
                worth = worth * native[-1][1] // 1000
                continue
            worth = worth * grades.wish_missing // 1000
            provider = self._provider(wish, model, runtime, device, [])
            granted = best_grade(wish, provider[0].provides) if provider is not None else None
            if provider is not None and granted is not None:
                # Meeting the wish takes the factor for missing it back.
                gain = grades.feature[granted.grade] * 1000 // grades.wish_missing
                open_wishes.setdefault(provider[0].id, (provider, []))[1].append((wish, gain))
        wishes = list(open_wishes.values())[:_MOST_WISHES]
        return tuple(_wish_sets(needed, wishes, worth, task.features, tuple(native)))

    def _provider(
        self, feature: str, model: Model, runtime: Runtime, device: Device, reasons: list[Reason]
    ) -> Provider | None:
        """The best add-on for a feature that licences and maturity allow, with its parts."""
        found = providers(feature, model, runtime.id, self.knowledge.catalog.addons)
        if not found:
            reasons.append(missing(feature, model, runtime))
        for addon in found:
            if addon.maturity == "experimental" and not self.policies.experimental:
                text = f"{addon.title} is experimental"
                reasons.append(Reason("maturity.experimental", addon.title, text, "policy", None, addon.origin))
                continue
            components = [self._components[component] for component in addon.components.values()]
            refusals = self.variants.refused_nodes(addon.runtimes[runtime.id].nodes)
            refusals += [
                r for component in components for r in self.variants.licensing.of_component(component).refusals
            ]
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


def missing(feature: str, model: Model, runtime: Runtime | None) -> Reason:
    """The refusal of a model that lacks a feature, on a runtime or anywhere."""
    where = f" in {runtime.title}" if runtime is not None else ""
    return Reason(
        "feature.missing", model.title, f"{model.title} has no {feature}{where}", "request", None, model.origin
    )


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
