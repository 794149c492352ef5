"""Real requests on the real catalog: compile and rank, loading warm and cold, peak memory."""

from __future__ import annotations

from benchmarks.measure import Row, environment, interleaved_ms, median_ms, python, run_process
from benchmarks.start import SOLVE
from rigfit.candidates.compiler import capacities, compile_request
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.knowledge.loader import build
from rigfit.machine import simulate
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request, TaskRequest
from rigfit.solve import solve

CARD = "RTX 4070"
_FIVE = ("image_generation", "image_editing", "video_generation", "text_to_speech", "upscaling")
# The families that the catalog began with.
_FIRST_CUT = {
    *("sd15", "sdxl", "sd35", "flux1", "qwen-image", "wan22", "wan22-5b", "ltx-video"),
    *("f5-tts", "piper", "latentsync", "esrgan"),
}
_PEAK = f"""
import resource, sys
from rigfit.cli import main
try:
    main({list(SOLVE[2:])})
except SystemExit:
    pass
try:  # ru_maxrss would count what the parent had when it started this process
    kib = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
print("peak:", kib // 1024)
"""
_LOAD = "from rigfit.knowledge import load_knowledge; load_knowledge({})"


def run(quick: bool) -> list[Row]:
    """Measure every preset, plain tasks and five tasks at once, then loading and memory."""
    rounds = 1 if quick else 5
    knowledge = load_knowledge()
    machine = simulate(knowledge, MachineRequest(gpus=(CARD,)))
    requests = {f"preset {preset.id}": preset.request for preset in knowledge.catalog.presets}
    requests |= {f"task {task}": Request(tasks=(TaskRequest(task=task),)) for task in _FIVE[:3]}
    requests["five tasks"] = Request(tasks=tuple(TaskRequest(task=task) for task in _FIVE))
    have = usable(machine, knowledge)
    rows: list[Row] = []
    for name, request in requests.items():
        bounds = capacities(request, have)
        compiled = compile_request(request, machine, knowledge, have)
        compiling = median_ms(lambda r=request: compile_request(r, machine, knowledge, have), rounds)
        ranking = median_ms(lambda c=compiled, b=bounds, r=request: rank(c.problem, b, r.top), rounds)
        whole = median_ms(lambda r=request: solve(r, machine, knowledge), rounds)
        considered = sum(expansion.considered for expansion in compiled.expansions)
        left = sum(len(expansion.candidates) for expansion in compiled.expansions)
        note = f"compile {compiling:.0f} + rank {ranking:.0f} ms; {considered:,} pipelines, {left:,} compiled"
        rows.append(Row(f"{name}: solve in process", whole, note=note))
    rows.append(_growth(requests["five tasks"], machine, knowledge, rounds))
    rows += _loading(quick)
    return rows


def _growth(request: Request, machine: Machine, knowledge: Knowledge, rounds: int) -> Row:
    """What the whole catalog costs above the families of the first cut, on one request, in turn."""
    models = tuple(model for model in knowledge.catalog.models if model.family in _FIRST_CUT)
    first = build(knowledge.catalog.model_copy(update={"models": models}), knowledge.rulebook)
    have = usable(machine, knowledge)

    def once(known: Knowledge) -> None:
        compiled = compile_request(request, machine, known, have)
        rank(compiled.problem, capacities(request, have), request.top)

    pairs = [(median_ms(lambda: once(knowledge), 1), median_ms(lambda: once(first), 1)) for _ in range(rounds)]
    ratios = sorted(whole / small for whole, small in pairs)
    note = f"{len(knowledge.catalog.models)} models against {len(models)}"
    return Row("five tasks: whole catalog / first families", ratios[len(ratios) // 2], "x", aim=3, note=note)


def _loading(quick: bool) -> list[Row]:
    with environment() as env:
        times = interleaved_ms(
            {
                "import": python("-c", "from rigfit.knowledge import load_knowledge"),
                "warm": python("-c", _LOAD.format("")),
                "cold": python("-c", _LOAD.format("use_cache=False")),
            },
            3 if quick else 7,
            env,
        )
        rows = []
        for name, text in (("warm", "from the cache"), ("cold", "from YAML")):
            above = sorted(t - i for t, i in zip(times[name], times["import"], strict=True))
            middle = above[len(above) // 2]
            aim = {"warm": 60, "cold": 1500}[name]
            rows.append(Row(f"load the catalog {text}", middle, aim=aim, note="above importing the loader"))
        try:
            peak = float(run_process(python("-c", _PEAK), env).rpartition("peak:")[2])
            rows.append(Row("peak memory of rigfit solve", peak, "MiB"))
        except (RuntimeError, ValueError):  # no `resource` on Windows
            rows.append(Row("peak memory of rigfit solve", None, "MiB", note="not measured on this system"))
    return rows
