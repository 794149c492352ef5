"""Predicted against published times: images, clips and sounds in seconds, replies in tokens a second.

    python -m benchmarks.fidelity.times [--rows]

The constants are in rules/time.yaml. `constants_without` fits them again to the runs of all other sources, so that a
run is never judged by constants it helped to choose.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Row
from rigfit.estimate import time
from rigfit.estimate.job import job_of
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.estimate.transfer import load_time
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.machine import simulate
from rigfit.schema.catalog import Model
from rigfit.schema.machine import Gpu, Machine
from rigfit.schema.request import MachineRequest, Size
from rigfit.schema.rules import TimeConstants

HERE = Path(__file__).parent
GIB = 2**30


@dataclass(frozen=True)
class Judged:
    """One run: seconds (or milliseconds a token) measured, and predicted by the estimate and by the rule of thumb."""

    id: str
    source: str
    measured: float
    low: float
    expected: float
    high: float
    naive: float

    @property
    def error(self) -> float:
        """|log(predicted / measured)|."""
        return abs(math.log(self.expected / self.measured))

    @property
    def naive_error(self) -> float:
        """The same of the rule of thumb."""
        return abs(math.log(self.naive / self.measured))

    @property
    def covered(self) -> bool:
        """The measured value lies in the interval."""
        return self.low <= self.measured <= self.high


def read(name: str) -> list[dict[str, Any]]:
    """The runs of one file, in order."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def machine_of(run: dict[str, Any], knowledge: Knowledge) -> tuple[Machine, Gpu | None]:
    """The machine of a run: a card of the catalog, a card that the run describes, or a processor."""
    if "cpu" in run:
        plain = simulate(knowledge, MachineRequest(gpus=("none",)))
        return plain.model_copy(update={"cpu": plain.cpu.model_copy(update={"cores": run["cpu"]["cores"]})}), None
    described = isinstance(run["gpu"], dict)
    where = simulate(knowledge, MachineRequest(gpus=("rtx-4090" if described else run["gpu"],)))
    card = Gpu.model_validate(run["gpu"]) if described else where.gpus[0]
    return where.model_copy(update={"disk_kind": "nvme"}), card


def _constants(run: dict[str, Any], constants: TimeConstants) -> TimeConstants:
    """A run on a processor may state the bandwidth of its memory."""
    if "cpu" not in run:
        return constants
    stated = constants.ram_bandwidth.model_copy(update={"value": run["cpu"]["ram_bandwidth"]})
    return constants.model_copy(update={"ram_bandwidth": stated})


def _size(run: dict[str, Any], knowledge: Knowledge, task: str) -> ResolvedSize:
    known: dict[str, Any] = {key: run[key] for key in ("width", "height", "frames", "steps") if key in run}
    if "length" in run:
        known["seconds"] = run["length"]
    return resolve_size(Size(**known), knowledge.index("tasks")[task])[0]


def _task(run: dict[str, Any], model: Model) -> str:
    return str(run.get("task", next(iter(model.serves))))


def judge_denoising(run: dict[str, Any], knowledge: Knowledge, constants: TimeConstants) -> Judged:
    """A run of a diffusion model. Rule of thumb: 2 x parameters x tokens x passes over half of the peak."""
    model: Model = knowledge.index("models")[run["model"]]
    task = _task(run, model)
    serves, size = model.serves[task], _size(run, knowledge, task)
    components = [knowledge.index("components")[name] for name in model.components.values()]
    job = job_of(serves, task, components, size, knowledge)
    machine, card = machine_of(run, knowledge)
    speed = time.speeds(machine, card, constants)
    expected = float(time.milliseconds(job, speed, run.get("time_factor", 1000), 0, 0))
    if run["per"] == "step":
        single = time.Job(job.work and job.work.without_ends(), job.passes)
        expected = float(time.milliseconds(single, speed, run.get("time_factor", 1000), 0, 0)) / size.steps  # type: ignore[operator]
    ends = time.bounds(round(expected), time.spread_of(job, speed))
    extra = load_time(run["load_bytes"], 0, speed).low if "load_bytes" in run else 0  # Apple's drives are fast ones
    main = max((c for c in components if c.kind == "denoiser"), key=lambda c: c.params.value if c.params else 0)
    architecture = knowledge.index("architectures")[main.architecture]
    tokens = size.positions(architecture) // architecture.patch**2 or 1
    peak = (card.fp16_flops or card.fp32_flops or 1) if card else 1
    steps = 1 if run["per"] == "step" else job.passes
    naive = 2 * (main.params.value if main.params else 0) * tokens * steps / (peak / 2)
    return Judged(
        run["id"],
        run["source"],
        run["seconds"],
        (ends.low + extra) / 1000,
        (ends.expected + extra) / 1000,
        (ends.high + extra) / 1000,
        naive,
    )


def judge_language(run: dict[str, Any], knowledge: Knowledge, constants: TimeConstants) -> Judged:
    """Milliseconds a token while writing. Rule of thumb: file size over bandwidth."""
    machine, card = machine_of(run, knowledge)
    used = _constants(run, constants)
    speed = time.speeds(machine, card, used)
    reply = time.Reply(run["params"], run["layers"], run["cache_per_token"] * run["context"], 1, 0)
    expected = float(time.per_token(reply, speed, 1000, run["weights"], 0))
    ends = speed.spread_language
    bandwidth = card.bandwidth if card else used.ram_bandwidth.value
    return Judged(
        run["id"],
        run["source"],
        1000 / run["tokens_per_second"],
        expected * ends.low / 1000,
        expected,
        expected * ends.high / 1000,
        run["weights"] * 1000 / (bandwidth or 1),
    )


