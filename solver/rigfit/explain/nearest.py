"""Single pipelines of the open expansion: which come nearest, and what each breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rigfit.candidates.combinations import PLACEMENTS
from rigfit.candidates.open import OpenTask
from rigfit.dominance import Array, Flags
from rigfit.explain.guards import UNBOUNDED, Guard
from rigfit.explain.opened import Case
from rigfit.explain.words import apart, describe, enough_time, main_variant, placement_words, readable
from rigfit.schema.reason import Quantity, Reason
from rigfit.units import format_file, format_memory, format_milliseconds

_RULES = {"vram": "memory.vram", "ram": "memory.ram", "disk": "memory.disk", "time": "time.ceiling"}
WORDS = {"vram": "VRAM", "ram": "RAM", "disk": "disk space"}
_VERBS = ("has ", "may ", "is ", "does ", "needs ", "takes ")
# What holds a pipeline back is the guard itself: to repeat it as a reason would say nothing.
_SELF_EVIDENT = ("models", "variants", "runtimes", "experimental", "size", "card")


@dataclass(frozen=True)
class Amounts:
    """What every pipeline of a task needs by itself, and what there is for it: (rows,) each."""

    needs: dict[str, Array]
    has: dict[str, Array]

    def ratio(self, rows: Array) -> tuple[Array, list[str]]:
        """(resources, rows) need in parts of what there is."""
        names = list(self.needs)
        return np.stack([self.needs[n][rows] / np.maximum(self.has[n][rows], 1) for n in names]), names


def amounts(case: Case, task: OpenTask, kept: Iterable[int] | None = None) -> Amounts:
    """Needs and haves of a task's pipelines, with only some guards kept."""
    guarded = case.guarded
    kept = guarded.all if kept is None else frozenset(kept)
    free = {name for number in guarded.all - kept for name in guarded.guards[number].capacities}
    has = {name: UNBOUNDED if name in free else amount for name, amount in guarded.capacities.items()}
    gpus = case.opened.machine.gpus
    rows = task.rows
    cards = np.array([has[f"vram.{g}"] for g in range(len(gpus))] + [UNBOUNDED], dtype=np.int64)
    unified = np.array([*(gpu.unified for gpu in gpus), False], dtype=np.bool_)
    disk, download = task.stored[task.where].T
    full = np.full(len(task.mask), 1, dtype=np.int64)
    return Amounts(
        {
            "vram": rows.vram,
            "ram": rows.ram + np.where(unified[rows.gpu], rows.vram, 0),
            "disk": disk,
            "download": download,
            "time": task.waits,
        },
        {
            "vram": cards[rows.gpu],
            "ram": full * has["ram"],
            "disk": full * min(has["disk"], has["max_disk"]),
            "download": full * has["max_download"],
            "time": full * has[f"time.{task.number}"],
        },
    )


def admitted(case: Case, task: OpenTask, kept: Iterable[int]) -> Flags:
    """Rows that no kept guard holds back and that fit by themselves."""
    kept = frozenset(kept)
    bits = sum(1 << refusal for number in kept for refusal in case.guarded.guards[number].refusals)
    found = amounts(case, task, kept)
    fits: Flags = task.mask & bits == 0
    for name, needs in found.needs.items():
        fits = fits & (needs <= found.has[name])
    return fits


def evidence(case: Case, number: int, conflict: Sequence[int], most: int = 2) -> tuple[Reason, ...]:
    """What would do without one guard: the best pipelines, one a model, each with what it breaks."""
    key = case.keys[number]
    if key.kind in ("task", "together", "max_cost"):  # what a service costs the cascade says
        return ()
    found: list[Reason] = []
    meant = {case.keys[n].task for n in conflict if case.keys[n].kind == "task"} if key.task is None else {key.task}
    for position in sorted(n for n in range(len(case.opened.tasks)) if n in meant):
        for kept in _nearly_all(case, number, conflict):
            case.guarded.complete(kept)
            task = case.opened.tasks[position]
            now = admitted(case, task, kept) & ~admitted(case, task, kept | {number})
            if now.any():
                found += [_broken(case, task, row, number) for row in _best(task, np.flatnonzero(now), most)]
                break
    return tuple(found)


def _nearly_all(case: Case, number: int, conflict: Sequence[int]) -> list[frozenset[int]]:
    """What to keep beside a guard that goes: all others, else the conflict with all that refuses, else the conflict.

    Where only the conflict leaves something, a wish is not what keeps it out: other things refuse it as well.
    """
    refusing = {n for n, guard in enumerate(case.guarded.guards) if guard.refusals}
    sets = [case.guarded.all, refusing.union(conflict)]
    if case.keys[number].kind not in ("models", "variants", "runtimes", "by_name"):
        sets.append(set(conflict))
    return [frozenset(kept) - {number} for kept in sets]


def _best(task: OpenTask, rows: Array, most: int) -> list[int]:
    """The best row of each of the best models: by value, then the least demanding, then canonically."""
    order = np.lexsort((np.arange(len(rows)), task.rows.ram[rows], task.rows.vram[rows], -task.rows.value[rows]))
    found: dict[int, int] = {}
    for row in rows[order].tolist():
        found.setdefault(int(task.models[row]), row)
        if len(found) == most:
            break
    return list(found.values())


