"""What each guard is called: what a person typed, where it stands, and what one could do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rigfit.candidates.guards import Key
from rigfit.explain.opened import Case
from rigfit.explain.words import card_name, describe, feature_words, listed, task_words, variant_words
from rigfit.schema.reason import Hint, Member
from rigfit.units import format_file, format_memory, format_milliseconds, format_usd


def member(case: Case, number: int) -> Member:
    """A guard as part of a conflict, without evidence."""
    key, guard = case.keys[number], case.guarded.guards[number]
    text, field, option, stated = _WORDS[key.kind](case, key)
    return Member(
        kind=key.kind,
        text=text,
        changeable_by=guard.changeable_by,
        field=field,
        option=option,
        stated=stated,
        hint=hint(case, key),
    )


_NAMES = {
    "cuda": "CUDA", "rocm": "ROCm", "mps": "MPS", "xpu": "XPU",
    "linux": "Linux", "windows": "Windows", "macos": "macOS",
}  # fmt: skip
_Words = tuple[str, str, str | None, bool]


def _name(case: Case, key: Key) -> str:
    assert key.task is not None
    task = case.opened.tasks[key.task]
    several = sum(other.rule.id == task.rule.id for other in case.opened.tasks) > 1
    return task_words(task.rule.id) + (f" (task {key.task + 1})" if several else "")


def _among(case: Case, key: Key) -> str:
    """Which task is meant, in parentheses, where there are several."""
    return f" ({_name(case, key)})" if len(case.opened.tasks) > 1 else ""


def _titles(kind: str, names: Iterable[str], case: Case, last: str) -> str:
    """Titles of entries; a family or an alias is called what it was called."""
    entries = case.opened.prepared.knowledge.index(kind)
    return listed([entries[name].title if name in entries else name for name in names], last)


def _task(case: Case, key: Key) -> _Words:
    option = f"--task {case.opened.tasks[key.task or 0].task.task}"
    return _name(case, key), f"tasks.{key.task}", option, True


def _feature(case: Case, key: Key) -> _Words:
    stated = key.detail in case.opened.prepared.request.tasks[key.task or 0].features
    option = "--lora" if key.detail == "lora" else f"--need {key.detail}"
    text = f"{_name(case, key)} with {feature_words(key.detail, case.opened.prepared.knowledge)}"
    return text, f"tasks.{key.task}.features", option, stated


def _size(case: Case, key: Key) -> _Words:
    task = case.opened.tasks[key.task or 0]
    stated = bool(task.task.size.model_fields_set)
    text = f"{_name(case, key)} at {describe(task.size)}"
    return text, f"tasks.{key.task}.size", "--size", stated


def _time(case: Case, key: Key) -> _Words:
    task = case.opened.tasks[key.task or 0]
    stated = case.opened.prepared.request.policies.max_time is not None
    most = format_milliseconds(case.guarded.capacities[f"time.{key.task}"])
    text = f"at most {most} for {_article(task.rule.unit)}{_among(case, key)}"
    return text, "policies.max_time", "--max-time", stated


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _models(case: Case, key: Key) -> _Words:
    task = case.opened.tasks[key.task or 0].task
    if task.models:
        text, option = f"only {_titles('models', task.models, case, 'or')}", f"--model {' --model '.join(task.models)}"
        return f"{text}{_among(case, key)}", f"tasks.{key.task}.models", option, True
    text = f"without {_titles('models', task.exclude, case, 'and')}{_among(case, key)}"
    return text, f"tasks.{key.task}.exclude", None, True


def _variants(case: Case, key: Key) -> _Words:
    knowledge = case.opened.prepared.knowledge
    fixed = case.opened.tasks[key.task or 0].task.variants.items()
    text = listed([f"the {role.replace('_', ' ')} in {variant_words(variant, knowledge)}" for role, variant in fixed])
    return f"only with {text}{_among(case, key)}", f"tasks.{key.task}.variants", None, True


def _by_name(case: Case, key: Key) -> _Words:
    text = f"models that are offered only by name are left out{_among(case, key)}"
    return text, f"tasks.{key.task}.models", "--model", False


def _together(case: Case, key: Key) -> _Words:
    members = [task_words(t.task) for t in case.opened.prepared.tasks if t.together == key.detail]
    return f"{listed(members)} hold their weights at the same time", f"tasks.{key.task}.together", None, True


def _runtimes(case: Case, key: Key) -> _Words:
    runtimes = case.opened.prepared.request.policies.runtimes
    option = f"--runtime {' --runtime '.join(runtimes)}"
    return f"only in {_titles('runtimes', runtimes, case, 'or')}", "policies.runtimes", option, True


def _licence(case: Case, key: Key) -> _Words:
    policies = case.opened.prepared.request.policies
    if policies.use == "commercial":
        revenue = f" with {policies.revenue_usd:,} USD of revenue" if policies.revenue_usd is not None else ""
        return f"commercial use{revenue}", "policies.use", "--commercial", True
    return "selling what is made", "policies.sells_output", None, True


def _territory(case: Case, key: Key) -> _Words:
    where = case.opened.prepared.request.policies.territory
    return f"use in {'the EU' if where == 'EU' else where}", "policies.territory", None, True


def _experimental(case: Case, key: Key) -> _Words:
    return "experimental models are left out", "policies.experimental", "--experimental", False


def _budget(case: Case, key: Key) -> _Words:
    if key.kind == "max_cost":
        most = format_usd(case.guarded.capacities["max_cost"])
        return f"at most {most} a month for services", "policies.max_cost", "--max-cost", True
    what = "of new disk space" if key.kind == "max_disk" else "to download"
    option = "--max-disk" if key.kind == "max_disk" else None
    return f"at most {format_file(case.guarded.capacities[key.kind])} {what}", f"policies.{key.kind}", option, True


def _disk(case: Case, key: Key) -> _Words:
    return f"{format_file(case.usable.disk)} of free disk space", "machine.disk", "--disk", _is_stated(case, "disk")


def _ram(case: Case, key: Key) -> _Words:
    machine = case.opened.prepared.machine
    text = f"{format_memory(machine.ram)} of RAM, {_left(case.usable.ram)}"
    return text, "machine.ram", "--ram", _is_stated(case, "ram")


def _memory(case: Case, key: Key) -> _Words:
    machine = case.opened.prepared.machine
    text = f"{format_memory(machine.ram)} of unified memory, {_left(case.usable.ram)}"
    return text, "machine.ram", "--ram", _is_stated(case, "ram")


def _left(usable: int) -> str:
    return f"of which models may use {format_memory(usable)}" if usable > 0 else "of which nothing is left for models"


def _is_stated(case: Case, field: str) -> bool:
    machine = case.opened.prepared.machine
    return machine.simulated and not any(a.field in (field, f"{field}_free") for a in machine.assumptions)


def _vram(case: Case, key: Key) -> _Words:
    assert key.gpu is not None
    gpu = case.opened.prepared.machine.gpus[key.gpu]
    where = card_name(case.opened.prepared.machine, key.gpu)
    text = f"{format_memory(gpu.vram)} of VRAM on the {where}, {_left(case.usable.vram[key.gpu])}"
    return text, f"machine.gpus.{key.gpu}", "--gpu", case.opened.prepared.machine.simulated


def _architecture(case: Case, key: Key) -> _Words:
    assert key.gpu is not None
    gpu = case.opened.prepared.machine.gpus[key.gpu]
    what = gpu.compute_capability or gpu.gfx
    where = card_name(case.opened.prepared.machine, key.gpu)
    text = f"the architecture of the {where} ({gpu.architecture}{f' {what}' if what else ''})"
    return text, f"machine.gpus.{key.gpu}", "--gpu", case.opened.prepared.machine.simulated


def _platform(case: Case, key: Key) -> _Words:
    assert key.gpu is not None
    machine = case.opened.prepared.machine
    gpu = machine.gpus[key.gpu]
    backend, system = _NAMES.get(gpu.backend, gpu.backend), _NAMES.get(machine.os, machine.os)
    text = f"the {card_name(machine, key.gpu)}, which computes with {backend} on {system}"
    return text, "machine.os", "--os", _is_stated(case, "os")


def _card(case: Case, key: Key) -> _Words:
    return "there is no graphics card", "machine.gpus", "--gpu", case.opened.prepared.machine.simulated


_WORDS: dict[str, Any] = {
    "task": _task, "feature": _feature, "size": _size, "time": _time, "models": _models, "variants": _variants,
    "by_name": _by_name, "together": _together, "runtimes": _runtimes, "licence": _licence, "territory": _territory,
    "experimental": _experimental, "max_disk": _budget, "max_download": _budget,
    "max_cost": _budget, "disk": _disk, "ram": _ram,
    "memory": _memory, "vram": _vram, "architecture": _architecture, "platform": _platform, "card": _card,
}  # fmt: skip


def hint(case: Case, key: Key, amount: int | None = None) -> Hint:
    """What one could do about a guard.

    Args:
        case: the guarded problem.
        key: the guard.
        amount: milliseconds, bytes or millionths of a US dollar that would do, where known.
    """
    from rigfit.schema import reason as r

    task = key.task if key.task is not None else 0
    if key.kind == "size":
        less = case.opened.tasks[task].smaller
        fields = ("width", "height", "frames", "seconds", "batch", "context")
        return r.LowerSize(task=task, **{field: getattr(less, field) for field in fields})
    simple: dict[str, Any] = {
        "task": lambda: r.DropTask(task=task),
        "feature": lambda: r.DropFeature(task=task, feature=key.detail),
        "time": lambda: r.RaiseTime(task=task, milliseconds=amount),
        "models": lambda: r.AllowModels(task=task),
        "variants": lambda: r.AllowVariants(task=task),
        "by_name": lambda: r.NameModel(task=task),
        "together": lambda: r.InTurn(group=key.detail),
        "runtimes": r.AllowRuntimes,
        "licence": r.AllowLicence,
        "territory": r.AllowTerritory,
        "experimental": r.AllowExperimental,
        "max_disk": lambda: r.RaiseBudget(budget="max_disk", bytes=amount),
        "max_download": lambda: r.RaiseBudget(budget="max_download", bytes=amount),
        "max_cost": lambda: r.RaiseBudget(budget="max_cost", money=amount),
        "disk": lambda: r.FreeDisk(bytes=amount),
        "ram": lambda: r.MoreRam(bytes=amount),
        "memory": lambda: r.MoreRam(bytes=amount),
        "vram": lambda: r.MoreVram(gpu=key.gpu, bytes=amount),
        "architecture": lambda: r.OtherCard(gpu=key.gpu),
        "platform": lambda: r.OtherPlatform(gpu=key.gpu),
        "card": r.AddCard,
    }
    found: Hint = simple[key.kind]()
    return found
