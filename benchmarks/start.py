"""Cold start: whole processes against the least that the same work costs without rigfit."""

from __future__ import annotations

from statistics import median

from benchmarks.measure import Row, environment, interleaved_ms, python, run_process

SOLVE = ("-m", "rigfit", "solve", "--gpu", "RTX 4070", "--preset", "photorealism")
# What --help has no use for, and what costs most.
_HEAVY = ("ortools", "pandas", "numpy", "torch", "pydantic")
_GUARD = f"""
import sys
from rigfit.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print("loaded:", *(name for name in {_HEAVY} if name in sys.modules))
"""


def run(quick: bool) -> list[Row]:
    """Measure `rigfit solve` and `rigfit --help`."""
    rounds = 3 if quick else 15
    with environment() as env:
        times = interleaved_ms(
            {
                "bare": python("-c", "import ortools.sat.python.cp_model"),
                "solve": python(*SOLVE),
                "pass": python("-c", "pass"),
                "help": python("-m", "rigfit", "--help"),
                "hardware": python("-m", "rigfit", "hardware"),
            },
            rounds,
            env,
        )
        loaded = run_process(python("-c", _GUARD), env).rpartition("loaded:")[2].split()
    middle = {name: median(found) for name, found in times.items()}
    ratio = median(s / b for s, b in zip(times["solve"], times["bare"], strict=True))
    return [
        Row("rigfit solve, whole process", middle["solve"], note="RTX 4070, photorealism, catalog cached"),
        Row("import ortools alone, whole process", middle["bare"]),
        Row("rigfit solve / import ortools", ratio, "x", aim=2.5, note=f"median of {rounds} pairs"),
        Row("rigfit --help, whole process", middle["help"]),
        Row("rigfit --help above python -c pass", middle["help"] - middle["pass"], aim=120),
        Row("rigfit hardware above rigfit --help", middle["hardware"] - middle["help"], aim=300),
        Row("rigfit --help imports nothing heavy", None, held=not loaded, note=", ".join(loaded) or "none of it"),
    ]
