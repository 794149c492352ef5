"""What a machine's cards do natively, by emulation or not, by the verdicts in rules/."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rigfit.knowledge import Knowledge
from rigfit.knowledge.matching import agrees, conditions, machine_facts
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.rules import MACHINE_FIELDS, PrecisionOrder, When


@dataclass(frozen=True)
class FeatureVerdict:
    """One format, kernel or engine on one card."""

    feature: str
    title: str
    kind: str
    support: Literal["native", "emulated", "no", "unknown"]
    reason: str
    source: str
    """Id of the source."""
    source_title: str
    origin: str
    """File and line of the statement."""
    storage: str | None
    fallback: tuple[str, ...]
    """What to use instead, where the card is not as good at it as others."""


_KINDS = ("format", "attention", "engine")


def matches(when: When, os: str, gpu: Gpu | None) -> bool:
    """Whether the machine fields of a `when` agree with a card, or with the processor where `gpu` is None.

    Fields that say nothing about machines are not looked at. What is not known of a card never agrees.
    """
    facts = machine_facts(os, gpu)
    return all(agrees(name, wanted, facts) for name, wanted in conditions(when) if name in MACHINE_FIELDS)


def hardware_features(machine: Machine, knowledge: Knowledge) -> dict[str, tuple[FeatureVerdict, ...]]:
    """Every feature of rules/ judged for every card; for the processor where there is no card.

    Returns:
        Name of the card (or of the processor) -> verdicts: formats, then attention kernels, then engines.
    """
    subjects: list[tuple[str, Gpu | None]] = [(gpu.name, gpu) for gpu in machine.gpus] or [(machine.cpu.name, None)]
    sources = knowledge.index("sources")
    result: dict[str, tuple[FeatureVerdict, ...]] = {}
    for name, gpu in subjects:
        found: list[FeatureVerdict] = []
        for feature in sorted(knowledge.rulebook.hardware_features, key=lambda f: (_KINDS.index(f.kind), f.id)):
            verdict = next((v for v in feature.verdicts if matches(v.when, machine.os, gpu)), None)
            if verdict is None:
                continue
            source = sources.get(verdict.source)
            # Where no card is native (formats that are always unpacked), emulation is as good as it gets.
            best = "native" if any(v.support == "native" for v in feature.verdicts) else "emulated"
            found.append(
                FeatureVerdict(
                    feature=feature.id,
                    title=feature.title,
                    kind=feature.kind,
                    support=verdict.support,
                    reason=verdict.reason,
                    source=verdict.source,
                    source_title=source.title if source is not None else verdict.source,
                    origin=feature.origin,
                    storage=feature.storage if verdict.support != best else None,
                    fallback=feature.fallback if verdict.support != best else (),
                )
            )
        result[name] = tuple(found)
    return result


def precision_order(machine_os: str, gpu: Gpu | None, knowledge: Knowledge) -> PrecisionOrder | None:
    """Which precisions run best on a card where memory allows any; None where rules/ do not say."""
    orders = (o for o in knowledge.rulebook.precision_orders if matches(o.when, machine_os, gpu))
    # A statement about an architecture is closer than one about a backend.
    return min(orders, key=lambda o: (not o.when.gpu_architecture, o.id), default=None)
