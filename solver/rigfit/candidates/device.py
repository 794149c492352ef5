"""One place where work can happen (a card, or the processor) and what the rules say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rigfit.candidates.matching import RuleSet, Verdict
from rigfit.estimate.pipeline import architecture_of
from rigfit.estimate.time import Speeds, speeds
from rigfit.knowledge import Knowledge
from rigfit.knowledge.matching import machine_facts
from rigfit.schema.catalog import Component, Model, Runtime, Variant
from rigfit.schema.machine import Machine

_ABOUT = ("variant", "feature", "model", "pipeline")


@dataclass(frozen=True)
class Device:
    """A card by its index in the machine, or the processor (None)."""

    machine: Machine
    gpu: int | None
    knowledge: Knowledge

    @cached_property
    def name(self) -> str:
        """How people call it."""
        return "the processor" if self.gpu is None else self.machine.gpus[self.gpu].name

    @cached_property
    def backend(self) -> str:
        """cuda, rocm, mps, xpu or cpu."""
        return "cpu" if self.gpu is None else self.machine.gpus[self.gpu].backend

    @cached_property
    def unified(self) -> bool:
        """The card's memory is the system's memory."""
        return self.gpu is not None and self.machine.gpus[self.gpu].unified

    @cached_property
    def speeds(self) -> Speeds:
        """Throughput and bus."""
        gpu = None if self.gpu is None else self.machine.gpus[self.gpu]
        return speeds(self.machine, gpu, self.knowledge.time)

    @cached_property
    def _rules(self) -> dict[str, RuleSet]:
        return {about: RuleSet(self.knowledge.rulebook.rules, about, self.facts) for about in _ABOUT}

    def like(self, other: Device) -> Device:
        """Itself, with what is known of another one where the rules see the same in both."""
        if self.facts == other.facts and self.knowledge is other.knowledge:
            for name in ("_rules", "_placed", "_elsewhere"):
                if name in other.__dict__:  # worked out when first asked for
                    self.__dict__[name] = other.__dict__[name]
        return self

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What rules may test of it."""
        return machine_facts(self.machine.os, None if self.gpu is None else self.machine.gpus[self.gpu])

    def fired(self) -> set[str]:
        """Ids of the rules that matched something asked about this device."""
        return {rule for rules in self._rules.values() for rule in rules.fired()}

    def names(self, subject: str, model: Model, runtime: Runtime) -> dict[str, str]:
        """What a rule's reason may speak of."""
        return {"subject": subject, "model": model.title, "runtime": runtime.title, "machine": self.name}

    def hosts(self, runtime: Runtime) -> bool:
        """The runtime works on this backend and operating system."""
        return self.machine.os in runtime.platforms.get(self.backend, ())  # type: ignore[call-overload]

    def variant(
        self, variant: Variant, component: Component, model: Model, runtime: Runtime, placement: str | None = None
    ) -> Verdict:
        """Can the runtime load this variant here (in a placement, if one is named), and how does it compute in it?"""
        facts = self._variant_facts(variant, component, model, runtime)
        return self._rules["variant"].verdict({**facts, "placement": placement} if placement else facts)

    def variants_depend_on_placement(self, runtime: Runtime) -> bool:
        """Some rule about variants in the runtime tests the placement."""
        return self._rules["variant"].tests("placement", runtime.id)

    def has_barred_placements(self, variant: Variant, component: Component, model: Model, runtime: Runtime) -> bool:
        """Some rule keeps the runtime from loading the variant in a placement."""
        facts = self._variant_facts(variant, component, model, runtime)
        return bool(self._placed.verdict(facts).forbidden_by)

    @cached_property
    def _placed(self) -> RuleSet:
        """The rules about variants that test the placement, whatever it is."""
        rules = [rule for rule in self.knowledge.rulebook.rules if rule.when.placement]
        return RuleSet(rules, "variant", self.facts, ignored="placement")

    def elsewhere(self, variant: Variant, component: Component, model: Model, runtime: Runtime) -> str:
        """What of the machine would have to differ for the runtime to load this variant: "architecture" or "platform".

        Empty where the runtime loads it nowhere.
        """
        facts = self._variant_facts(variant, component, model, runtime)
        for guard, rules in self._elsewhere.items():
            if rules.verdict(facts).admitted_by is not None:
                return guard
        return ""

    @cached_property
    def _elsewhere(self) -> dict[str, RuleSet]:
        """The rules about variants on any card of this backend and system, and on any machine."""
        same = {"backend": self.backend, "os": self.machine.os}
        rules = self.knowledge.rulebook.rules
        return {
            "architecture": RuleSet(rules, "variant", same, unknown=True),
            "platform": RuleSet(rules, "variant", {}, unknown=True),
        }

    def feature(self, feature: str, variant: Variant, component: Component, model: Model, runtime: Runtime) -> Verdict:
        """Does a feature work with the denoiser in this variant?"""
        facts = {**self._variant_facts(variant, component, model, runtime), "feature": feature}
        return self._rules["feature"].verdict(facts)

    def least_time(self, runtime: Runtime) -> int:
        """Permille of its time that no variant of a component makes less of here, whatever its features."""
        if self._rules["feature"].least_time(runtime.id) < 1000:  # how many features meet is not known
            return 0
        return self._rules["variant"].least_time(runtime.id)

    def model(self, model: Model, runtime: Runtime | None, task: str, experimental: bool) -> Verdict:
        """May the model be used here at all?"""
        return self._rules["model"].verdict(
            {
                "model": model.id,
                "family": model.family,
                "task": task,
                "maturity": model.maturity,
                "experimental_allowed": experimental,
                "runtime": runtime.id if runtime is not None else None,
            }
        )

    def placement(self, placement: str, model: Model, runtime: Runtime, task: str, cache: str | None = None) -> Verdict:
        """May the runtime place weights like this here, and keep a language model's cache in this precision?"""
        facts: Mapping[str, Any] = {
            "placement": placement,
            "cache": cache,
            "model": model.id,
            "family": model.family,
            "runtime": runtime.id,
            "task": task,
        }
        return self._rules["pipeline"].verdict(facts)

    def _variant_facts(self, variant: Variant, component: Component, model: Model, runtime: Runtime) -> dict[str, Any]:
        precision = self.knowledge.index("precisions")[variant.precision]
        architecture = architecture_of(component, self.knowledge)
        return {
            "runtime": runtime.id,
            "precision": precision.id,
            "tag": precision.tags,
            "container": precision.container,
            "component": component.id,
            "kind": component.kind,
            "model": model.id,
            "family": model.family,
            "network": architecture.network if architecture is not None else None,
        }
