"""Explanations of what cannot be had, on the full catalog: in milliseconds, and in solves of the same request."""

from __future__ import annotations

from benchmarks.measure import Row, median_ms
from rigfit.candidates.compiler import Prepared, capacities, prepare
from rigfit.candidates.open import open_up
from rigfit.explain.conflict import conflict
from rigfit.explain.give_ups import give_ups
from rigfit.explain.opened import build
from rigfit.explain.unsolved import droppable, examine
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine import simulate
from rigfit.machine.capacity import Usable, usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request
from rigfit.whatif.asked import why_not

_GIB = 1024**3
_ASKED: tuple[tuple[str, str, int, dict[str, object]], ...] = (
    ("video on 4 GB", "GTX 1650", 16, {"tasks": [{"task": "video_generation"}]}),
    (
        "NF4 with a LoRA in ComfyUI",
        "RTX 3060 12GB",
        32,
        {
            "tasks": [
                {
                    "task": "image_generation",
                    "models": ["flux1-dev"],
                    "features": ["lora"],
                    "variants": {"denoiser": "nf4"},
                }
            ],
            "policies": {"runtimes": ["comfyui"]},
        },
    ),
    (
        "FLUX.1 dev commercially",
        "RTX 4090",
        64,
        {"tasks": [{"task": "image_generation", "models": ["flux1-dev"]}], "policies": {"use": "commercial"}},
    ),
    (
        "chat and video together on 4 GB",
        "GTX 1650",
        16,
        {"tasks": [{"task": "chat", "together": "both"}, {"task": "video_generation", "together": "both"}]},
    ),
)
_STAGES = ("start", "conflict", "give-ups", "least")
_AIM_MS = 300
_AIM_SOLVES = 40
_AIM_VARIANT_MS = 2


def run(quick: bool) -> list[Row]:
    """Conflict, give-ups and least amounts of each request, the open expansion included."""
    rounds = 1 if quick else 5
    knowledge = load_knowledge()
    rows: list[Row] = []
    for name, card, ram, asked in _ASKED:
        machine = simulate(knowledge, MachineRequest(gpus=(card,), ram=ram * _GIB))
        rows += _measure(name, Request.model_validate(asked), machine, knowledge, rounds)
    for task in ("image_generation", "video_generation", "chat"):
        rows.append(_every_variant(task, knowledge, rounds))
    return rows


def _every_variant(task: str, knowledge: Knowledge, rounds: int) -> Row:
    """`why-not --all` with the solve that it asks about, for one variant."""
    machine = simulate(knowledge, MachineRequest(gpus=("RTX 4070",), ram=32 * _GIB))
    request = Request.model_validate({"tasks": [{"task": task}]})
    count = len(why_not(request, machine, knowledge, None).judgements)
    whole = median_ms(lambda: why_not(request, machine, knowledge, None), rounds)
    note = f"{count} variants in {whole:.0f} ms"
    return Row(f"why-not --all, {task}: one variant", whole / count, aim=_AIM_VARIANT_MS, note=note)


def _measure(name: str, request: Request, machine: Machine, knowledge: Knowledge, rounds: int) -> list[Row]:
    have = usable(machine, knowledge)
    bounds = capacities(request, have)
    prepared = prepare(request, machine, knowledge)

    def solved() -> None:
        rank(prepare(request, machine, knowledge).compile(have).problem, bounds, 1)

    one = median_ms(solved, rounds)
    whole = median_ms(lambda: examine(prepared, have), rounds)
    # Each stage opens what it needs beyond the ones before it.
    starting = median_ms(lambda: build(open_up(prepared), have), rounds)
    until = [starting, *(median_ms(lambda last=last: _stages(prepared, have, last), rounds) for last in (1, 2))]
    spent = [until[0], until[1] - until[0], until[2] - until[1], whole - until[2]]
    note = ", ".join(f"{word} {max(0.0, ms):.0f}" for word, ms in zip(_STAGES, spent, strict=True)) + " ms"
    return [
        Row(f"{name}: explained", whole, aim=_AIM_MS, note=note),
        Row(f"{name}: in solves", whole / one, unit="solves", aim=_AIM_SOLVES, note=f"one solve {one:.0f} ms"),
    ]


def _stages(prepared: Prepared, have: Usable, last: int) -> None:
    case = build(open_up(prepared), have)
    conflict(case.guarded, case.order)
    if last > 1:
        give_ups(case.guarded, droppable(case))
