"""Small batches: fleets, requests, and an evaluation that solves nothing."""

from __future__ import annotations

from pathlib import Path

from rigfit.batch.asked import Asked
from rigfit.batch.chunks import Chunk, Evaluated, Found, Why
from rigfit.batch.run import Batch
from rigfit.schema.request import Request, TaskRequest
from rigfit.units import GB, GIB

CARDS = ("RTX 4070", "RTX 3060 12 GB", "GTX 1650", "Arc B580", "M2 Max", "none")


def upscaling(model: str) -> Asked:
    """A request that is prepared quickly."""
    return Asked(model, Request(tasks=(TaskRequest(task="upscaling", models=(model,)),)))


REQUESTS = (upscaling("real-esrgan-x4plus"), upscaling("anime-sharp-4x"))


def fleet(path: Path, count: int = 60) -> Path:
    """Machines of a few classes; one in seven has a card that does not exist."""
    lines = ["name,weight,gpu,ram,disk,os"]
    for number in range(count):
        card = "RTX 4071" if number % 7 == 6 else CARDS[number % len(CARDS)]
        ram = "64GB" if card == "M2 Max" else f"{(4, 8, 16, 32)[number % 4]}GB"
        lines.append(f"pc-{number},{number % 3 + 1},{card},{ram},{number % 5 * 40 + 1} GB,")
    path.write_text("\n".join(lines) + "\n")
    return path


def batch(folder: Path, out: str = "out.csv", **changes: object) -> Batch:
    """A batch over that fleet, in small segments and blocks."""
    machines = folder / "fleet.csv"
    if not machines.exists():
        fleet(machines)
    form = Path(out).suffix.removeprefix(".")
    given = {"requests": REQUESTS, "fleet": machines, "out": folder / out, "format": form, "segment": 25, "block": 4}
    return Batch(**{**given, **changes})  # type: ignore[arg-type]


def pretended(chunk: Chunk) -> Evaluated:
    """Fits where there is disk space enough; nothing is solved."""
    fine = [point[-1] >= 60 * GB and point[-2] >= 2 * GIB for point in chunk.points]
    found = Found("resident", "b", "m", "r", 5000, 1, 2, 3, 4, 5)
    return Evaluated(
        number=chunk.number,
        answers=(found, Found("impossible")),
        whys=(Why("disk", 'says "no", on \ue0000\ue000'),),
        of=tuple(0 if one else 1 for one in fine),
        why=tuple(-1 if one else 0 for one in fine),
        solves=1,
    )
