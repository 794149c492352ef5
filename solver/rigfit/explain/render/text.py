"""An explanation of why nothing fits as plain text, within 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rigfit.explain.words import enough_time, enough_usd, listed, task_words
from rigfit.schema.answer import Explanation
from rigfit.schema.reason import CascadeStep, Conflict, Gained, GiveUp, Hint, Least, Member
from rigfit.schema.request import Request
from rigfit.units import format_file, format_memory, format_milliseconds

WIDTH = 100
STEPS = {
    "quantization": "quantize", "streaming": "stream", "substitution": "use another model",
    "workflow": "change the workflow", "cloud": "use a service",
}  # fmt: skip
_MAIN = ("denoiser", "denoiser_high")
_RESOURCES = {
    "vram": "VRAM", "ram": "RAM", "memory": "memory", "disk": "disk space", "time": "time",
    "compute_capability": "a newer architecture",
}  # fmt: skip


def say(hint: Hint, request: Request) -> str:
    """What one could do, in words that follow "give up": a phrase without a full stop."""
    match hint.hint:
        case "drop_task":
            return f"do without {_task(request, hint.task)}"
        case "drop_feature":
            option = "--lora" if hint.feature == "lora" else f"--need {hint.feature}"
            return f"do without {hint.feature.replace('_', ' ')} (no {option})"
        case "lower_size":
            side = f"{hint.width} x {hint.height}" if hint.width else ""
            parts = [
                side,
                f"{hint.frames} frames" if hint.frames > 1 else "",
                f"{hint.context:,} tokens" if hint.context else "",
            ]
            said = ", ".join(part for part in parts if part) or "half as long"
            option = f" (--size {hint.width}x{hint.height})" if hint.width else ""
            return f"make less at once: {_task(request, hint.task)} at {said}{option}"
        case "raise_time":
            long = f" up to {enough_time(hint.milliseconds)}" if hint.milliseconds else " longer"
            return f"wait{long} for each result (--max-time)"
        case "allow_models":
            return f"let other models do {_task(request, hint.task)} (no --model)"
        case "allow_variants":
            return f"let {_task(request, hint.task)} use other variants"
        case "name_model":
            return f"ask by name for a model of {_task(request, hint.task)} that is offered only so (--model)"
        case "in_turn":
            return "let the tasks take turns in place of running together"
        case "allow_runtimes":
            return "use other runtimes too (no --runtime)"
        case "allow_licence":
            if request.policies.use == "commercial":
                return "keep it to personal use (no --commercial), or buy a licence"
            return "sell nothing that is made (policies.sells_output), or buy a licence"
        case "allow_territory":
            return "use it elsewhere (policies.territory)"
        case "allow_experimental":
            return "let experimental models in (--experimental)"
        case "raise_budget" if hint.budget == "max_cost":
            most = f" up to {enough_usd(hint.money)} a month" if hint.money else " more"
            return f"let services charge{most} (--max-cost)"
        case "raise_budget":
            return "allow more disk space (--max-disk)" if hint.budget == "max_disk" else "allow more to download"
        case "free_disk":
            return f"free {format_file(hint.bytes)} of disk space" if hint.bytes else "free disk space"
        case "more_ram":
            return f"have {format_memory(hint.bytes)} of RAM" if hint.bytes else "add RAM"
        case "more_vram":
            return f"have a card with {format_memory(hint.bytes)}" if hint.bytes else "have a card with more memory"
        case "other_card":
            return "have a card of another architecture"
        case "other_platform":
            return "use another operating system or vendor"
        case "add_card":
            return "add a graphics card"


def _task(request: Request, number: int) -> str:
    return task_words(request.tasks[number].task)


def unsolved(explanation: Explanation) -> str:
    """Conflict, give-ups, least amounts and cascade, as far as the explanation has them; ends without a newline."""
    return "\n".join(_lines(explanation))


def _lines(explanation: Explanation) -> Iterator[str]:
    if explanation.conflict is not None:
        yield from _conflict(explanation.conflict)
        yield from ("", *_give_ups(explanation.give_ups))
    if explanation.least:
        yield from ("", *_least(explanation.least))
    for task in dict.fromkeys(step.task for step in explanation.cascade):
        steps = [step for step in explanation.cascade if step.task == task]
        yield from ("", f"Tried for {task_words(task)}, in this order:")
        yield from _steps(steps)
    if explanation.proof is not None:
        checks = explanation.proof.model_dump()
        failed = [name.replace("_", " ") for name, holds in checks.items() if holds is False]
        text = f"Not proved: {', '.join(failed)}." if failed else "Proved by solving each claim again."
        yield from ("", text)


def _conflict(conflict: Conflict) -> Iterator[str]:
    yield f"{heading(conflict)}:"
    for member in shown(conflict):
        yield from _member(member)


def heading(conflict: Conflict) -> str:
    """What the members of a conflict are, without a colon: a task that has one of its own is named here."""
    tasks = [member for member in conflict.members if member.kind == "task"]
    rest = len(conflict.members) - len(tasks)
    if len(tasks) == 1 and rest:
        name = tasks[0].text[:1].upper() + tasks[0].text[1:]
        return f"{name} cannot be had with all of this together" if rest > 1 else f"{name} cannot be had with this"
    return "These cannot be had together" if len(conflict.members) > 1 else "This cannot be had"


def shown(conflict: Conflict) -> list[Member]:
    """The members below the heading."""
    tasks = sum(member.kind == "task" for member in conflict.members)
    alone = tasks == 1 and len(conflict.members) > 1
    return [member for member in conflict.members if not (alone and member.kind == "task")]


def _member(member: Member) -> Iterator[str]:
    where = f" [{member.option}]" if member.option and member.stated else ""
    yield from _wrapped(f"{member.text}{where}", "  - ")
    for text in kept_out(member):
        yield from _wrapped(text, "      ")


def kept_out(member: Member) -> Iterator[str]:
    """What a member of a conflict keeps out, with the reason where it is not the member itself."""
    bare = [reason.text for reason in member.evidence if reason.rule.startswith("request.")]
    if bare:
        yield f"keeps out {'; '.join(bare)}"
    for reason in member.evidence:
        if not reason.rule.startswith("request."):
            yield f"keeps out {reason.text.rstrip('.')} (rule {reason.rule})"


def _give_ups(gives: Sequence[GiveUp]) -> Iterator[str]:
    if not gives:
        yield "No wish or policy that could be given up would make it fit."
        return
    yield "What to give up, the least first:" if len(gives) > 1 else "What to give up:"
    said: set[str] = set()
    for number, give in enumerate(gives, start=1):
        yield from _wrapped(give.text[:1].upper() + give.text[1:], f"  {number} ")
        for one in give.gains:
            fresh = one.selected if one.selected not in said else ""
            why = f". {fresh[:1].upper()}{fresh[1:].rstrip('.')}." if fresh else ""
            said.add(one.selected)
            what = f"for {task_words(one.task)}: " if len(give.gains) > 1 else "gives "
            yield from _wrapped(f"{what}{gained(one)}{why}", "      ")


def gained(one: Gained) -> str:
    """A pipeline that one would get, with its points and time."""
    variant = one.variant or next(
        (one.variants[r] for r in _MAIN if r in one.variants), next(iter(one.variants.values()), "")
    )
    time = f", about {format_milliseconds(one.milliseconds)}" if one.milliseconds is not None else ""
    where = f" at {one.service}" if one.service else ""
    return f"{one.title}{f' {variant}' if variant else ''}{where} ({one.quality / 100:.1f} points{time})"


def _least(least: Sequence[Least]) -> Iterator[str]:
    """Amounts that would do, and in one sentence those of which no amount would."""
    some = [amount.text for amount in least if amount.needs is not None]
    if some:
        yield "What would be enough, each alone:" if len(some) > 1 else "What would be enough:"
        for text in some:
            yield from _wrapped(text, "  - ")
    none = list(dict.fromkeys(_RESOURCES[amount.resource] for amount in least if amount.needs is None))
    if none:
        more = f"more {listed(none, 'or')}" if none != [_RESOURCES["compute_capability"]] else none[0]
        yield from _wrapped(f"{more[:1].upper()}{more[1:]} alone would not help.", "")


def _steps(steps: Sequence[CascadeStep]) -> Iterator[str]:
    for names, step in merged(steps):
        if step.outcome == "refused" and step.step != "cloud":
            yield from _wrapped(f"nothing helps: {step.text}", "  - ")
        else:
            best = "at best " if step.outcome == "not_enough" else ""
            yield from _wrapped(f"{names}: {best}{step.text}{cost_of(step)}", "  - ")


def merged(steps: Sequence[CascadeStep]) -> list[tuple[str, CascadeStep]]:
    """Steps of one task with their names; those that end at the same pipeline as the one before are one line."""
    found: list[tuple[list[str], CascadeStep]] = []
    for step in steps:
        if found and step.label is not None and found[-1][1].label == step.label:
            found[-1][0].append(STEPS[step.step])
        else:
            found.append(([STEPS[step.step]], step))
    return [(listed(names, "or"), step) for names, step in found]


def cost_of(step: CascadeStep) -> str:
    """What a step costs in quality and time, in parentheses; empty where it gives nothing."""
    if step.quality is None:
        return ""
    time = f", about {format_milliseconds(step.milliseconds)}" if step.milliseconds is not None else ""
    return f" ({step.quality / 100:.1f} points{time})"


def _wrapped(text: str, mark: str) -> list[str]:
    left = " " * len(mark)
    return textwrap.wrap(
        text, WIDTH, initial_indent=mark, subsequent_indent=left, break_on_hyphens=False, break_long_words=False
    )
