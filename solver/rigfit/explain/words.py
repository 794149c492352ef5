"""The words of people: names of tasks, features, variants and cards, differences on a criterion, what is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rigfit.units import (
    GB,
    GIB,
    MIB,
    format_file,
    format_memory,
    format_milliseconds,
    format_usd,
    parse_milliseconds,
    parse_usd,
)

_COUNTED = {
    "cascade": ("step down the cascade", "steps down the cascade"),
    "runtimes": ("runtime", "runtimes"),
    "nodes": ("node package", "node packages"),
    "money": ("cent a month", "cents a month"),
}

_SHORT_TASKS = {"three_d": "3D"}
# Ids of two words and more; those of one word are what people write anyway. Not after an option or a colon.
_ID = re.compile(r"(?<![-:.\w])(?<!--task )(?<!--need )(?<!rule )[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?!:?\w)")

if TYPE_CHECKING:
    from rigfit.estimate.pipeline import Part
    from rigfit.estimate.size import ResolvedSize
    from rigfit.knowledge import Knowledge
    from rigfit.schema.machine import Machine


def task_words(task: str) -> str:
    """A task as people say it: "video generation", "3D"."""
    return _SHORT_TASKS.get(task, task.replace("_", " "))


def feature_words(feature: str, knowledge: Knowledge) -> str:
    """A feature as people say it: "voice cloning", "structural control (depth)"."""
    base, _, qualifier = feature.partition(":")
    rule = knowledge.index("features").get(base)
    title = base.replace("_", " ") if rule is None else rule.title.partition(":")[0]
    if title.partition(" ")[0][1:].islower():  # a word, not a name or an acronym
        title = title[:1].lower() + title[1:]
    return f"{title} ({qualifier.replace('_', ' ')})" if qualifier else title


def variant_words(variant: str, knowledge: Knowledge) -> str:
    """A variant as people write it: "Q4_K_S", "fp8 scaled"."""
    precision = knowledge.index("precisions").get(variant)
    return variant if precision is None else precision.short


def readable(text: str, knowledge: Knowledge) -> str:
    """A sentence with the ids in it as people write them: variants, features and tasks; values of options stay."""

    def word(found: re.Match[str]) -> str:
        name = found.group()
        if name in knowledge.index("precisions"):
            return variant_words(name, knowledge)
        if name in knowledge.index("features"):
            return feature_words(name, knowledge)
        return task_words(name) if name in knowledge.index("tasks") else name

    return _ID.sub(word, text)


def main_variant(parts: Sequence[Part], knowledge: Knowledge) -> str:
    """The variant of the denoiser, or of the largest part, as people write it; "" where there are no parts."""
    chosen = [part for part in parts if part.component.kind == "denoiser"] or list(parts)
    main = max(chosen, key=lambda part: part.weights, default=None)
    return "" if main is None else variant_words(main.variant.key, knowledge)


def placement_words(placement: str) -> str:
    """Where a pipeline's weights lie: "resident", "offloaded", "on the processor"."""
    return {"cpu": "on the processor", "model_offload": "offloaded"}.get(placement, placement.replace("_", " "))


def card_name(machine: Machine, number: int) -> str:
    """A card's name; with its place where there is another one of that name."""
    name = machine.gpus[number].name
    twins = sum(gpu.name == name for gpu in machine.gpus) > 1
    return f"{name} (card {number + 1})" if twins else name


CLASH_WORDS = {
    "file_ownership": "they overwrite each other's files",
    "version": "they ask for versions that exclude each other",
    "build_tag": "the build of PyTorch would be replaced",
}
"""How node packages keep each other out."""


def listed(names: Sequence[str], last: str = "and") -> str:
    """Words in a row: "a", "a and b", "a, b and c"."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def describe(size: ResolvedSize) -> str:
    """Words like "1280 x 720, 121 frames"."""
    parts = [f"{size.width} x {size.height}"] if size.width else []
    parts += [f"{size.frames} frames"] if size.frames > 1 else []
    parts += [f"{size.seconds:g} s"] if size.seconds and size.frames == 1 else []
    parts += [f"{size.batch} at once"] if size.batch > 1 else []
    parts += [f"{size.context:,} tokens of context"] if size.context else []
    return ", ".join(parts) or "the usual size"


def apart(resource: str, needs: int, has: int) -> tuple[str, str]:
    """Two amounts of memory or storage of which the first is larger, so that it is read so: "12.1 GB", "12.0 GB"."""
    written = format_file if resource in ("disk", "download") else format_memory
    shown = enough("disk" if resource == "download" else resource, needs), written(has)
    return shown if shown[0] != shown[1] else (f"{-(-needs // MIB):,} MB", f"{has // MIB:,} MB")


def compared(criterion: str, better_by: int, importance: int = 10) -> str:
    """A difference on one level of the objective: "2.0 points more", "12 s less", "1 fewer node package".

    Args:
        criterion: the level's name.
        better_by: in the level's own unit; negative where it is worse.
        importance: of the task, which values are multiplied by.
    """
    amount = abs(better_by)
    if criterion in ("value", "net_value"):
        return f"{amount / (100 * importance):.1f} points {'more' if better_by > 0 else 'less'}"
    if criterion == "offload":
        return "made here in time" if better_by > 0 else "left to a service, or late"
    less = "less" if better_by > 0 else "more"
    if criterion == "seconds":
        return f"{format_milliseconds(amount)} {less}"
    if criterion == "download":
        return f"{format_file(amount * MIB)} {less} to download"
    if criterion == "disk":
        return f"{format_file(amount * MIB)} {less} on disk"
    if criterion == "vram":
        return f"{format_memory(amount * MIB)} {less} VRAM"
    if criterion == "runtime":
        return f"a runtime rated {amount} point{'s' if amount > 1 else ''} {'higher' if better_by > 0 else 'lower'}"
    one, many = _COUNTED.get(criterion, (criterion, criterion))
    return f"{amount} {'fewer' if better_by > 0 else 'more'} {one if amount == 1 else many}"


def enough(resource: str, amount: int) -> str:
    """An amount rounded up to what is printed, so that what is read is enough: never less than needed."""
    if resource == "disk":
        step = 10**6 if amount < GB else GB // 10
        return format_file(-(-amount // step) * step)
    if amount < 1000 * MIB:
        return format_memory(-(-amount // MIB) * MIB)
    tenths = -(-amount * 10 // GIB)
    return f"{tenths / 10:.1f} GB"


def enough_time(milliseconds: int) -> str:
    """A time rounded up to what is printed: never less than needed."""
    for step in (100, 1000, 60_000, 360_000, 8_640_000, 86_400_000):
        text = format_milliseconds(-(-milliseconds // step) * step)
        if parse_milliseconds(text) >= milliseconds:
            return text
    return format_milliseconds(milliseconds)


def enough_usd(amount: int) -> str:
    """Money (millionths of a US dollar) rounded up to what is printed: never less than needed."""
    for step in (1, 10, 100, 1000, 10_000, 1_000_000):
        text = format_usd(-(-amount // step) * step)
        if parse_usd(text.removeprefix("$").replace(",", "")) >= amount:
            return text
    return format_usd(amount)
