"""What the presets take on the disk: each on a card of the tier it is stated for, and all of them together."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.errors import CatalogError
from rigfit.estimate.storage import load_times
from rigfit.knowledge import Knowledge
from rigfit.machine import simulate
from rigfit.schema.answer import Answer, Bundle
from rigfit.schema.catalog import GpuSpec, Preset
from rigfit.schema.request import MachineRequest
from rigfit.schema.storage import PresetStorage, StorageReport, StoredModel, Together
from rigfit.solve import solve


def card_of_tier(preset: Preset, knowledge: Knowledge) -> GpuSpec:
    """The card that stands for a preset's tier: of the newest desktop cards of that size the one with least bandwidth.

    Raises:
        CatalogError: when the gpu catalog has no desktop card with a CUDA backend and so much memory.
    """
    cards = [
        card
        for card in knowledge.catalog.gpus
        if card.kind == "desktop" and card.compute_capability and card.memory.value == preset.tier.value
    ]
    if not cards:
        raise CatalogError(f"the gpu catalog has no desktop card for the tier of the preset {preset.id}")
    newest = max(_capability(card) for card in cards)
    of_newest = [card for card in cards if _capability(card) == newest]
    return min(of_newest, key=lambda card: (card.bandwidth.value if card.bandwidth is not None else 0, card.id))


def _capability(card: GpuSpec) -> tuple[int, ...]:
    return tuple(int(part) for part in (card.compute_capability or "0").split("."))


def storage_report(presets: Sequence[Preset], knowledge: Knowledge) -> StorageReport:
    """What presets take, alone and together; what is assumed of the machines is listed."""
    rows: list[PresetStorage] = []
    answers: list[Answer] = []
    for preset in sorted(presets, key=lambda p: (p.tier.value, p.id)):
        card = card_of_tier(preset, knowledge)
        machine = simulate(knowledge, MachineRequest(gpus=(card.id,)))
        request = preset.request.model_copy(update={"preset": preset.id, "top": 1})
        answer = solve(request, machine, knowledge)
        answers.append(answer)
        best = answer.bundles[0] if answer.bundles else None
        models = [
            StoredModel(task=t.task, model=t.model, title=t.title, variants=t.variants, runtime=t.runtime)
            for t in (best.tasks if best is not None else ())
        ]
        storage = best.storage if best is not None else None
        row = PresetStorage(preset=preset.id, title=preset.title, gpu=card.id, models=tuple(models), storage=storage)
        rows.append(row)
    bundles = [answer.bundles[0] for answer in answers if answer.bundles]
    common = answers[0].machine.assumptions if answers else ()
    assumed = tuple(a for a in common if all(a in answer.machine.assumptions for answer in answers))
    return StorageReport(presets=tuple(rows), together=_together(bundles, knowledge), assumptions=assumed)


def _together(bundles: Sequence[Bundle], knowledge: Knowledge) -> Together:
    """Bundles beside each other, files and runtimes once."""
    files = {(file.repo, file.name): file for bundle in bundles for file in bundle.files}
    sizes = {r.id: r.install_size.value if r.install_size is not None else 0 for r in knowledge.catalog.runtimes}
    programs = sum(sizes[runtime] for runtime in {runtime for bundle in bundles for runtime in bundle.runtimes})
    download = programs + sum(file.download for file in files.values())
    # What is neither a file nor a runtime is made on the machine, by each bundle for itself.
    made = sum(
        bundle.storage.install_peak - sum(file.disk for file in bundle.files) - sum(sizes[r] for r in bundle.runtimes)
        for bundle in bundles
    )
    alone = sum(bundle.storage.download for bundle in bundles)
    return Together(
        download=download,
        install_peak=programs + made + sum(file.disk for file in files.values()),
        load_milliseconds=load_times(sum(file.bytes for file in files.values()), knowledge),
        shared=alone - download,
    )
