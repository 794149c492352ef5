"""From options and files to a request and a machine: the same for every command that solves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from rigfit import units
from rigfit.cli.completing import completer
from rigfit.errors import InputError, RigfitError, unknown
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.knowledge.profiles import find_profile
from rigfit.knowledge.validate import validate
from rigfit.machine.stated import stated_machine, unitless, with_stated
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Policies, Request, Size, TaskRequest

F = TypeVar("F", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)


class Amount(click.ParamType[int]):
    """An amount of memory or storage, like 12GB, 12GiB or 8192MB."""

    name = "size"

    def __init__(self, *, memory: bool) -> None:
        self.memory = memory

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return units.parse_bytes(value, memory=self.memory)
        except units.UnitError as problem:
            self.fail(str(problem), param, ctx)


class Duration(click.ParamType[int]):
    """A duration, like 90s or 5min."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return units.parse_milliseconds(value)
        except units.UnitError as problem:
            self.fail(str(problem), param, ctx)


class Dollars(click.ParamType[int]):
    """An amount of US dollars, like 549 or 0.025; kept in millionths."""

    name = "USD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return units.parse_usd(value)
        except units.UnitError as problem:
            self.fail(str(problem), param, ctx)


class Resolution(click.ParamType[tuple[int, int]]):
    """Width x height in pixels, like 1024x1024."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        found = re.fullmatch(r"\s*([0-9]{1,6})\s*[xX]\s*([0-9]{1,6})\s*", str(value))
        if found is None:
            shown = str(value) if len(str(value)) <= 40 else str(value)[:37] + "..."
            self.fail(f"{shown!r} is not a size; write it like 1024x1024", param, ctx)
        return int(found.group(1)), int(found.group(2))


# One option a line reads best, however long the line.
# ruff: noqa: E501
_MACHINE = (
    click.option(
        "--gpu",
        "gpus",
        multiple=True,
        metavar="NAME",
        shell_complete=completer("gpus"),
        help="Simulate this card (again for a second one; 'none' for no card).",
    ),
    click.option("--vram", type=Amount(memory=True), help="Memory of the simulated card."),
    click.option("--ram", type=Amount(memory=True), help="System memory."),
    click.option("--disk", type=Amount(memory=False), help="Free disk space."),
    click.option(
        "--reserve-vram",
        type=Amount(memory=True),
        help="Keep this much of every card free, as ComfyUI's option of that name does.",
    ),
    click.option("--reserve-ram", type=Amount(memory=True), help="Keep this much memory free."),
    click.option(
        "--os", type=click.Choice(["linux", "windows", "macos"]), help="Operating system of the simulated machine."
    ),
    click.option(
        "--machine", "machine_file", type=click.Path(path_type=Path), help="A machine file (rigfit hardware --save)."
    ),
    click.option(
        "--models",
        "models_dirs",
        multiple=True,
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Folder with models: what lies there is not downloaded (again for more).",
    ),
)
_REQUEST = (
    click.option("--preset", metavar="NAME", shell_complete=completer("presets"), help="A named request (rigfit presets)."),
    click.option("--task", "tasks", multiple=True, metavar="TASK", shell_complete=completer("tasks"), help="A job to do; several may be given."),
    click.option("--need", "needs", multiple=True, metavar="FEATURE", help="A feature that must work, like inpainting or controlnet:depth."),
    click.option("--model", "models", multiple=True, metavar="MODEL", shell_complete=completer("models"), help="Only these models or families."),
    click.option("--style", help="photorealistic, cinematic, anime_illustration, ..."),
    click.option("--size", type=Resolution(), help="Pixels of one result."),
    click.option("--lora", is_flag=True, help="LoRAs must work."),
    click.option("--commercial", is_flag=True, help="For commercial use."),
    click.option("--revenue", type=click.IntRange(min=0), metavar="USD", help="Annual revenue, for licences with a cap."),
    click.option("--experimental", is_flag=True, help="Offer experimental models too."),
    click.option("--prefer", metavar="PROFILE", help="balanced (default), quality, speed or small."),
    click.option("--confidence", type=click.Choice(["safe", "expected", "optimistic"]), help="Which end of each estimate must fit."),
    click.option("--runtime", "runtimes", multiple=True, metavar="NAME", shell_complete=completer("runtimes"), help="Only these runtimes."),
    click.option("--max-time", type=Duration(), help="The longest one result may take."),
    click.option("--max-disk", type=Amount(memory=False), help="The most new disk space."),
    click.option("--cloud", type=click.Choice(["no", "fallback", "preferred"]), help="Whether services may do a task: never, where nothing here can, or where they do it better."),
    click.option("--cloud-over", type=Duration(), help="A result that takes longer here may go to a service (with --cloud)."),
    click.option("--monthly-volume", type=click.IntRange(1, 10**9), metavar="N", help="Results of each task a month, which services charge for."),
    click.option("--max-cost", type=Dollars(), help="The most that services may charge a month."),
    click.option("--top", type=click.IntRange(1, 50), help="How many bundles (3)."),
    click.option("--engine", type=click.Choice(["cpsat", "exhaustive"]), help="exhaustive: a second opinion for small problems."),
    click.option("--catalog", "catalog_dir", type=click.Path(path_type=Path), help="A folder with your own entries, layered over ours."),
)  # fmt: skip


def machine_options(function: F) -> F:
    """Options that describe a machine."""
    for option in reversed(_MACHINE):
        function = option(function)
    return function


def request_options(function: F) -> F:
    """Options that describe a request."""
    for option in reversed(_REQUEST):
        function = option(function)
    return function


@contextmanager
def pointing_into(file: Path | None) -> Iterator[None]:
    """Give errors about a word of a request file the line that the word stands on."""
    try:
        yield
    except RigfitError as problem:
        if file is None or problem.where is not None or problem.name is None:
            raise
        from rigfit.knowledge.yamlfile import read

        where = read(file).find(problem.name)
        raise type(problem)(problem.message, where=where, name=problem.name) from None


def knowledge_from(catalog_dir: Path | None) -> Knowledge:
    """Catalog and rules, with the user's folder on top."""
    return load_knowledge(catalog_dir)


