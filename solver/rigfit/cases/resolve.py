"""From a case to one pipeline whose placement is still open, on a machine.

The usual choices where a case is silent: the task is the model's first; the program is llama.cpp for language models
and ComfyUI for the rest where it runs them, else the first that the catalog lists; the card is the one with most
memory; sizes are the task's, made smaller where the model works at less. All of it is named in the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from rigfit.candidates.device import Device
from rigfit.cases.machines import CaseHost, machine_of
from rigfit.cases.models import Models, find_runtime
from rigfit.cases.placements import Asked, asked_of, cache_bits_of
from rigfit.cases.variants import Choice, Chooser
from rigfit.errors import InputError, unknown
from rigfit.estimate.pipeline import Part, Pipeline, Placement
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import Usable, usable
from rigfit.schema.case import CaseIn, CaseMachine
from rigfit.schema.catalog import Addon, Model, Runtime
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Confidence, Size
from rigfit.schema.rules import TaskRule

_PREFERRED = ("llama-cpp", "comfyui", "diffusers")
_REMEMBERED = 2000
_SIDE_STEP = 16
"""Sides that a program fills in are multiples of this."""


@dataclass(frozen=True)
class Host:
    """A machine, and what programs may use of it."""

    machine: Machine
    usable: Usable
    devices: tuple[Device, ...]
    """Cards from the one with most memory down, then the processor."""
    vram_known: bool
    ram_stated: bool


@dataclass(frozen=True)
class Resolved:
    """A case with every name settled; `verdict.decide` chooses the placement."""

    case: CaseIn
    host: Host
    device: Device
    model: Model
    rule: TaskRule
    """Of the task."""
    runtime: Runtime
    choice: Choice
    size: ResolvedSize
    asked: Asked
    confidence: Confidence
    packaging: str
    runs_here: bool
    """The runtime exists for this device and operating system."""
    cache_bits: int
    addons: tuple[Addon, ...] = ()
    """Beside the model; a case names none, a workflow may."""
    addon_parts: tuple[Part, ...] = ()
    warnings: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def machine(self) -> Machine:
        """The machine of the case."""
        return self.host.machine

    @property
    def in_phases(self) -> bool:
        """There is a denoiser: parts can take turns on the card, and passes repeat."""
        return any(part.component.kind == "denoiser" for part in self.choice.parts)

    @property
    def is_language_model(self) -> bool:
        """It writes text; its layers can stay in RAM and be computed there."""
        return any(part.component.kind == "llm" for part in self.choice.parts)

    def pipeline(self, placement: Placement, share: int = 1000, tiled: bool = False) -> Pipeline:
        """The pipeline in one placement.

        Args:
            placement: of the weights.
            share: permille of the streamed weights that stays on the card.
            tiled: the decode goes tile by tile.
        """
        slower = self.device.placement(placement, self.model, self.runtime, self.rule.id).time
        on_card = placement != "cpu"
        return Pipeline(
            task=self.rule.id,
            model=self.model,
            runtime=self.runtime,
            packaging=self.packaging,
            parts=self.choice.parts,
            addons=self.addons,
            addon_parts=self.addon_parts,
            placement=placement,
            resident_share=share if placement == "streamed" else 1000,
            tiled=tiled,
            gpu=self.device.gpu if on_card else None,
            size=self.size,
            time_factor=self.choice.time * slower // 1000,
            vram_extra=self.choice.vram if on_card else 0,
            cache_bits=self.cache_bits,
        )


@dataclass
class Resolver:
    """Resolves many cases over one knowledge: names are folded once, and machines are built once."""

    knowledge: Knowledge
    _models: Models = field(init=False)
    _hosts: dict[CaseMachine, Host] = field(default_factory=dict)
    _choices: dict[tuple[Any, ...], tuple[Device, Choice]] = field(default_factory=dict)
    """With its device, whose id is in the key: as long as it is held here no other can have it."""

    def __post_init__(self) -> None:
        self._models = Models(self.knowledge)

    def resolve(self, case: CaseIn | Mapping[str, Any], machine: Machine | None = None) -> Resolved:
        """Settle every name of a case.

        Args:
            case: the case, or a mapping with its fields.
            machine: where given, used in place of the case's own.

        Raises:
            InputError: for anything that cannot be understood, with the nearest names.
        """
        if not isinstance(case, CaseIn):
            case = parse(case)
        found = self._models.find(case.model)
        model = found.model
        asked = asked_of(case)
        rule = self._task(case, model)
        wanted = _wanted(case, found.precision)
        host = self._host(case.machine) if machine is None else host_of(machine, self.knowledge)
        device, runtime, choice, runs_here = self._place(case, model, host, wanted, asked)
        if not runs_here and case.machine.os is None and machine is None:
            # The program does not exist for the system that is assumed: people who run it use one where it does.
            for os in ("linux", "macos"):
                try:
                    other = self._host(case.machine.model_copy(update={"os": os}))
                except InputError:
                    continue  # no such machine: a CUDA card under macOS
                again = self._place(case, model, other, wanted, asked)
                if again[3]:
                    host, (device, runtime, choice, runs_here) = other, again
                    break
        size, sized, warnings = _sized(case, model, rule)
        if found.note is not None:
            warnings.insert(0, found.note)
        if not runs_here and runtime.platforms.get(device.backend):  # type: ignore[call-overload]
            warnings.append(f"{runtime.title} is not known to run under {host.machine.os}")
        if runtime.id not in model.runtimes:
            warnings.append(f"the catalog does not list {model.title} for {runtime.title}")
        if len(host.machine.gpus) > 1:
            warnings.append(
                f"one task runs on one card: counted with {device.name}; the memory of cards does not add up"
            )
        in_checkpoint = next((c.id for c in model.checkpoints), "split")
        return Resolved(
            case=case,
            host=host,
            device=device,
            model=model,
            rule=rule,
            runtime=runtime,
            choice=choice,
            size=size,
            asked=asked,
            confidence=case.confidence or "safe",
            packaging="split" if "split" in runtime.packagings else in_checkpoint,
            runs_here=runs_here,
            cache_bits=cache_bits_of(case),
            warnings=(*warnings, *choice.warnings),
            assumptions=(*host.machine.assumptions, *sized),
        )

    def _host(self, stated: CaseMachine) -> Host:
        if stated not in self._hosts:
            _make_room(self._hosts)
            built: CaseHost = machine_of(stated, self.knowledge)
            self._hosts[stated] = host_of(
                built.machine, self.knowledge, vram_known=built.vram_known, ram_stated=built.ram_stated
            )
        return self._hosts[stated]

    def _task(self, case: CaseIn, model: Model) -> TaskRule:
        rules: dict[str, TaskRule] = self.knowledge.index("tasks")
        if case.task is not None:
            if case.task not in model.serves:
                raise unknown("task", case.task, model.serves, more=f"; {model.title} does {', '.join(model.serves)}")
            return rules[case.task]
        return rules[next(iter(model.serves))]

    def _place(
        self, case: CaseIn, model: Model, host: Host, wanted: dict[str, str | None], asked: Asked
    ) -> tuple[Device, Runtime, Choice, bool]:
        """Device, program and variants: those that are named, else the first that go together."""
        runtimes: dict[str, Runtime] = self.knowledge.index("runtimes")
        if case.runtime is not None:
            programs = [find_runtime(case.runtime, model, self.knowledge)]
        else:
            listed = list(model.runtimes)
            order = [name for name in _PREFERRED if name in listed]
            programs = [runtimes[name] for name in (*order, *(name for name in listed if name not in order))]
        devices = [d for d in host.devices if (d.gpu is None) == (asked.placement == "cpu")] or list(host.devices)
        first: tuple[Device, Runtime, Choice, bool] | None = None
        hosted: tuple[Device, Runtime, Choice, bool] | None = None
        for runtime in programs:
            for device in devices:
                here = device.hosts(runtime)
                choice = self._choose(model, runtime, device, wanted)
                pick = device, runtime, choice, here
                if here and choice.loads:
                    return pick
                if here and hosted is None:
                    hosted = pick
                if first is None:
                    first = pick
        best = hosted or first
        assert best is not None  # a model lists at least one runtime, and a machine has a processor
        return best

    def _choose(self, model: Model, runtime: Runtime, device: Device, wanted: dict[str, str | None]) -> Choice:
        key = model.id, runtime.id, id(device), tuple(sorted(wanted.items(), key=str))
        if key not in self._choices:
            _make_room(self._choices)
            self._choices[key] = device, Chooser(model, runtime, device, self.knowledge).choose(wanted)
        return self._choices[key][1]


def _make_room(cache: dict[Any, Any]) -> None:
    """A stream of cases may never end, and what it remembers must."""
    if len(cache) >= _REMEMBERED:
        cache.clear()


def host_of(machine: Machine, knowledge: Knowledge, *, vram_known: bool = True, ram_stated: bool = True) -> Host:
    """A machine with what may be used of it.

    Args:
        machine: detected or simulated.
        knowledge: holds the reserves.
        vram_known: the card's memory is known; otherwise no verdict hinges on it.
        ram_stated: the system memory is stated; otherwise no verdict hinges on it.
    """
    amounts = usable(machine, knowledge)

    def order(number: int) -> tuple[int, int, int]:
        return -amounts.vram[number], -(machine.gpus[number].fp16_flops or 0), number

    cards = sorted(range(len(machine.gpus)), key=order)
    devices = (*(Device(machine, number, knowledge) for number in cards), Device(machine, None, knowledge))
    return Host(machine, amounts, devices, vram_known, ram_stated)


def parse(values: Mapping[str, Any]) -> CaseIn:
    """A case from a mapping.

    Raises:
        InputError: for an unknown field (with the nearest), a wrong type or an impossible value.
    """
    try:
        return CaseIn.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        steps = [
            str(step) for step in first["loc"] if str(step) in _FIELDS or not str(step).startswith(("str", "tuple"))
        ]
        field_name = ".".join(steps)[:80] or "case"
        if first["type"] == "extra_forbidden":
            raise unknown("field", field_name, _FIELDS) from None
        raise InputError(f"{field_name}: {first['msg'].removeprefix('Value error, ')}") from None


_FIELDS = frozenset({*CaseIn.model_fields, *(f"machine.{name}" for name in CaseMachine.model_fields)})


def _wanted(case: CaseIn, in_name: str | None) -> dict[str, str | None]:
    """Names of parts -> spellings; one word alone, or a precision in the model's name, is for the main network."""
    if isinstance(case.variants, str):
        return {"main": case.variants}
    wanted = dict(case.variants or {})
    if len(wanted) > 32:
        raise InputError("variants: no model has so many parts")
    long = next((text for pair in wanted.items() for text in pair if text is not None and len(text) > 200), None)
    if long is not None:
        raise InputError(f"variants: {long[:40]!r}... is too long for a name")
    if in_name is not None and not wanted:
        return {"main": in_name}
    return wanted


