"""Which variants of a component a runtime loads on a device, and what they keep of the quality."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit.candidates.device import Device
from rigfit.candidates.licences import Licensing
from rigfit.candidates.reasons import Gate, Held, Reason, from_rule
from rigfit.estimate.pipeline import Part, weigh
from rigfit.knowledge import Knowledge
from rigfit.nodes import refused
from rigfit.problem import Changeable
from rigfit.schema.catalog import Component, Model, NodePackage, Runtime, Variant
from rigfit.schema.clash import Clash


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
    held: Held = ()
    """Guards that keep it back, where the expansion is open."""


class Variants:
    """Judges variants; what they need must be allowed by the licences too."""

    def __init__(self, knowledge: Knowledge, licensing: Licensing) -> None:
        self.knowledge = knowledge
        self.licensing = licensing
        self._nodes: dict[str, NodePackage] = knowledge.index("nodes")

    def admit(
        self,
        role: str,
        component: Component,
        variant: Variant,
        model: Model,
        runtime: Runtime,
        device: Device,
        reasons: Gate,
    ) -> Admitted | None:
        """A variant as a runtime loads it on a device; None, and why in `reasons`, where it does not."""
        verdict = device.variant(variant, component, model, runtime)
        subject = f"{component.title} {variant.key}"
        found = [from_rule(r, device.names(subject, model, runtime)) for r in verdict.forbidden_by]
        if not found and verdict.admitted_by is None:
            text = f"{subject}: {runtime.title} loads no {variant.precision} on {device.name}"
            guard = device.elsewhere(variant, component, model, runtime) if reasons.is_open else ""
            changeable: Changeable = "machine" if guard else "request"
            found = [Reason("support.none", subject, text, changeable, None, component.origin, guard=guard)]
        found += self.refused_nodes(verdict.nodes)
        held = reasons.stop(found, device.gpu)
        if held is None:
            return None
        weights, derived = weigh(component, variant, self.knowledge, model, runtime.id)
        part = Part(role, component, variant, weights, derived)
        return Admitted(part, verdict.nodes, verdict.time, verdict.value, verdict.vram, held)

    def refused_nodes(self, nodes: tuple[str, ...]) -> list[Reason]:
        """Licences of node packages that the policies do not allow, and packages that their runtime cannot take."""
        found = [reason for node in nodes for reason in self.licensing.of_code(self._nodes[node]).refusals]
        clashes = refused(self.knowledge)
        return found + [self._clashing(clashes[node]) for node in nodes if node in clashes]

    def _clashing(self, clash: Clash) -> Reason:
        node, runtime = self._nodes[clash.members[0]], self.knowledge.index("runtimes")[clash.runtime]
        text = f"{node.title} cannot be installed into {runtime.title}: {clash.reason}"
        entry = self.knowledge.index("requirements").get(node.id, node)
        return Reason(f"nodes.{clash.kind}", node.title, text, "nobody", None, entry.origin)

    def best(
        self, role: str, component: Component, model: Model, runtime: Runtime, device: Device, reasons: Gate
    ) -> Admitted | None:
        """The variant of an add-on's component that keeps most quality here; the smaller one of equals.

        Where the expansion is open, one that nothing holds back comes first.
        """
        admitted = [
            one
            for variant in sorted(component.variants, key=lambda v: v.key)
            if (one := self.admit(role, component, variant, model, runtime, device, reasons)) is not None
        ]
        return min(
            admitted,
            key=lambda one: (
                len(one.held),
                -retention(one.part, self.knowledge) * one.value,
                one.part.weights,
                one.part.variant.key,
            ),
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