def _checked(model: type[M], values: dict[str, Any], what: str) -> M:
    """A document built from options; a mistake in one is the person's, not ours."""
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or what
        raise InputError(f"{field}: {first['msg'].removeprefix('Value error, ')}") from None


def request_from(file: Path | None, options: dict[str, Any], knowledge: Knowledge) -> Request:
    """The request: a file or a preset, then whatever the options say on top."""
    if file is not None and options["preset"]:
        raise InputError(
            "a request file and --preset exclude each other: print the preset (rigfit presets NAME) and edit it"
        )
    if file is not None:
        from rigfit.knowledge.yamlfile import read

        document = read(file)
        request = validate(Request, document)
        bare = unitless(request.machine) if request.machine is not None else None
        if bare is not None:
            raise InputError(bare[1], where=document.where(("machine", bare[0])))
    elif options["preset"]:
        presets = knowledge.index("presets")
        if options["preset"] not in presets:
            raise unknown("preset", options["preset"], presets, more=" (rigfit presets lists them)")
        request = presets[options["preset"]].request.model_copy(update={"preset": options["preset"]})
    else:
        request = Request()
    for name in options["runtimes"]:
        if name not in knowledge.index("runtimes"):
            raise unknown("runtime", name, knowledge.index("runtimes"))
    if options["prefer"] is not None:
        find_profile(options["prefer"], knowledge)  # raises with the nearest names
    policies = request.policies.model_dump(mode="json")
    if options["commercial"]:
        policies["use"] = "commercial"
    for name, key in (("revenue", "revenue_usd"), ("prefer", "prefer"), ("confidence", "confidence"),
                      ("cloud", "cloud"), ("monthly_volume", "monthly_volume")):  # fmt: skip
        if options[name] is not None:
            policies[key] = options[name]
    if options["experimental"]:
        policies["experimental"] = True
    if options["runtimes"]:
        policies["runtimes"] = options["runtimes"]
    if options["max_disk"] is not None:
        policies["max_disk"] = options["max_disk"]
    if options["max_time"] is not None:
        policies["max_time"] = f"{options['max_time']} ms"
    if options["cloud_over"] is not None:
        policies["cloud_over"] = f"{options['cloud_over']} ms"
    if options["max_cost"] is not None:
        policies["max_cost"] = units.usd_text(options["max_cost"])
    for name, option in (("cloud_over", "--cloud-over"), ("max_cost", "--max-cost")):
        if options[name] is not None and policies["cloud"] == "no":
            raise InputError(f"{option} is about services: add --cloud fallback or --cloud preferred")
    changes: dict[str, Any] = {
        "policies": _checked(Policies, policies, "policies"),
        "tasks": _tasks(request, options, knowledge),
    }
    for name in ("top", "engine"):
        if options[name] is not None:
            changes[name] = options[name]
    return request.model_copy(update=changes)


