"""What differs in all that went into two decisions: facts of the machine, the request, catalog and rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigfit.schema.answer import Answer
from rigfit.schema.difference import InputChange
from rigfit.units import format_file, format_memory

_MEMORY = ("ram", "vram", "vram_free", "ram_available", "reserve_vram", "reserve_ram")
_STORAGE = ("disk", "disk_free", "max_disk", "max_download")
# They tell how a fact came about, and follow from the facts.
_REMARKS = ("assumptions", "unread", "notes")


def input_changes(first: Answer, second: Answer) -> Iterator[InputChange]:
    """Every fact that differs, in the order machine, request, catalog, rules, version."""
    machines = [
        {key: value for key, value in a.machine.model_dump(mode="json", by_alias=True).items() if key not in _REMARKS}
        for a in (first, second)
    ]
    yield from _walk("machine", "", *machines)
    requests = [a.record.request.model_dump(mode="json", by_alias=True) for a in (first, second)]
    yield from _walk("request", "", *requests)
    one, two = first.record, second.record
    if one.catalog != two.catalog:
        yield _change("catalog", "digest", one.catalog, two.catalog, "the catalogs differ")
        for entry in sorted({*one.entries} & {*two.entries}):
            if one.entries[entry] != two.entries[entry]:
                text = f"the catalog says something else of {entry}"
                yield _change("catalog", entry, one.entries[entry], two.entries[entry], text)
    if one.rules != two.rules:
        yield _change("rules", "digest", one.rules, two.rules, "the rules differ")
    for rule in sorted({*one.rules_fired, *one.rules_not_fired} ^ {*two.rules_fired, *two.rules_not_fired}):
        there = rule in one.rules_fired or rule in one.rules_not_fired
        text = f"the rule {rule} is {'gone' if there else 'new'}"
        yield _change("rules", rule, "stated" if there else None, None if there else "stated", text)
    if one.rigfit != two.rigfit:
        yield _change("rigfit", "version", one.rigfit, two.rigfit, f"rigfit {one.rigfit} -> {two.rigfit}")


def _walk(part: str, path: str, before: Any, after: Any) -> Iterator[InputChange]:
    """Leaves that differ; lists of names are leaves."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _walk(part, f"{path}.{key}" if path else key, before.get(key), after.get(key))
    elif _objects(before) and _objects(after):
        for number in range(max(len(before), len(after))):
            pair = (values[number] if number < len(values) else None for values in (before, after))
            yield from _walk(part, f"{path}[{number}]", *pair)
    else:
        field = path.rpartition(".")[2]
        shown = [_shown(field, value) for value in (before, after)]
        text = f"{part} {path}: {shown[0]} -> {shown[1]}"
        yield _change(part, path, _leaf(before), _leaf(after), text)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, dict) for part in value)


def _leaf(value: Any) -> Any:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("task") or "present")
    return ", ".join(str(_leaf(part)) for part in value) if isinstance(value, list) else value


def _shown(field: str, value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and field in _MEMORY:
        return format_memory(value)
    if isinstance(value, int) and field in _STORAGE:
        return format_file(value)
    if isinstance(value, int) and field.endswith("bandwidth"):
        return f"{value / 10**9:g} GB/s"
    if isinstance(value, int) and field.endswith("_flops"):
        return f"{value / 10**12:g} TFLOPS"
    return str(_leaf(value))


def _change(part: str, what: str, before: Any, after: Any, text: str) -> InputChange:
    by = None
    if all(isinstance(value, int) and not isinstance(value, bool) for value in (before, after)):
        by = after - before
    return InputChange.model_validate(
        {"part": part, "what": what, "before": before, "after": after, "by": by, "text": text}
    )
