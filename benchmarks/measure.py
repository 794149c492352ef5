"""What the benchmarks share: rows of the table, timing in process, and timing of processes side by side."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    measured: float | None
    """None where only the verdict counts."""
    unit: str = "ms"
    aim: float | None = None
    """The most that `measured` should be."""
    held: bool | None = None
    """Whether something that must hold did; None where there is nothing to hold."""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the aim was met: pass or short; empty where there is none."""
        checks = [] if self.held is None else [self.held]
        if self.aim is not None and self.measured is not None:
            checks.append(self.measured <= self.aim)
        return "" if not checks else "pass" if all(checks) else "short"


def median_ms(function: Callable[[], object], rounds: int) -> float:
    """The median time of a call in milliseconds; the first, which fills caches, is not counted."""
    function()
    return statistics.median(once_ms(function) for _ in range(rounds))


def once_ms(function: Callable[[], object]) -> float:
    """The time of one call in milliseconds."""
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


def interleaved_ms(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str]
) -> dict[str, list[float]]:
    """Times of processes, start to end, in milliseconds: taken in turn, so that a busy moment hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():  # byte code, the cache of the catalog, the disk cache
        run_process(command, env)
    for number in range(rounds):
        turn = list(commands.items())
        for name, command in turn if number % 2 == 0 else reversed(turn):
            times[name].append(once_ms(lambda command=command: run_process(command, env)))
    return times


def run_process(command: Sequence[str], env: Mapping[str, str]) -> str:
    """Run to the end and return what it printed.

    Raises:
        RuntimeError: when it fails, with what it said.
    """
    done = subprocess.run(command, env=dict(env), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def python(*arguments: str) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, *arguments]


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """An environment for processes: a cache folder of their own, nothing of the user's layered on the catalog."""
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("RIGFIT_")}
        yield {**env, "RIGFIT_CACHE": folder}