def label(case: Case, task: OpenTask, row: int) -> str:
    """A pipeline in a few words: its model, the main part's variant, the runtime, the placement."""
    branch, base, _ = task.branches[int(task.rows.key[row, 0])]
    key = task.rows.key[row].tolist()
    parts = [o.part for g, i in zip(branch.groups, base.chosen[key[2]], strict=True) for o in g[int(i)]]
    placement = placement_words(PLACEMENTS[key[3]])
    variant = main_variant(parts, case.opened.prepared.knowledge)
    return f"{branch.model.title} {variant} in {branch.runtime.title}, {placement}"


def amount_text(resource: str, amount: int) -> str:
    """An amount of a resource in words."""
    if resource == "time":
        return format_milliseconds(amount)
    return format_file(amount) if resource in ("disk", "download") else format_memory(amount)


def needs_text(resource: str, needs: int) -> str:
    """Words like "needs 6.9 GB of VRAM"."""
    if resource == "time":
        return f"takes {format_milliseconds(needs)}"
    if resource == "download":
        return f"downloads {format_file(needs)}"
    return f"needs {amount_text(resource, needs)} of {WORDS[resource]}"


def short_text(resource: str, needs: int, has: int, kind: str = "") -> str:
    """Words like "needs 6.9 GB of VRAM, models may use 3.4 GB".

    Args:
        resource: vram, ram, disk, download or time.
        needs: what a pipeline needs, more than `has`.
        has: what there is for it.
        kind: of the guard that bounds it, where that is a budget of the request.
    """
    if resource == "time":
        return f"may take {enough_time(needs)}, the limit is {format_milliseconds(has)}"
    need, have = apart(resource, needs, has)
    if resource == "download":
        return f"downloads {need}, the request allows {have}"
    if resource == "disk":
        return (
            f"needs {need} of disk space, {f'the request allows {have}' if kind == 'max_disk' else f'{have} is free'}"
        )
    return f"needs {need} of {WORDS[resource]}, " + (
        f"models may use {have}" if has > 0 else "nothing is left for models"
    )


def _of_model(text: str, title: str) -> str:
    """A reason after the name of its model and variant: "has no voice cloning"."""
    rest = text.removeprefix(f"{title} ")
    after_variant = re.sub(r"^[a-z0-9_]+: ", "", rest)
    return rest if rest.startswith(_VERBS) else text if after_variant == rest else after_variant


def _bounded(guard: Guard) -> set[str]:
    """Resources that a guard's capacities bound."""
    names = {"max_disk": "disk", "max_download": "download"}
    return {names.get(name, name.partition(".")[0]) for name in guard.capacities}


def _broken(case: Case, task: OpenTask, row: int, number: int) -> Reason:
    """A pipeline and what it breaks of one guard."""
    key, guard = case.keys[number], case.guarded.guards[number]
    model = task.model(row)
    name = label(case, task, row)
    quality = Quantity(name="quality", value=int(task.rows.value[row]), unit="centipoints")
    if not guard.capacities:
        mine = [r for n, r in task.held(row) if n in guard.refusals]
        children = tuple(
            Reason(
                rule=r.rule,
                subject=r.subject,
                text=r.text,
                changeable_by=r.changeable_by,
                source=r.source,
                origin=r.origin,
            )
            for r in mine
        )
        why = ""
        if children and key.kind not in _SELF_EVIDENT:
            why = f": {readable(_of_model(children[0].text, model.title), case.opened.prepared.knowledge)}"
        why = f" at {describe(task.smaller)}" if key.kind == "size" else why
        template = model.explanation.get("rejected_platform") if key.kind in ("architecture", "platform") else None
        why += f" ({template.rstrip('.')})" if template else ""
        rule, origin, source = f"request.{key.kind}", model.origin, None
        if mine:
            rule, origin, source = mine[0].rule, mine[0].origin, mine[0].source
        return Reason(
            rule=rule, subject=model.title, text=f"{name}{why}", changeable_by=guard.changeable_by,
            numbers=(quality,), source=source, origin=origin, children=children,
        )  # fmt: skip
    found = amounts(case, task)
    own = _bounded(guard)
    short = [n for n in found.needs if n in own and found.needs[n][row] > found.has[n][row]]
    resource = short[0] if short else "vram"
    needs, has = int(found.needs[resource][row]), int(found.has[resource][row])
    unit = "ms" if resource == "time" else "B"
    text = f"{name}: {short_text(resource, needs, has, key.kind)}"
    template = model.explanation.get("rejected_vram") if resource == "vram" else None
    if template:
        text += f" ({template.rstrip('.')})"
    return Reason(
        rule=_RULES.get(resource, f"policy.max_{resource}"),
        subject=model.title,
        text=text,
        changeable_by=guard.changeable_by,
        numbers=(
            Quantity(name="needs", value=needs, unit=unit),
            Quantity(name="has", value=has, unit=unit),
            quality,
        ),
        origin=model.origin,
    )
