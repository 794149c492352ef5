"""The cases that stand beside each rule, run through the code that matches rules to candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rigfit.candidates.matching import RuleSet
from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.estimate.pipeline import architecture_of
from rigfit.knowledge import Knowledge
from rigfit.knowledge.matching import machine_facts
from rigfit.machine import simulate
from rigfit.schema.catalog import Component, Model
from rigfit.schema.request import MachineRequest
from rigfit.schema.rules import Rule, RuleExample, Warn

_DENOISERS = ("denoiser", "denoiser_high")
_PLAIN = ("runtime", "feature", "placement", "cache", "task", "covers", "use", "sells_output", "experimental_allowed")


def check(knowledge: Knowledge, places: Places, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Rules without an example, without one they speak of, and examples that come out another way."""
    for rule in rules:
        where = places.where("rules", rule.id)
        if not rule.examples:
            text = "no example stands beside the rule: add `examples: [{..., matches: true}]`"
            yield Problem(where, rule.id, "examples", text)
            continue
        if not any(example.matches for example in rule.examples):
            yield Problem(where, rule.id, "examples", "no example that it speaks of: add one with `matches: true`")
        for number, example in enumerate(rule.examples):
            here = places.where("rules", rule.id, "examples", number)
            try:
                speaks = matches(rule, example, knowledge)
            except KeyError as unknown:
                yield Problem(here, rule.id, f"examples.{number}", f"no entry {unknown.args[0]!r}")
                continue
            if speaks != example.matches:
                text = "the rule speaks of this case" if speaks else "the rule does not speak of this case"
                said = f"{text}, but the example says matches: {str(example.matches).lower()}"
                yield Problem(here, rule.id, f"examples.{number}", said)


def matches(rule: Rule, example: RuleExample, knowledge: Knowledge) -> bool:
    """Whether a rule is among those that match a case.

    Raises:
        KeyError: when the case names something that does not exist.
    """
    device = _device(example, knowledge)
    # Rule sets answer with what matching rules do; as a warning any rule shows whether it matched.
    probe = rule.model_copy(update={"then": Warn(do="warn")})
    return bool(RuleSet([probe], rule.about, device).verdict(_subject(example, knowledge)).warnings)


def _device(example: RuleExample, knowledge: Knowledge) -> dict[str, Any]:
    if example.gpu is not None and example.gpu not in knowledge.index("gpus"):
        raise KeyError(example.gpu)
    gpus = (example.gpu,) if example.gpu is not None else ()
    machine = simulate(knowledge, MachineRequest(gpus=gpus, os=example.os))
    return machine_facts(machine.os, machine.gpus[0] if machine.gpus else None)


def _subject(example: RuleExample, knowledge: Knowledge) -> dict[str, Any]:
    """What the rules may test of a case: given, or following from what is given."""
    facts: dict[str, Any] = {name: getattr(example, name) for name in _PLAIN if getattr(example, name) is not None}
    model = knowledge.index("models")[example.model] if example.model is not None else None
    if model is not None:
        facts |= {"model": model.id, "family": model.family, "maturity": model.maturity}
    if (component := _component(example, model, knowledge)) is not None:
        architecture = architecture_of(component, knowledge)
        network = architecture.network if architecture is not None else None
        facts |= {"component": component.id, "kind": component.kind, "network": network}
    if example.precision is not None:
        precision = knowledge.index("precisions")[example.precision]
        facts |= {"precision": precision.id, "tag": precision.tags, "container": precision.container}
    if example.licence is not None:
        licence = knowledge.index("licences")[example.licence]
        facts |= {"licence": licence.id, "commercial": licence.commercial, "output_sale": licence.output_sale}
    return facts


def _component(example: RuleExample, model: Model | None, knowledge: Knowledge) -> Component | None:
    """The component that is named, else the model's denoiser, else its only component."""
    components: dict[str, Component] = knowledge.index("components")
    if example.component is not None:
        return components[example.component]
    if model is None:
        return None
    of_role = next((model.components[role] for role in _DENOISERS if role in model.components), None)
    if of_role is None and len(model.components) == 1:
        of_role = next(iter(model.components.values()))
    return components[of_role] if of_role is not None else None
