"""A million rows: the five presets on 200,000 generated machines, against one solve a row; memory, and the answers."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import mean
from typing import Any

import psutil

from benchmarks.measure import ROOT, Row, environment
from rigfit.batch.fleet.entries import Shelf
from rigfit.batch.fleet.reader import read_fleet
from rigfit.candidates.compiler import Prepared, capacities, prepare
from rigfit.explain.first import explain_none
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.batch import ANSWER_COLUMNS
from rigfit.schema.machine import Machine
from rigfit.solve import build_bundles
from rigfit.whatif.classes import machine_class

MACHINES = 200_000
SAMPLE = 2_000
_TIMED = 60
# The desktop and laptop cards that surveys of gamers list most, all as often: what a run costs depends on how many
# different machines there are, and a rare one costs as much as a common one.
CARDS = (
    "gtx-1050-ti", "gtx-1060-3gb", "gtx-1060-6gb", "gtx-1070", "gtx-1080", "gtx-1080-ti", "gtx-1650", "gtx-1650-laptop",
    "gtx-1650-super", "gtx-1660", "gtx-1660-super", "gtx-1660-ti", "rtx-2060-6gb", "rtx-2060-super", "rtx-2070",
    "rtx-2070-super", "rtx-2080", "rtx-2080-ti", "rtx-3050-8gb", "rtx-3050-laptop-4gb", "rtx-3060-12gb",
    "rtx-3060-laptop", "rtx-3060-ti", "rtx-3070", "rtx-3070-laptop", "rtx-3070-ti", "rtx-3080-10gb", "rtx-3080-ti",
    "rtx-3090", "rtx-4050-laptop", "rtx-4060", "rtx-4060-laptop", "rtx-4060-ti-8gb", "rtx-4060-ti-16gb", "rtx-4070",
    "rtx-4070-laptop", "rtx-4070-super", "rtx-4070-ti", "rtx-4070-ti-super", "rtx-4080", "rtx-4080-super", "rtx-4090",
    "rtx-5060", "rtx-5060-ti-16gb", "rtx-5070", "rtx-5070-ti", "rtx-5080", "rtx-5090", "rx-6600", "rx-6700-xt",
    "rx-6800-xt", "rx-7600", "rx-7700-xt", "rx-7800-xt", "rx-7900-xt", "rx-7900-xtx", "rx-9070-xt", "arc-a770-16gb",
    "arc-b580", "apple-m1-8gb", "apple-m1-pro-16gb", "apple-m2-16gb", "apple-m3-pro-18gb", "apple-m4-pro-24gb", "none",
)  # fmt: skip
# Shares of survey marginals (at least 16 GB 88 %, 32 GB 44 %, 64 GB 5 %).
_RAM = ((8, 12), (16, 44), (32, 39), (64, 4), (128, 1))
_LINUX = 0.05


def run(quick: bool) -> list[Row]:
    """Measure one whole run of `rigfit batch`, and a sample of its rows one by one."""
    knowledge = load_knowledge()
    count = MACHINES // 100 if quick else MACHINES
    with tempfile.TemporaryDirectory() as folder:
        fleet, half, out = Path(folder, "fleet.csv"), Path(folder, "half.csv"), Path(folder, "out.jsonl")
        write_fleet(fleet, count)
        write_fleet(half, count // 2)
        _, of_half = _batch(half, Path(folder, "half.jsonl"))
        spent, peak = _batch(fleet, out)
        each, different = _compare(fleet, out, knowledge, SAMPLE // 100 if quick else SAMPLE)
    rows = count * len(knowledge.catalog.presets)
    faster = each * rows / spent
    return [
        Row(f"{rows:,} rows", spent, "s", aim=None if quick else 120, note=f"{rows / spent:,.0f} rows a second"),
        Row(
            "one solve a row / batch", faster, "x", held=None if quick else faster >= 100, note=f"{each * 1000:.0f} ms"
        ),
        Row("rows of a random sample unlike a solve of their own", different, "rows", aim=0),
        Row(
            "peak memory of all processes", peak / 10**6, "MB", aim=1500, note=f"half the fleet: {of_half / 10**6:.0f}"
        ),
    ]


def write_fleet(path: Path, count: int, seed: int = 1) -> None:
    """Machines as a survey would list them: a card, RAM as it is sold, free disk space to the GB."""
    random_ = random.Random(seed)
    amounts, shares = zip(*_RAM, strict=True)
    with path.open("w", encoding="utf-8") as file:
        file.write("name,gpu,ram,disk,os\n")
        for number in range(count):
            card = random_.choice(CARDS)
            ram = "" if card.startswith("apple") else f"{random_.choices(amounts, shares)[0]} GB"
            system = "" if card.startswith("apple") else "linux" if random_.random() < _LINUX else "windows"
            disk = min(8000, int(random_.lognormvariate(5, 1.2)) + 1)
            file.write(f"pc-{number},{card},{ram},{disk} GB,{system}\n")


def _batch(fleet: Path, out: Path) -> tuple[float, int]:
    """Seconds of a whole process, and the most memory that it and its processes held at one moment in bytes."""
    command = (sys.executable, "-m", "rigfit", "batch", "--preset", "all", "--workers", "2")
    start = time.perf_counter()
    with environment() as env:
        process = psutil.Popen([*command, "--machines", str(fleet), "--out", str(out)], env=env, cwd=ROOT)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(map(_memory, [process, *_children(process)])))
            time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"rigfit batch ended with {process.returncode}")
    return time.perf_counter() - start, peak


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def _memory(process: psutil.Process) -> int:
    """What it holds; pages that several processes share count for each, so this errs upwards."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _compare(fleet: Path, out: Path, knowledge: Knowledge, count: int) -> tuple[float, int]:
    """Seconds of a solve for one row from nothing, and how many rows of a sample differ from one."""
    presets = sorted(knowledge.catalog.presets, key=lambda preset: preset.id)
    chosen = set(random.Random(7).sample(range(_lines(out)), count))
    with out.open(encoding="utf-8") as file:
        rows = {number: json.loads(line) for number, line in enumerate(file) if number in chosen}
    wanted = {row["number"] for row in rows.values()}
    entries = read_fleet(fleet, Shelf(knowledge))
    machines = {number: entry.machine for number, entry in enumerate(entries, start=1) if number in wanted}
    by_id = {preset.id: preset.request for preset in presets}
    prepared = lru_cache(maxsize=8)(lambda name, _, machine: prepare(by_id[name], machine.value, knowledge))
    times, different = [], 0
    order = sorted(rows.values(), key=lambda row: (row["request"], row["os"], row["gpu"], row["number"]))
    timed = set(random.Random(8).sample(range(len(order)), min(_TIMED, len(order))))
    for number, row in enumerate(order):
        machine = machines[row["number"]]
        start = time.perf_counter()
        if number in timed:
            one_row(prepare(by_id[row["request"]], machine, knowledge), machine)
            times.append(time.perf_counter() - start)
        kind = repr(machine_class(machine))
        found = one_row(prepared(row["request"], kind, _Aside(machine)), machine)
        different += {key: row[key] for key in found} != found
    return mean(times), different