def _sized(case: CaseIn, model: Model, rule: TaskRule) -> tuple[ResolvedSize, list[Assumption], list[str]]:
    """The size without gaps, what was assumed of it, and what the model is not made for."""
    serves = model.serves[rule.id]
    stated = case.size()
    warnings: list[str] = []
    moves = rule.fps is not None or rule.frames is not None
    if not moves and stated.get("frames", 1) > 1:
        warnings.append(f"frames: {rule.title.lower()} makes no frames; not counted")
    if not moves:
        stated.pop("frames", None)
    if not moves and rule.seconds is None and stated.pop("seconds", None) is not None:
        warnings.append(f"seconds: no length in {rule.title.lower()}; not counted")
    if rule.context is None and stated.pop("context", None) is not None:
        warnings.append(f"context: no context of tokens in {rule.title.lower()}; not counted")
    if rule.context is None and case.kv_cache is not None:
        warnings.append(f"kv_cache: no cache of tokens in {rule.title.lower()}; not counted")
    if rule.context is not None and stated.pop("steps", None) is not None:
        warnings.append(f"steps: no denoising steps in {rule.title.lower()}; not counted")
    try:
        size = Size.model_validate(stated)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise InputError(f"{'.'.join(map(str, first['loc'])) or 'size'}: {first['msg']}") from None
    most = serves.max_pixels.value if serves.max_pixels is not None else None
    if (
        size.width is None
        and size.height is None
        and rule.width
        and rule.height
        and most
        and most < rule.width * rule.height
    ):
        shrunk = (most / (rule.width * rule.height)) ** 0.5
        width, height = (max(64, int(side * shrunk) // _SIDE_STEP * _SIDE_STEP) for side in (rule.width, rule.height))
        whole, assumed = resolve_size(size.model_copy(update={"width": width, "height": height}), rule)
        assumed = ("width", "height", *assumed)
    else:
        if (size.width is None) != (size.height is None):  # one side alone means a square
            side = size.width or size.height
            size = size.model_copy(update={"width": side, "height": side})
        whole, assumed = resolve_size(size, rule)
    if size.frames is None and size.seconds is None:
        whole = whole.for_model(serves)
    elif serves.max_frames is not None and whole.frames > serves.max_frames.value:
        warnings.append(f"{model.title} is made for {serves.max_frames.value} frames at most")
    if most is not None and size.width is not None and whole.pixels > most:
        warnings.append(f"{model.title} is made for {most:,} pixels at most")
    values = {"width": whole.width, "height": whole.height, "context": whole.context, "seconds": whole.seconds}
    shown = [
        Assumption(field=name, value=f"{values[name]:g}", rule=f"tasks.{rule.id}", reason="not stated")
        for name in assumed
        if name in values
    ]
    return whole, shown, warnings