def _tasks(request: Request, options: dict[str, Any], knowledge: Knowledge) -> tuple[TaskRequest, ...]:
    rules = knowledge.index("tasks")
    tasks = list(request.tasks)
    for name in options["tasks"]:
        if name not in rules:
            raise unknown("task", name, rules)
        tasks.append(_checked(TaskRequest, {"task": name}, "task"))
    needs = [*options["needs"], *(["lora"] if options["lora"] else [])]
    for need in needs:
        tasks = _with_need(tasks, need, knowledge)
    changes: dict[str, Any] = {}
    if options["models"]:
        for name in options["models"]:
            if name not in knowledge.model_names:
                raise unknown("model", name, knowledge.model_names)
        changes["models"] = options["models"]
    if options["style"] is not None:
        changes["style"] = _checked(TaskRequest, {"task": "image_generation", "style": options["style"]}, "style").style
    if options["size"] is not None:
        width, height = options["size"]
        if tasks and all(task.task in rules and rules[task.task].width is None for task in tasks):
            named = ", ".join(dict.fromkeys(rules[task.task].title.lower() for task in tasks))
            raise InputError(f"--size is about pictures and clips; {named} has no size in pixels")
        sized = _checked(Size, {"width": width, "height": height}, "size")
        tasks = [
            t.model_copy(update={"size": t.size.model_copy(update={"width": sized.width, "height": sized.height})})
            if t.task in rules and rules[t.task].width is not None
            else t
            for t in tasks
        ]
    if "models" in changes and len(tasks) > 1:
        return tuple(_with_models(t, changes, knowledge) for t in tasks)
    return tuple(t.model_copy(update=changes) for t in tasks)


def _with_models(task: TaskRequest, changes: dict[str, Any], knowledge: Knowledge) -> TaskRequest:
    """--model with several tasks speaks to those that one of the named models serves."""
    names = set(changes["models"])
    serves = any(
        task.task in model.serves and names & {model.id, model.family, *model.aliases}
        for model in knowledge.catalog.models
    )
    return task.model_copy(update=changes if serves else {k: v for k, v in changes.items() if k != "models"})


def _with_need(tasks: list[TaskRequest], need: str, knowledge: Knowledge) -> list[TaskRequest]:
    """Add a needed feature to every task that can have it."""
    features = knowledge.index("features")
    base, _, qualifier = need.partition(":")
    aliases = {alias: name for name, rule in features.items() for alias in rule.aliases}
    base = aliases.get(base, base)
    if base not in features:
        raise unknown("feature", need, [*features, *aliases], more=" (rigfit catalog list features lists them)")
    rule = features[base]
    if qualifier and qualifier not in rule.qualifiers:
        raise unknown("feature", need, [f"{base}:{q}" for q in rule.qualifiers])
    name = f"{base}:{qualifier}" if qualifier else base
    if not any(task.task in rule.tasks for task in tasks):
        known = ", ".join(rule.tasks)
        raise InputError(f"the feature {name!r} belongs to {known}; add one of them with --task")
    return [
        task.model_copy(update={"features": tuple(dict.fromkeys((*task.features, name)))})
        if task.task in rule.tasks
        else task
        for task in tasks
    ]


def machine_from(request: Request, options: dict[str, Any], knowledge: Knowledge) -> Machine:
    """The machine: a file, a simulated one where a card is named, else this computer; with the models in folders."""
    machine = _bare_machine(request, options, knowledge)
    folders = options.get("models_dirs") or ()
    if not folders:
        return machine
    from rigfit.machine import with_installed

    return with_installed(machine, folders, knowledge)


def machine_stated(request: Request, options: dict[str, Any]) -> MachineRequest:
    """What a request and the options say of the machine."""
    stated: dict[str, Any] = request.machine.model_dump() if request.machine is not None else {}
    for name in ("gpus", "vram", "ram", "disk", "os", "reserve_vram", "reserve_ram"):
        if options.get(name) not in (None, ()):
            stated[name] = options[name]
    return _checked(MachineRequest, stated, "machine")


def _bare_machine(request: Request, options: dict[str, Any], knowledge: Knowledge) -> Machine:
    wish = machine_stated(request, options)
    if options["machine_file"] is not None:
        from rigfit.machine import load_machine

        if options["gpus"]:
            raise InputError("--machine and --gpu exclude each other")
        return with_stated(load_machine(options["machine_file"]), wish)

    def detected() -> Machine:
        from rigfit.machine import detect

        return detect(knowledge, models_dir=next(iter(options.get("models_dirs") or ()), None))

    return stated_machine(wish, knowledge, detected)


__all__ = [
    "knowledge_from",
    "machine_from",
    "machine_options",
    "machine_stated",
    "pointing_into",
    "request_from",
    "request_options",
]
