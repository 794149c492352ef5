"""How two bundles differ: of one answer, of two machines, of two catalogs; and what in the inputs differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rigfit.errors import InputError
from rigfit.explain.inputs import input_changes
from rigfit.explain.words import compared
from rigfit.schema.answer import Answer, Bundle, LimitUse, TaskAnswer
from rigfit.schema.difference import Change, Difference, Side, TaskDifference
from rigfit.units import format_file, format_memory, format_milliseconds

_PLAIN = ("model", "runtime", "packaging", "placement", "device", "peak_phase")
_SHOWN = {"peak_phase": "phase of the peak"}
_LISTS = ("features", "addons", "licences")
_SINGULAR = {"features": "feature", "addons": "add-on", "licences": "licence", "nodes": "node package"}
_SINGULAR |= {"runtimes": "runtime", "flags": "flag"}


def difference(first: Answer, second: Answer, *, rank: int = 1, other: int = 1) -> Difference:
    """How a bundle of one answer differs from a bundle of another.

    Args:
        first: an answer.
        second: another one, or the same.
        rank: which bundle of the first.
        other: which bundle of the second.

    Raises:
        InputError: when an answer that has bundles has none of that rank.
    """
    one, two = _pick(first, rank), _pick(second, other)
    tasks = tuple(t for t in _tasks(one, two) if t.changes)
    bundle = tuple(_bundle(first, second, one, two))
    return Difference(
        first=_side(first, one),
        second=_side(second, two),
        same=not tasks and not bundle,
        inputs=tuple(input_changes(first, second)),
        tasks=tasks,
        bundle=bundle,
    )


def _pick(answer: Answer, rank: int) -> Bundle | None:
    if not answer.bundles:
        return None
    if not 1 <= rank <= len(answer.bundles):
        have = f"{len(answer.bundles)} bundle{'s' if len(answer.bundles) > 1 else ''}"
        raise InputError(f"there is no bundle {rank}: the answer {answer.record.id} has {have}")
    return answer.bundles[rank - 1]


def _side(answer: Answer, bundle: Bundle | None) -> Side:
    title = " + ".join(task.title for task in bundle.tasks) if bundle is not None else "no bundle"
    rank = bundle.rank if bundle is not None else None
    return Side(record=answer.record.id, status=answer.status, rank=rank, title=title)


def _tasks(one: Bundle | None, two: Bundle | None) -> Iterator[TaskDifference]:
    """Tasks paired by their name, and by their order where a name stands twice."""
    sides = [_numbered(bundle.tasks if bundle is not None else ()) for bundle in (one, two)]
    for key in dict.fromkeys((*sides[0], *sides[1])):
        before, after = (side.get(key) for side in sides)
        if before is not None and after is not None:
            changes = tuple(_task(before, after))
        else:
            titles = tuple(task.title if task is not None else None for task in (before, after))
            changes = (_words("model", *titles),)
        yield TaskDifference(task=key[0], changes=changes)


def _numbered(tasks: Iterable[TaskAnswer]) -> dict[tuple[str, int], TaskAnswer]:
    found: dict[tuple[str, int], TaskAnswer] = {}
    for task in tasks:
        found[task.task, sum(name == task.task for name, _ in found)] = task
    return found


def _task(before: TaskAnswer, after: TaskAnswer) -> Iterator[Change]:
    for name in _PLAIN:
        yield from _if_changed(_SHOWN.get(name, name), getattr(before, name), getattr(after, name))
    for role in sorted({*before.variants, *after.variants}):
        yield from _if_changed(f"variant of {role}", before.variants.get(role), after.variants.get(role))
    if before.placement == after.placement == "streamed":
        yield from _amount("share that stays on the card", before.resident_share, after.resident_share, "permille")
    yield from _if_changed("tiled decode", before.tiled_decode, after.tiled_decode)
    yield from _if_changed("cache", before.cache, after.cache)
    yield from _if_changed("layers on the card", before.layers_on_card, after.layers_on_card)
    for field in sorted({*before.size, *after.size}):
        yield from _if_changed(field, before.size.get(field), after.size.get(field))
    yield from _amount("quality", before.quality, after.quality, "centipoints")
    old, new = (task.milliseconds.expected if task.milliseconds is not None else None for task in (before, after))
    yield from _amount("time", old, new, "ms")
    yield from _amount("VRAM at the peak", before.peak_vram.expected, after.peak_vram.expected, "bytes")
    yield from _amount("RAM at the peak", before.peak_ram.expected, after.peak_ram.expected, "bytes")
    yield from _limits(before.limits, after.limits)
    for name in _LISTS:
        yield from _members(_SINGULAR[name], getattr(before, name), getattr(after, name))
    yield from _members("warning", (r.text for r in before.warnings), (r.text for r in after.warnings))
    yield from _members("note", (r.text for r in before.compute), (r.text for r in after.compute))


def _limits(before: Iterable[LimitUse], after: Iterable[LimitUse]) -> Iterator[Change]:
    sides = [{limit.resource: limit for limit in limits} for limits in (before, after)]
    for resource in dict.fromkeys((*sides[0], *sides[1])):
        old, new = (side[resource].free if resource in side else None for side in sides)
        unit = "bytes of storage" if resource in ("disk", "download") else "bytes"
        label = resource.upper() if resource in ("vram", "ram") else resource
        yield from _amount(f"{label} to spare", old, new, unit)


def _bundle(first: Answer, second: Answer, one: Bundle | None, two: Bundle | None) -> Iterator[Change]:
    yield from _if_changed("status", first.status, second.status)
    if one is None or two is None:
        return
    yield from _amount("to download", one.download_bytes, two.download_bytes, "bytes of storage")
    yield from _amount("new on disk", one.disk_bytes, two.disk_bytes, "bytes of storage")
    yield from _limits(one.limits, two.limits)
    for name in ("runtimes", "nodes", "flags", "licences"):
        yield from _members(_SINGULAR[name], getattr(one, name), getattr(two, name))
    yield from _members("file", (file.name for file in one.files), (file.name for file in two.files))
    # Points are weighted with what each task is worth; only a common weight can be taken off again.
    importances = {task.importance for answer in (first, second) for task in answer.record.request.tasks}
    weight = importances.pop() if len(importances) == 1 else 10
    for number in range(max(len(one.criteria), len(two.criteria))):
        before, after = (b.criteria[number] if number < len(b.criteria) else None for b in (one, two))
        names = [c.name for c in (before, after) if c is not None]
        if len(set(names)) > 1 or before is None or after is None:
            yield from _if_changed(
                f"criterion {number + 1}", before.name if before else None, after.name if after else None
            )
        elif before.value != after.value:
            by = after.value - before.value
            text = f"criterion {before.name}: {compared(before.name, -by, weight)}"
            yield Change(
                what=f"criterion {before.name}",
                before=before.value,
                after=after.value,
                unit=before.unit,
                by=by,
                text=text,
            )


def _if_changed(
    what: str, before: int | float | str | bool | None, after: int | float | str | bool | None
) -> Iterator[Change]:
    if before != after:
        yield _words(what, before, after)


def _words(what: str, before: int | float | str | bool | None, after: int | float | str | bool | None) -> Change:
    shown = [
        "none" if v is None else {True: "yes", False: "no"}[v] if isinstance(v, bool) else v for v in (before, after)
    ]
    return Change(what=what, before=before, after=after, text=f"{what}: {shown[0]} -> {shown[1]}")


def _amount(what: str, before: int | None, after: int | None, unit: str) -> Iterator[Change]:
    """A change of an amount, with how much it is."""
    if before == after:
        return
    shown = [_format(value, unit) if value is not None else "unknown" for value in (before, after)]
    by = after - before if before is not None and after is not None else None
    more = f" ({'+' if by > 0 else '-'}{_format(abs(by), unit)})" if by is not None else ""
    base = "bytes" if unit.startswith("bytes") else unit
    yield Change(
        what=what, before=before, after=after, unit=base, by=by, text=f"{what}: {shown[0]} -> {shown[1]}{more}"
    )


def _format(value: int, unit: str) -> str:
    if unit == "bytes":
        return format_memory(value)
    if unit == "bytes of storage":
        return format_file(value)
    if unit == "ms":
        return format_milliseconds(value)
    if unit == "permille":
        return f"{value / 10:.0f} %"
    return f"{value / 100:.1f} points"


def _members(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Change]:
    """What a list gains and loses."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    for name in old:
        if name not in new:
            yield Change(what=what, before=name, after=None, text=f"{what} no longer: {name}")
    for name in new:
        if name not in old:
            yield Change(what=what, before=None, after=name, text=f"{what} new: {name}")
