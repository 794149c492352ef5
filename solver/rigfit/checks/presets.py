"""Every preset must work on the smallest card it is stated for."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.schema.catalog import GpuSpec, Preset
from rigfit.schema.request import MachineRequest
from rigfit.solve import solve
from rigfit.units import format_memory


def card_of(knowledge: Knowledge, preset: Preset) -> GpuSpec | None:
    """The newest desktop NVIDIA card with just the memory of the preset's tier."""
    cards = [
        spec
        for spec in knowledge.catalog.gpus
        if spec.backend == "cuda" and spec.kind == "desktop" and spec.memory.value == preset.tier.value
    ]
    return max(cards, key=lambda s: (s.compute_capability or "", s.id), default=None)


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Presets that find no bundle on their tier, with the memory that is assumed where none is stated."""
    for preset in knowledge.catalog.presets:
        where = places.where("presets", preset.id, "tier")
        card = card_of(knowledge, preset)
        if card is None:
            text = f"no desktop card of {format_memory(preset.tier.value)} is known: state a tier that exists"
            yield Problem(where, preset.id, "tier", text)
            continue
        answer = solve(preset.request, simulate(knowledge, MachineRequest(gpus=(card.id,))), knowledge)
        if not answer.bundles:
            closest = "; ".join(one.text for one in answer.explanation.closest[:1])
            text = f"does not solve on {card.title}: {closest or answer.explanation.summary}; raise the tier or ease it"
            yield Problem(where, preset.id, "tier", text)
