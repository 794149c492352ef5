"""Solve time of CP-SAT, python-constraint2 and HiGHS on the same problems; they must give the same answers."""

from __future__ import annotations

import json
import pickle
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.generate import DISK, RAM, VRAM, generate
from benchmarks.measure import ROOT, Row, environment, median_ms, once_ms, python
from rigfit.candidates.compiler import capacities, compile_request
from rigfit.engines import get_engine
from rigfit.errors import TooLargeError
from rigfit.knowledge import load_knowledge
from rigfit.machine import simulate
from rigfit.machine.capacity import usable
from rigfit.problem import Capacities, Choice, Problem
from rigfit.reduce import reduce
from rigfit.schema.request import MachineRequest

K = 3


def run(quick: bool) -> list[Row]:
    """All engines on generated problems and on one of the real catalog, with and without reduction before."""
    rounds = 1 if quick else 5
    rows: list[Row] = []
    for label, problem, bounds in _problems(quick):
        answers: dict[str, list[Choice]] = {}
        small = reduce(problem, bounds, K)
        for given, what in ((small.problem, "reduced"), (problem, "as it is")):
            options = " + ".join(f"{len(decision.options):,}" for decision in given.decisions)
            for engine in ("cpsat", "exhaustive", "highs"):
                took, choices, note = _solve(engine, given, bounds, rounds)
                rows.append(Row(f"{label}, {what}: {engine}", took, note=note or f"{options} options"))
                if choices is not None:
                    back = [small.original(choice) for choice in choices] if given is small.problem else choices
                    answers[f"{engine}, {what}"] = back
        first = next(iter(answers.values()))
        different = [name for name, found in answers.items() if found != first]
        note = f"top {K} of {len(answers)} runs" if not different else f"differ: {', '.join(different)}"
        rows.append(Row(f"{label}: same answers", None, held=not different, note=note))
    return rows


def _problems(quick: bool) -> Iterator[tuple[str, Problem, Capacities]]:
    bounds = {"vram": VRAM, "ram": RAM, "disk": DISK}
    yield "1 task x 25 models", generate(1, 25), bounds
    # Small enough that listing everything ends; the disk is tight, so that the tasks really hang together.
    yield "2 tasks x 3 models, tight disk", generate(2, 3), {**bounds, "disk": 24 * 1024}
    if not quick:
        yield "3 tasks x 10 models, tight disk", generate(3, 10), {**bounds, "disk": 40 * 1024}
    knowledge = load_knowledge()
    machine = simulate(knowledge, MachineRequest(gpus=("RTX 4070",)))
    request = knowledge.index("presets")["photorealism"].request
    have = usable(machine, knowledge)
    compiled = compile_request(request, machine, knowledge, have)
    yield "photorealism on an RTX 4070", compiled.problem, capacities(request, have)


def _solve(
    engine: str, problem: Problem, bounds: Capacities, rounds: int
) -> tuple[float | None, list[Choice] | None, str]:
    """Median milliseconds, answers, and why there are none."""
    if engine == "highs":
        return _highs(problem, bounds, rounds)
    solver = get_engine(engine)
    try:
        choices = list(solver.best(problem, bounds, K).choices)
    except TooLargeError:
        return None, None, "too many combinations to list"
    once = once_ms(lambda: solver.best(problem, bounds, K))
    took = once if once > 1000 else median_ms(lambda: solver.best(problem, bounds, K), rounds)
    return took, choices, ""


def _highs(problem: Problem, bounds: Capacities, rounds: int) -> tuple[float | None, list[Choice] | None, str]:
    if find_spec("highspy") is None:
        return None, None, "highspy is not installed: pip install .[bench]"
    task = pickle.dumps({"problem": problem, "capacities": dict(bounds), "k": K, "rounds": min(rounds, 3)})
    command = python("-m", "benchmarks.highs_worker")
    with environment() as env:
        try:
            done = subprocess.run(command, input=task, env=env, cwd=ROOT, capture_output=True, check=False, timeout=300)
        except subprocess.TimeoutExpired:
            return None, None, "more than 300 s"
    if done.returncode:
        return None, None, f"failed: {done.stderr.decode(errors='replace').strip().splitlines()[-1]}"
    found = json.loads(done.stdout)
    return found["milliseconds"], [tuple(choice) for choice in found["choices"]], ""
