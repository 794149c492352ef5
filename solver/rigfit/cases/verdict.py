"""Which placement, and whether it fits: what will happen on this machine.

Where no placement is stated the order is resident, model offload, streamed with the largest share on the card first;
each of them is tried with a decode in one piece before one in tiles, where the runtime can do tiles. Language models
may end on the processor. Where one is stated, only that is judged, and `instead` names the best that would fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rigfit.cases.resolve import Resolved
from rigfit.cases.variants import said
from rigfit.estimate import Estimate, estimate
from rigfit.estimate.pipeline import Pipeline, Placement
from rigfit.knowledge import Knowledge
from rigfit.units import format_memory

Verdict = Literal["resident", "offloaded", "streamed", "impossible"]
VERDICTS: dict[Placement, Literal["resident", "offloaded", "streamed"]] = {
    "resident": "resident",
    "model_offload": "offloaded",
    "streamed": "streamed",
    "cpu": "offloaded",  # the weights are in RAM, off the card
}
_TILE_BY_THEMSELVES = frozenset({"comfyui", "comfyui-desktop", "swarmui", "forge", "framepack-repo"})
"""Programs that decode in tiles where memory is short (FramePack's: on every card below 60 GB); in others a person
turns it on."""
_STEPS = 256
"""How finely the share of the weights on the card is looked for."""


@dataclass(frozen=True)
class Trial:
    """One placement with its estimate, held against the machine."""

    pipeline: Pipeline
    estimate: Estimate
    lacks: str | None
    """What it lacks, in words; None where it fits."""
    ratio: float = 0.0
    """What it needs of the scarcest resource, over what there is."""

    @property
    def verdict(self) -> Literal["resident", "offloaded", "streamed"]:
        """What it is called when it fits."""
        return VERDICTS[self.pipeline.placement]


@dataclass(frozen=True)
class Decision:
    """The placement that was judged, and the best that fits where that one does not."""

    trial: Trial
    instead: Trial | None
    prevented: tuple[str, ...]
    """Why the hardware or system cannot do it, whatever its memory."""
    warnings: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """As asked for."""
        return self.trial.lacks is None and not self.prevented

    @property
    def verdict(self) -> Verdict:
        """What will happen."""
        return self.trial.verdict if self.fits else "impossible"


def decide(resolved: Resolved, knowledge: Knowledge, alternatives: bool = True) -> Decision:
    """Judge a case on its machine at its confidence.

    Args:
        resolved: the case.
        knowledge: holds the constants.
        alternatives: look for what would fit in place of a stated placement that does not.

    Returns:
        the stated placement judged, or the best that fits, or (where none does) the one that misses least.
    """
    prevented = list(resolved.choice.impossible)
    if not resolved.runtime.platforms.get(resolved.device.backend):  # type: ignore[call-overload]
        prevented.append(f"{resolved.runtime.title} does not run on {resolved.device.name}")
    warnings: list[str] = []
    stated = resolved.asked.placement
    if stated is not None:
        trials = [_try(resolved, p, knowledge) for p in _stated(resolved, stated, knowledge, warnings)]
        fitting = next((trial for trial in trials if trial.lacks is None), None)
        chosen = fitting or _nearest(trials)
        against = [
            said(rule, resolved.device.names(resolved.model.title, resolved.model, resolved.runtime))
            for rule in resolved.device.placement(
                stated, resolved.model, resolved.runtime, resolved.rule.id
            ).forbidden_by
        ]
        prevented += against
        instead = None
        if alternatives and (fitting is None or against):
            instead = next(_fitting(resolved, knowledge), None)
    else:
        tried: list[Trial] = []
        fitting = None
        for pipeline in _best_first(resolved, knowledge):
            tried.append(_try(resolved, pipeline, knowledge))
            if tried[-1].lacks is None:
                fitting = tried[-1]
                break
        chosen, instead = fitting or _nearest(tried), None
    warnings += _about_ram(chosen, resolved)
    return Decision(
        chosen, None if prevented and instead is None else instead, tuple(dict.fromkeys(prevented)), tuple(warnings)
    )


def _fitting(resolved: Resolved, knowledge: Knowledge) -> Iterator[Trial]:
    for pipeline in _best_first(resolved, knowledge):
        trial = _try(resolved, pipeline, knowledge)
        if trial.lacks is None:
            yield trial


def _streamed(resolved: Resolved, tilings: tuple[bool, ...], knowledge: Knowledge) -> Iterator[Pipeline]:
    """Streaming with the share of the weights that is stated, or with as much on the card as there is room for.

    Programs that stream by themselves fill the card. Where nothing fits, what streams whole.
    """
    asked = resolved.asked.share
    if asked is None:
        found = [(_room(resolved, tiled, knowledge), tiled) for tiled in tilings]
        asked, tiled = max(found, key=lambda one: (one[0], not one[1]))
        tilings = (tiled,) if asked >= 0 else tilings
    for tiled in tilings:
        yield resolved.pipeline("streamed", max(0, asked), tiled)


def _room(resolved: Resolved, tiled: bool, knowledge: Knowledge) -> int:
    """The most permille, in steps, of what streams that has room on the card; -1 where none has."""
    fits, fails = -1, _STEPS
    while fits + 1 < fails:
        middle = (fits + fails) // 2
        trial = _try(resolved, resolved.pipeline("streamed", middle * 1000 // _STEPS, tiled), knowledge)
        fits, fails = (middle, fails) if trial.lacks is None else (fits, middle)
    return fits * 1000 // _STEPS if fits >= 0 else -1


def _tilings(resolved: Resolved, *, chosen_freely: bool) -> tuple[bool, ...]:
    """Decodes to try, the plain one first."""
    if resolved.asked.tiled is not None:
        return (resolved.asked.tiled,)
    has_decoder = any(part.component.kind == "vae" for part in resolved.choice.parts)
    can = has_decoder and resolved.runtime.tiled_decode
    return (False, True) if can and (chosen_freely or resolved.runtime.id in _TILE_BY_THEMSELVES) else (False,)


def _stated(resolved: Resolved, placement: Placement, knowledge: Knowledge, warnings: list[str]) -> Iterator[Pipeline]:
    """The pipelines that a stated placement stands for."""
    if placement not in resolved.runtime.placements:
        warnings.append(f"{resolved.runtime.title} is not known to offer {placement.replace('_', ' ')}")
    if placement == "model_offload" and not resolved.in_phases:
        warnings.append(f"{resolved.model.title} has no phases whose parts could take turns")
    warnings += _barred(resolved, placement)
    tilings = _tilings(resolved, chosen_freely=False)
    if placement == "streamed":
        yield from _streamed(resolved, tilings, knowledge)
    else:
        yield from (resolved.pipeline(placement, 1000, tiled) for tiled in tilings)


def _best_first(resolved: Resolved, knowledge: Knowledge) -> Iterator[Pipeline]:
    """What could be chosen, in the order in which people would have it."""
    if resolved.device.gpu is None:
        yield resolved.pipeline("cpu", tiled=_tilings(resolved, chosen_freely=True)[0])
        return
    order: list[Placement] = ["resident"]
    if resolved.in_phases:
        order += ["model_offload", "streamed"]
    elif resolved.is_language_model:
        order += ["streamed", "cpu"]
    offered = [p for p in order if p in resolved.runtime.placements and not _forbidden(resolved, p)]
    tilings = _tilings(resolved, chosen_freely=True)
    for placement in offered or ["resident"]:
        if placement == "streamed":
            yield from _streamed(resolved, tilings, knowledge)
        else:
            yield from (resolved.pipeline(placement, 1000, tiled) for tiled in tilings)


def _forbidden(resolved: Resolved, placement: Placement) -> bool:
    """The rules keep the runtime, or one of the variants in it, from this placement."""
    verdict = resolved.device.placement(placement, resolved.model, resolved.runtime, resolved.rule.id)
    return bool(verdict.forbidden_by or _barred(resolved, placement))


def _barred(resolved: Resolved, placement: Placement) -> list[str]:
    """Why variants do not go with a placement, in words."""
    device = resolved.device
    if not device.variants_depend_on_placement(resolved.runtime):
        return []
    found = []
    for part in resolved.choice.parts:
        anywhere = device.variant(part.variant, part.component, resolved.model, resolved.runtime).forbidden_by
        here = device.variant(part.variant, part.component, resolved.model, resolved.runtime, placement).forbidden_by
        names = device.names(part.name, resolved.model, resolved.runtime)
        found += [said(rule, names) for rule in here if rule not in anywhere]
    return found


def _try(resolved: Resolved, pipeline: Pipeline, knowledge: Knowledge) -> Trial:
    """A pipeline held against the machine: VRAM, then RAM; what was not stated of the machine does not bound."""
    needs = estimate(pipeline, resolved.machine, knowledge)
    host, level = resolved.host, resolved.confidence
    vram, ram = needs.peak_vram.at(level), needs.peak_ram.at(level)
    lacks, ratio = None, 0.0
    if host.ram_stated:
        shared = pipeline.gpu is not None and resolved.machine.gpus[pipeline.gpu].unified
        both, have = ram + (vram if shared else 0), host.usable.ram
        ratio = both / max(have, 1)
        if both > have:
            lacks = f"needs {format_memory(both)} of {format_memory(have)} usable RAM"
    if pipeline.gpu is not None and host.vram_known:
        have = host.usable.vram[pipeline.gpu]
        ratio = max(ratio, vram / max(have, 1))
        if vram > have:
            phase = needs.phase.replace("_", " ")
            lacks = f"needs {format_memory(vram)} of {format_memory(have)} usable VRAM ({phase})"
    return Trial(pipeline, needs, lacks, ratio)


def _nearest(trials: list[Trial]) -> Trial:
    """Of placements of which none fits: the one that misses least, the better one of equals."""
    return min(trials, key=lambda trial: trial.ratio)


def _about_ram(trial: Trial, resolved: Resolved) -> list[str]:
    """RAM that nobody stated decides nothing, but what is needed of it is said."""
    if resolved.host.ram_stated:
        return []
    needs = trial.estimate.peak_ram.at(resolved.confidence)
    have = resolved.host.usable.ram
    if needs <= have:
        return []
    amount, usual = format_memory(needs), format_memory(have)
    return [f"RAM was not stated: this needs {amount} of it, more than the {usual} of an assumed machine"]
