"""Fits the constants of the memory estimate to measured peaks: few of them, each with a meaning.

How many copies of its hidden states a transformer holds: in the runtimes people use, in the scripts that models are
published with, and in those of a family whose scripts are known to differ; and how far the safe end lies above the
expected one, for weights, for denoising and for decoding: each peak is predicted with copies learnt from the other
sources, and the narrowest ends that cover them are taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any, Final

from benchmarks.fidelity.observations import Observation
from rigfit.cases.verdict import Decision, decide
from rigfit.estimate.interval import Interval
from rigfit.knowledge import Knowledge
from rigfit.schema.rules import MemoryConstants, RuntimeMemory

COPIES: Final = tuple(range(8, 33, 2))
SCRIPT_COPIES: Final = (*range(8, 33, 2), *range(36, 69, 4))
COUNTED: Final = 16
"""Copies counted in a block of FLUX.1: residual, its normed copy, q, k, v, the widened part (4) before and after its
activation, attention's result, and both side by side (5), less what is freed. Kept where the runs do not tell."""
ENDS: Final = ("weights_high", "high", "decode_high", "clip_high")
HIGH: Final = tuple(product((60, 80, 100), (300, 400), (400, 500), (600, 700)))
"""Permille that the upper end adds to weights (what is listed exactly loaded to at most 7 % more), to the activations
of denoisers and encoders, to decoding stills and to decoding clips.

The least of each is no matter of fitting. For clips: the published rate of HunyuanVideo's decoder was short by a factor
of 1.3, and that of one nobody measured may be so, too.
"""
COVERED: Final = 0.95
FITS: Final = ("resident", "offloaded")
"""Verdicts that a run must not get that went out of memory."""
_CLEARLY: Final = 0.01
"""What was counted gives way only to what brings a run nearer by a hundredth, on average."""
_WORST: Final = 0.5
"""An error counts at most this (a factor of 1.65): a run that is described wrongly must not pull at the constants."""
SCRIPTS: Final = "reference-scripts"
MEASURED_DECODERS: Final = {"hunyuanvideo-vae": ("huggingface.co/blog/video_gen", 44_800)}
"""Decoders whose rate in the catalog is measured in one of the sources of the runs, and the published rate that takes
its place where that source is left out (ComfyUI's)."""


@dataclass(frozen=True)
class Choice:
    """A set of fitted constants."""

    copies: int
    script_copies: int
    """Of scripts whose family has no entry of its own."""
    family_copies: tuple[tuple[str, int], ...]
    """Of the scripts of families with an entry of their own."""
    weights_high: int
    """Permille."""
    high: int
    decode_high: int
    clip_high: int
    decoders: tuple[str, ...] = tuple(MEASURED_DECODERS)
    """Decoders that have been measured."""

    def of(self, entry: RuntimeMemory) -> int:
        """The copies of an entry."""
        if SCRIPTS not in entry.runtimes:
            return self.copies
        own = dict(self.family_copies)
        return next((own[family] for family in entry.families if family in own), self.script_copies)


def chosen(knowledge: Knowledge) -> Choice:
    """What rules/ hold now."""
    constants = knowledge.memory
    own = [entry for entry in constants.runtimes if SCRIPTS in entry.runtimes and entry.families]
    return Choice(
        constants.of_runtime("").copies.value,
        constants.of_runtime(SCRIPTS).copies.value,
        tuple((entry.families[0], entry.copies.value) for entry in own),
        constants.weights_high.value,
        constants.high.value,
        constants.decode_high.value,
        constants.clip_high.value,
    )


def with_choice(knowledge: Knowledge, choice: Choice) -> Knowledge:
    """The same knowledge with other constants."""
    old = knowledge.memory
    runtimes = tuple(
        entry.model_copy(update={"copies": entry.copies.model_copy(update={"value": choice.of(entry)})})
        for entry in old.runtimes
    )
    shares = {name: getattr(old, name).model_copy(update={"value": getattr(choice, name)}) for name in ENDS}
    memory: MemoryConstants = old.model_copy(update={"runtimes": runtimes, **shares})
    settings = knowledge.rulebook.settings.model_copy(update={"memory": memory})
    architectures = tuple(
        one
        if one.id not in MEASURED_DECODERS or one.id in choice.decoders or one.decode_per_pixel is None
        else one.model_copy(
            update={"decode_per_pixel": one.decode_per_pixel.model_copy(update={"value": MEASURED_DECODERS[one.id][1]})}
        )
        for one in knowledge.catalog.architectures
    )
    return replace(
        knowledge,
        rulebook=knowledge.rulebook.model_copy(update={"settings": settings}),
        catalog=knowledge.catalog.model_copy(update={"architectures": architectures}),
    )


