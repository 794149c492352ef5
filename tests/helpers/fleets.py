"""Fleets in a folder, and an engine that answers by a rule in place of solving."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rigfit.batch.chunks import Chunk, Evaluated, Found, Why
from rigfit.knowledge import Knowledge
from rigfit.schema.request import Request
from rigfit.units import GIB

Rule = Callable[[Request, int, int], Found | Why]
"""(request, bytes of VRAM, bytes of RAM that models may use) -> a bundle, or why there is none."""


class ByRule:
    """An engine for tests of what comes after it."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        for chunk in chunks:
            found = []
            for point in chunk.points:
                vram = point[0] if len(point) > 2 else 0
                found.append(self.rule(chunk.request, vram, point[-2]))
            answers = tuple(one if isinstance(one, Found) else Found("impossible") for one in found)
            whys = tuple(one for one in found if isinstance(one, Why))
            numbers = iter(range(len(whys)))
            why = tuple(next(numbers) if isinstance(one, Why) else -1 for one in found)
            yield Evaluated(chunk.number, answers, whys, tuple(range(len(answers))), why, 0)

    def close(self) -> None:
        """Nothing is held."""


def by_vram(least: dict[str, int]) -> Rule:
    """A preset runs from so many GiB of VRAM that models may use."""

    def rule(request: Request, vram: int, ram: int) -> Found | Why:
        if vram >= least.get(request.preset or "", 0) * GIB:
            return Found("resident", bundle="a", models="flux1-dev", runtimes="comfyui", quality=9000)
        return Why("vram", "needs more VRAM <than> there is & says so")

    return rule


def write_fleet(path: Path, *lines: str) -> Path:
    """A fleet in CSV."""
    path.write_text("name,weight,gpu,ram,disk\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def run_presets(presets: Sequence[str], fleet: Path, out: Path, knowledge: Knowledge, rule: Rule) -> Path:
    """A batch by a rule."""
    from rigfit.batch.about import write_about
    from rigfit.batch.asked import asked
    from rigfit.batch.files import FORMATS
    from rigfit.batch.run import Batch, run

    batch = Batch(asked(presets, [], knowledge), fleet, out, FORMATS[out.suffix])
    run(batch, knowledge, ByRule(rule))
    write_about(batch, knowledge)
    return out