def judge_prompt(run: dict[str, Any], knowledge: Knowledge, constants: TimeConstants) -> Judged:
    """Milliseconds a token while reading. Rule of thumb: 2 x parameters over half of the peak."""
    machine, card = machine_of(run, knowledge)
    speed = time.speeds(machine, card, _constants(run, constants))
    expected = 2000 * run["params"] / (speed.prompts or speed.prompts_cpu)
    ends = speed.spread_prompt
    peak = (card.fp16_flops or card.fp32_flops or 1) if card else run["cpu"]["cores"] * constants.cpu_core_flops.value
    return Judged(
        run["id"],
        run["source"],
        1000 / run["prompt_tokens_per_second"],
        expected * ends.low / 1000,
        expected,
        expected * ends.high / 1000,
        4000 * run["params"] / peak,
    )


Judge = Callable[[dict[str, Any], Knowledge, TimeConstants], Judged]
KINDS: dict[str, tuple[str, Judge]] = {
    "seconds of a result": ("denoising_runs.jsonl", judge_denoising),
    "milliseconds a token, writing": ("language_runs.jsonl", judge_language),
    "milliseconds a token, reading": ("language_runs.jsonl", judge_prompt),
}


def constants_without(source: str, runs: Iterable[dict[str, Any]], knowledge: Knowledge) -> TimeConstants:
    """The shares and bounds of denoising, fitted to the runs of all sources but one.

    Cards whose architecture has a bound tell about the bound, where it holds; all others about the share of their
    backend. A bound of which no other source tells is dropped.
    """
    shipped = knowledge.time
    shares: dict[str, list[float]] = {}
    bounds: dict[str, list[float]] = {}
    for run in runs:
        if run["source"] == source:
            continue
        judged = judge_denoising(run, knowledge, shipped)
        card = machine_of(run, knowledge)[1]
        if card is None:
            continue
        ratio = judged.expected / judged.measured
        peak = card.fp16_flops or card.fp32_flops or 0
        most = shipped.most.get(card.architecture)
        if most is not None and most.value < peak * shipped.efficiency[card.backend].value // 1000:
            bounds.setdefault(card.architecture, []).append(ratio)
        elif card.architecture not in shipped.efficiency_of:
            shares.setdefault(card.backend, []).append(ratio)
    efficiency = dict(shipped.efficiency)
    for backend, ratios in shares.items():
        fact = efficiency[backend]  # type: ignore[index]
        efficiency[backend] = fact.model_copy(update={"value": min(1000, round(fact.value * median(ratios)))})  # type: ignore[index]
    most_of = {
        key: shipped.most[key].model_copy(update={"value": round(shipped.most[key].value * median(ratios))})
        for key, ratios in bounds.items()
    }
    own = {card.architecture for run in runs if run["source"] == source and (card := machine_of(run, knowledge)[1])}
    only = {k: v for k, v in shipped.efficiency_of.items() if k not in own}
    return shipped.model_copy(update={"efficiency": efficiency, "most": most_of, "efficiency_of": only})


def summary(found: list[Judged]) -> dict[str, float]:
    """Median and 90th percentile of the error, share of the runs in the interval, and the rule of thumb's median."""
    errors = sorted(one.error for one in found)
    return {
        "runs": len(found),
        "sources": len({one.source for one in found}),
        "median_error": round(median(errors), 3),
        "p90_error": round(errors[min(len(errors) - 1, math.ceil(0.9 * len(errors)) - 1)], 3),
        "covered": round(sum(one.covered for one in found) / len(found), 3),
        "naive_median_error": round(median(one.naive_error for one in found), 3),
    }


def measure(knowledge: Knowledge | None = None) -> dict[str, dict[str, float]]:
    """Scores of all kinds with the shipped constants, and of denoising with each source left out of its fit."""
    knowledge = knowledge or load_knowledge()
    scores = {
        kind: summary([judge(run, knowledge, knowledge.time) for run in read(name)])
        for kind, (name, judge) in KINDS.items()
    }
    runs = read("denoising_runs.jsonl")
    without = {source: constants_without(source, runs, knowledge) for source in {run["source"] for run in runs}}
    scores["seconds of a result, source left out"] = summary(
        [judge_denoising(run, knowledge, without[run["source"]]) for run in runs]
    )
    return scores


def run(quick: bool) -> list[Row]:
    """Rows for `python -m benchmarks`; there is nothing to shorten."""
    del quick
    rows = []
    for kind, score in measure().items():
        note = f"{score['covered']:.0%} of {score['runs']:.0f} runs within the interval; rule of thumb"
        note += f" {score['naive_median_error']:.2f}"
        rows.append(
            Row(f"{kind}: median |log error|", score["median_error"], "", score["naive_median_error"], note=note)
        )
    return rows


def main() -> None:
    """Print the scores, and with --rows every run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", action="store_true", help="every run")
    knowledge = load_knowledge()
    if parser.parse_args().rows:
        for kind, (name, judge) in KINDS.items():
            print(kind)
            for one in (judge(run, knowledge, knowledge.time) for run in read(name)):
                ours, naive = one.expected / one.measured, one.naive / one.measured
                print(
                    f"{' ' if one.covered else '*'} {one.id:40} measured {one.measured:9.2f}  "
                    f"predicted {one.expected:9.2f}  x{ours:5.2f}  rule of thumb x{naive:5.2f}"
                )
    print(f"{'':38} {'runs':>5} {'sources':>7} {'median':>7} {'p90':>6} {'covered':>8} {'rule of thumb':>14}")
    for kind, score in measure(knowledge).items():
        print(
            f"{kind:38} {score['runs']:5.0f} {score['sources']:7.0f} {score['median_error']:7.3f} "
            f"{score['p90_error']:6.3f} {score['covered']:8.0%} {score['naive_median_error']:14.3f}"
        )


if __name__ == "__main__":
    main()
