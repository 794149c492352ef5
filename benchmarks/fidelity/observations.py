"""What measured runs say of memory: peaks that can be compared, and whether a run worked on a stated card."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.fidelity.runs import RUNS, load_runs
from rigfit.cases.resolve import Resolved, Resolver
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge

GIB: Final = 1 << 30
_FULL: Final = 0.97
"""A card this full says that the allocator kept what it could get, not what was needed."""


@dataclass(frozen=True)
class Observation:
    """One run with every name settled."""

    id: str
    source: str
    case: dict[str, Any]
    resolved: Resolved
    peak: int | None
    """Bytes of VRAM at the peak; None where none was measured."""
    stated: bool
    """The source says what the peak is a peak of: the size, and what stayed on the card."""
    full: bool
    """The card was full: what was needed is at most the peak."""
    worked: bool | None
    """It ran, or went out of memory; None where the card is not stated or memory was borrowed from RAM."""


@dataclass(frozen=True)
class Skipped:
    """A run that says nothing that can be compared, and why."""

    id: str
    why: str


def _says_what_ran(case: dict[str, Any], assumed: frozenset[str], resolved: Resolved) -> bool:
    """The size is stated by the source, and what streams is not a share that somebody chose to fill the card with."""
    if assumed & {"width", "height", "frames"} or case.get("width") is None:
        return False
    return resolved.asked.placement != "streamed" or resolved.asked.share is not None


def observe(knowledge: Knowledge, path: Path = RUNS) -> tuple[list[Observation], list[Skipped]]:
    """All runs of a file that say something of memory.

    Args:
        knowledge: settles the names.
        path: of the runs.
    """
    resolver = Resolver(knowledge)
    found: list[Observation] = []
    skipped: list[Skipped] = []
    for run in load_runs(path):
        if run.case is None:
            skipped.append(Skipped(run.id, run.unmapped or "cannot be described"))
            continue
        try:
            resolved = resolver.resolve(run.case)
        except InputError as problem:
            skipped.append(Skipped(run.id, problem.message))
            continue
        outcome, ran = run.outcome, run.outcome["result"] == "ran"
        known = ran and not outcome.get("bound") and not outcome.get("spill")
        peak = outcome.get("peak_gb") if known else None
        card = run.case["machine"].get("vram_gb")
        unified = resolved.device.gpu is not None and resolved.machine.gpus[resolved.device.gpu].unified
        found.append(
            Observation(
                id=run.id,
                source=run.source,
                case=run.case,
                resolved=resolved,
                peak=None if peak is None else round(peak * GIB),
                stated=_says_what_ran(run.case, run.assumed, resolved),
                full=bool(peak and card and not unified and peak >= _FULL * card),
                worked=None if card is None or outcome.get("spill") else ran,
            )
        )
    return found, skipped
