"""What is different between two bundles, in words and numbers; the same words for steps, maps and cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rigfit.explain.words import task_words
from rigfit.knowledge import Knowledge
from rigfit.schema.whatif import Cell, Outcome, TaskOutcome
from rigfit.units import format_milliseconds

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ROLES = {"t5xxl": "T5", "umt5xxl": "UMT5", "qwen25_vl": "Qwen2.5-VL", "clip_l": "CLIP-L", "clip_g": "CLIP-G"}
_MAIN = ("denoiser", "denoiser_high", "llm")
_PLACEMENTS = {
    "resident": "resident",
    "model_offload": "parts take turns on the card",
    "streamed": "streamed",
    "cpu": "on the processor",
    "cloud": "at a service",
}


def changes(before: Outcome | None, after: Outcome, knowledge: Knowledge) -> tuple[str, ...]:
    """Sentences on what `after` is in place of `before`, task by task; empty where nothing differs."""
    if not after.tasks:
        return ("not decided",) if after.status == "undecided" else ("no bundle fits",)
    if before is None or not before.tasks:
        return tuple(f"{_task(one)}: {one.title}, {placed(one)}" for one in after.tasks)
    several = len(after.tasks) > 1
    found: list[str] = []
    for old, new in zip(before.tasks, after.tasks, strict=True):
        parts = [*_models(old, new), *_variants(old, new, knowledge), *_rest(old, new, knowledge), *gains(old, new)]
        if parts:
            found.append((f"{_task(new)}: " if several else "") + ", ".join(parts))
    return tuple(found)


def models_change(before: Outcome | None, after: Outcome) -> bool:
    """Whether another model is used for some task, or there was no bundle at all."""
    return before is None or [t.model for t in before.tasks] != [t.model for t in after.tasks]


def main_variant(variants: Mapping[str, str]) -> str | None:
    """The variant of the main network among those of all roles; None where there is no such network."""
    return next((variants[role] for role in _MAIN if role in variants), None)


def only_levers_move(before: Outcome | None, after: Outcome) -> bool:
    """Whether the same networks do the same in the same places, and only shares, caches, tiles and encoders differ."""
    return before is not None and [_kept(t) for t in before.tasks] == [_kept(t) for t in after.tasks]


def _kept(task: TaskOutcome) -> tuple[object, ...]:
    return task.model, main_variant(task.variants), task.runtime, task.placement, task.features, task.addons


def bundle_line(outcome: Outcome, knowledge: Knowledge) -> str:
    """The best bundle in a line."""
    if not outcome.tasks:
        return "not decided" if outcome.status == "undecided" else "no bundle"
    parts = []
    for task in outcome.tasks:
        main = main_variant(task.variants)
        variant = f" {short(main, knowledge)}" if main is not None else ""
        parts.append(f"{task.title}{variant}{'' if task.placement == 'resident' else f' ({placed(task)})'}")
    return " + ".join(parts)


def placed(task: TaskOutcome) -> str:
    """Where the weights are: "streamed, 50 % on the card"."""
    text = _PLACEMENTS.get(task.placement, task.placement)
    return f"{text}, {task.resident_share / 10:g} % on the card" if task.placement == "streamed" else text


def short(key: str, knowledge: Knowledge) -> str:
    """A variant as people name its precision."""
    entry = knowledge.index("precisions").get(key)
    return str(getattr(entry, "short", None) or key)


def gains(old: TaskOutcome, new: TaskOutcome) -> list[str]:
    """Points and seconds, where they differ."""
    found = []
    if new.quality != old.quality:
        found.append(f"{(new.quality - old.quality) / 100:+.1f} points")
    if new.milliseconds is not None and old.milliseconds is not None and new.milliseconds != old.milliseconds:
        before, after = (format_milliseconds(one.milliseconds.expected) for one in (old, new) if one.milliseconds)
        if before != after:
            found.append(f"{before} → {after}")
    return found


def _name(title: str) -> str:
    return title.partition(":")[0]


def _task(task: TaskOutcome) -> str:
    return task_words(task.task)


def _models(old: TaskOutcome, new: TaskOutcome) -> list[str]:
    return [] if old.model == new.model else [f"{old.title} → {new.title}"]


def _variants(old: TaskOutcome, new: TaskOutcome, knowledge: Knowledge) -> list[str]:
    """Precisions that differ: of the same model role by role, of another only its main one."""
    if old.model != new.model:
        if not new.variants:
            return []
        return [short(main_variant(new.variants) or new.variants[min(new.variants)], knowledge)]
    found = []
    for role in sorted(new.variants):
        before, after = old.variants.get(role), new.variants[role]
        if before != after:
            was = f"{short(before, knowledge)} → " if before is not None else ""
            found.append(f"{_ROLES.get(role, role.replace('_', ' '))} {was}{short(after, knowledge)}")
    return found


def _rest(old: TaskOutcome, new: TaskOutcome, knowledge: Knowledge) -> list[str]:
    addons: Mapping[str, Any] = knowledge.index("addons")
    found = []
    if (old.placement, old.resident_share) != (new.placement, new.resident_share):
        found.append(f"{placed(old)} → {placed(new)}")
    if old.cache != new.cache and None not in (old.cache, new.cache):
        found.append(f"cache {old.cache} → {new.cache}")
    if old.tiled_decode != new.tiled_decode:
        found.append("tiled decode" if new.tiled_decode else "decode in one piece")
    if old.gpu != new.gpu and old.placement != "cpu" and new.placement != "cpu":
        found.append(f"on card {(new.gpu or 0) + 1}")
    if old.runtime != new.runtime:
        title = knowledge.index("cloud" if new.placement == "cloud" else "runtimes")[new.runtime].title
        found.append(f"{'by' if new.placement == 'cloud' else 'in'} {title}")
    if old.model == new.model and old.addons != new.addons:
        # "ControlNet for FLUX.1 dev: depth maps (jasperai)" is known by what stands before the colon.
        found += [f"with {_name(addons[a].title)}" for a in new.addons if a not in old.addons]
        found += [f"without {_name(addons[a].title)}" for a in old.addons if a not in new.addons]
    else:  # of another model the add-ons are others anyway: what counts is what they let it do
        found += [f"with {feature}" for feature in new.features if feature not in old.features]
        found += [f"without {feature}" for feature in old.features if feature not in new.features]
    return list(dict.fromkeys(found))


def kind(outcome: Outcome) -> tuple[str, ...]:
    """The models of an outcome, whatever their variants; empty where there is no bundle."""
    return tuple(task.model for task in outcome.tasks)


def kinds(cells: Sequence[Cell], outcomes: Sequence[Outcome]) -> dict[tuple[str, ...], tuple[str, Outcome]]:
    """Every set of models of a map with a letter and its best outcome, best first."""
    first: dict[tuple[str, ...], Outcome] = {}
    for cell in cells:
        outcome = outcomes[cell.outcome]
        models = kind(outcome)
        if models not in first or (outcome.quality or 0) > (first[models].quality or 0):
            first[models] = outcome
    ordered = sorted(first.items(), key=lambda pair: (-(pair[1].quality or 0), pair[0]))
    return {models: (_LETTERS[number % len(_LETTERS)], one) for number, (models, one) in enumerate(ordered)}