@dataclass(frozen=True)
class _Aside:
    """A machine that is no part of a key."""

    value: Machine

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Aside)

    def __hash__(self) -> int:
        return 0


def one_row(prepared: Prepared, machine: Machine) -> dict[str, Any]:
    """What a row says of the answer, from a solve of its own: without boxes, points and classes."""
    request = prepared.request
    have = usable(machine, prepared.knowledge)
    compiled, bounds = prepared.compile(have), capacities(request, have)
    outcome = rank(compiled.problem, bounds, request.top)
    empty = dict.fromkeys((*ANSWER_COLUMNS, "stopped_by", "reason"))
    if not outcome.choices:
        closest = explain_none(compiled, bounds).closest[0]
        found = {**empty, "verdict": "impossible", "reason": closest.text}
        return {key: value for key, value in found.items() if key != "stopped_by"}
    best = build_bundles(compiled, bounds, outcome.choices[:1])[0]
    weights = [task.importance for task in request.tasks]
    end = {"safe": "high", "expected": "expected", "optimistic": "low"}[request.policies.confidence]
    spent = [task.milliseconds.expected if task.milliseconds else None for task in best.tasks]
    return {
        **empty,
        "verdict": best.tasks[weights.index(max(weights))].verdict,
        "bundle": " + ".join(task.pipeline for task in best.tasks),
        "models": " + ".join(task.model for task in best.tasks),
        "runtimes": " + ".join(best.runtimes),
        "quality": sum(t.quality * weight for t, weight in zip(best.tasks, weights, strict=True)) // sum(weights),
        "peak_vram": max(getattr(task.peak_vram, end) for task in best.tasks),
        "peak_ram": max(getattr(task.peak_ram, end) for task in best.tasks),
        "milliseconds": None if None in spent else sum(s for s in spent if s is not None),
        "disk": best.disk_bytes,
        "download": best.download_bytes,
    }


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
