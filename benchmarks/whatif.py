"""What proved boxes save: a grid of machines, the growth with catalog and tasks, and whole `rigfit whatif` runs."""

from __future__ import annotations

import random
import time
from statistics import median

from benchmarks.measure import Row, environment, interleaved_ms, python
from rigfit.candidates.compiler import capacities, prepare
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.knowledge.loader import build
from rigfit.machine import simulate
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request, TaskRequest
from rigfit.units import GB, GIB
from rigfit.whatif.classes import machine_class, point, with_amount
from rigfit.whatif.session import Session

VRAM = (2, 3, 4, 5, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48)
RAM = (8, 16, 32, 64, 128)
DISK = (30, 60, 120, 250, 1000)
# One card for each architecture class; their own memory does not matter here.
CARDS = (
    "gtx-1080-ti", "gtx-1660", "rtx-2080-ti", "rtx-3090", "rtx-4090", "rtx-5090", "rx-7900-xtx", "arc-a770-16gb",
)  # fmt: skip
TASKS = ("image_generation", "image_editing", "upscaling", "text_to_speech", "video_generation")
_SHARES = (250, 500, 1000)
_SAMPLE = 24


def run(quick: bool) -> list[Row]:
    """Measure the grid, its growth, and the five presets from the command line."""
    knowledge = load_knowledge()
    three = Request(tasks=tuple(TaskRequest(task=task) for task in TASKS[:3]), top=1)
    rows = _grid("3,000 machines, three tasks", three, knowledge, CARDS, 8 if quick else _SAMPLE, aims=True)
    if not quick:
        for count in (1, 2, 4, 5):
            request = Request(tasks=tuple(TaskRequest(task=task) for task in TASKS[:count]), top=1)
            rows += _grid(f"375 machines, {count} of the tasks", request, knowledge, CARDS[4:5], 8)
        rows += _grid("375 machines, three tasks", three, knowledge, CARDS[4:5], 8)
        for share in _SHARES[:-1]:
            part = _smaller(knowledge, share)
            name = f"375 machines, three tasks, {len(part.catalog.models)} models"
            rows += _grid(name, three, part, CARDS[4:5], 8)
    return rows + _commands(knowledge, 2 if quick else 7)


def machines(knowledge: Knowledge, card: str) -> list[Machine]:
    """One class: every pair of VRAM, RAM and disk."""
    base = simulate(knowledge, MachineRequest(gpus=(card,), os="linux"))
    found = []
    for vram in VRAM:
        one = with_amount(base, knowledge, "vram", vram * GIB)
        for ram in RAM:
            two = with_amount(one, knowledge, "ram", ram * GIB)
            found += [with_amount(two, knowledge, "disk", disk * GB) for disk in DISK]
    return found


def _grid(
    name: str, request: Request, knowledge: Knowledge, cards: tuple[str, ...], sample: int, *, aims: bool = False
) -> list[Row]:
    """The best bundle of every machine, from boxes; a sample of them solved one by one, which must agree."""
    every = [one for card in cards for one in machines(knowledge, card)]
    start = time.perf_counter()
    session = Session(knowledge)
    by_class: dict[object, list[int]] = {}
    for number, one in enumerate(every):
        by_class.setdefault(machine_class(one), []).append(number)
    answers = {}
    for numbers in by_class.values():
        known = session.answers(request, every[numbers[0]], 1)
        found = known.resolve([point(usable(every[number], knowledge)) for number in numbers])
        answers |= {number: known[index] for number, index in zip(numbers, found.tolist(), strict=True)}
    spent = (time.perf_counter() - start) * 1000
    each = []
    for number in random.Random(5).sample(range(len(every)), sample):
        start = time.perf_counter()
        have = usable(every[number], knowledge)
        compiled = prepare(request, every[number], knowledge).compile(have)
        outcome = rank(compiled.problem, capacities(request, have), 1)
        each.append((time.perf_counter() - start) * 1000)
        fresh = [compiled.candidates(choice) for choice in outcome.choices]
        kept = [answers[number].whole.candidates(choice) for choice in answers[number].choices]
        if [[c.pipeline for c in b] for b in fresh] != [[c.pipeline for c in b] for b in kept]:
            raise AssertionError(f"{name}: a box and a fresh solve differ on machine {number}")
    faster = median(each) * len(every) / spent
    different = len({(id(answer.whole), answer.keys) for answer in answers.values()})
    asked = session.engine_solves
    note = f"{session.solves} solves, {different} different answers, {len(by_class)} classes; {sample} checked afresh"
    return [
        Row(f"{name}: solves", 100 * session.solves / len(every), "%", note=note),
        Row(
            f"{name}: by the engine",
            100 * asked / len(every),
            "%",
            aim=2 if aims else None,
            note=f"{asked} times; elsewhere reduction leaves a handful of choices, and each is looked at",
        ),
        Row(
            f"{name}: all", spent, note=f"one by one {median(each):.0f} ms each, all in: preparing, compiling, solving"
        ),
        Row(f"{name}: one by one / all from boxes", faster, "x", held=faster >= 50 if aims else None),
    ]


def _smaller(knowledge: Knowledge, share: int) -> Knowledge:
    """The same knowledge with so many permille of its models."""
    models = list(knowledge.catalog.models)
    random.Random(3).shuffle(models)
    kept = tuple(sorted(models[: len(models) * share // 1000], key=lambda model: model.id))
    return build(knowledge.catalog.model_copy(update={"models": kept}), knowledge.rulebook)


def _commands(knowledge: Knowledge, rounds: int) -> list[Row]:
    """Whole processes, the catalog cached."""
    options = ("--gpu", "RTX 4070", "--vary", "vram=4GB..48GB")
    commands = {
        preset.id: python("-m", "rigfit", "whatif", "--preset", preset.id, *options)
        for preset in knowledge.catalog.presets
    }
    with environment() as env:
        times = interleaved_ms(commands, rounds, env)
    return [
        Row(f"rigfit whatif --vary vram=4GB..48GB, {name}", median(spent), aim=1500, note="whole process")
        for name, spent in times.items()
    ]