class Predictions:
    """Decisions about observations under any choice of constants; each is worked out once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = cache(lambda choice: with_choice(knowledge, choice))
        self._found: dict[tuple[str, Choice], Decision] = {}

    def decision(self, observation: Observation, choice: Choice) -> Decision:
        """The placement that is judged, its estimate and the verdict at `safe`."""
        relevant = _relevant(choice, observation)
        key = observation.id, relevant
        if key not in self._found:
            self._found[key] = decide(observation.resolved, self._knowledge(relevant), alternatives=False)
        return self._found[key]

    def peak(self, observation: Observation, choice: Choice) -> Interval:
        """Bytes of VRAM at the peak."""
        return self.decision(observation, choice).trial.estimate.peak_vram


def _relevant(choice: Choice, observation: Observation) -> Choice:
    """The choice without the copies that play no part in a run: the same prediction, worked out once."""
    if observation.resolved.runtime.id != SCRIPTS:
        return replace(choice, script_copies=COUNTED, family_copies=())
    own = dict(choice.family_copies)
    family = observation.resolved.model.family
    if family in own:
        return replace(choice, copies=COUNTED, script_copies=COUNTED, family_copies=((family, own[family]),))
    return replace(choice, copies=COUNTED, family_copies=())


def error(predicted: float, observation: Observation) -> float:
    """log(predicted / measured); 0 where the card was full and the prediction is below that."""
    assert observation.peak is not None
    found = math.log(max(predicted, 1.0) / observation.peak)
    return max(0.0, found) if observation.full else found


def fit(observations: Sequence[Observation], predictions: Predictions, start: Choice) -> Choice:
    """The constants that predict the given peaks best, and the ends that cover peaks nobody has seen.

    Args:
        observations: to learn from.
        predictions: to draw on.
        start: says which families have copies of their own; its numbers play no part where runs tell.
    """
    sources = dict.fromkeys(o.source for o in observations if o.peak is not None)
    unseen = {s: _learnt([o for o in observations if o.source != s], predictions, start) for s in sources}
    return _widened(observations, predictions, _learnt(observations, predictions, start), unseen)


def _learnt(observations: Sequence[Observation], predictions: Predictions, start: Choice) -> Choice:
    """The copies with which the given peaks come out best."""
    measured = [o for o in observations if o.peak is not None]
    scripts = [o for o in measured if o.resolved.runtime.id == SCRIPTS]
    others = [o for o in measured if o.resolved.runtime.id != SCRIPTS]

    def loss(group: Iterable[Observation], choice: Choice) -> float:
        return sum(min(_WORST, abs(error(predictions.peak(o, choice).expected, o))) for o in group)

    known = tuple(d for d, (source, _) in MEASURED_DECODERS.items() if any(source in o.source for o in measured))
    found = replace(start, copies=COUNTED, script_copies=COUNTED, family_copies=(), decoders=known)
    best = min((replace(found, copies=n) for n in COPIES), key=lambda c: (loss(others, c), abs(c.copies - COUNTED)))
    if loss(others, best) < loss(others, found) - _CLEARLY * len(others):
        found = best
    # Scripts from which nothing was learnt are taken to hold what programs do.
    found = replace(found, script_copies=found.copies)
    own = [family for family, _ in start.family_copies]
    generic = [o for o in scripts if o.resolved.model.family not in own]
    if generic:
        found = min(
            (replace(found, script_copies=n) for n in SCRIPT_COPIES),
            key=lambda c: (loss(generic, c), abs(c.script_copies - found.copies)),
        )
    for family in own:
        group = [o for o in scripts if o.resolved.model.family == family]
        if group:
            found = min(
                (replace(found, family_copies=(*found.family_copies, (family, n))) for n in SCRIPT_COPIES),
                key=lambda c: loss(group, c),
            )
    return found


def _widened(
    observations: Sequence[Observation], predictions: Predictions, choice: Choice, unseen: dict[str, Choice]
) -> Choice:
    """The narrowest upper end that calls as few runs to fit as can be that went out of memory, and covers the peaks.

    Each peak is predicted with what was learnt from the other sources (`unseen`): an end that covers what it was
    fitted to says little about the next run.
    """
    failed = [o for o in observations if o.worked is False]
    measured = [o for o in observations if o.peak is not None]
    tried = []
    for number, shares in enumerate(HIGH):
        ends: dict[str, Any] = dict(zip(ENDS, shares, strict=True))
        wide = replace(choice, **ends)
        fits = sum(predictions.decision(o, wide).verdict in FITS for o in failed)
        peaks = [(predictions.peak(o, replace(unseen[o.source], **ends)), o) for o in measured]
        covered = sum(error(peak.high, o) >= 0 for peak, o in peaks)
        tried.append((fits, covered, sum(peak.high / peak.expected for peak, _ in peaks), number, wide))
    least = [one for one in tried if one[0] == min(fits for fits, *_ in tried)]
    # What no width covers is no matter of width: the narrowest that covers as much as can be.
    enough = min(COVERED * len(measured), max(covered for _, covered, *_ in least))
    return min((one for one in least if one[1] >= enough), key=lambda one: one[2:4])[4]


def as_yaml(choice: Choice) -> str:
    """What to change in rules/memory.yaml."""
    own = "".join(
        f"      - runtimes: [{SCRIPTS}]\n        families: [{family}]\n        copies: {{value: {copies}, ...}}\n"
        for family, copies in choice.family_copies
    )
    return (
        "settings:\n  memory:\n"
        f"    high: {{value: {choice.high / 1000:g}, ...}}\n"
        f"    decode_high: {{value: {choice.decode_high / 1000:g}, ...}}\n"
        f"    clip_high: {{value: {choice.clip_high / 1000:g}, ...}}\n"
        f"    weights_high: {{value: {choice.weights_high / 1000:g}, ...}}\n"
        "    runtimes:\n"
        f"      - copies: {{value: {choice.copies}, ...}}   # every entry but those of {SCRIPTS}\n"
        f"      - runtimes: [{SCRIPTS}]\n"
        f"        copies: {{value: {choice.script_copies}, ...}}\n{own}"
    )
