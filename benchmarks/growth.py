"""The growth of a sweep with the tasks and the catalog, drawn from the figures that are kept.

    python -m benchmarks.growth     # results/latest.json -> results/whatif-growth.svg

Takes the extra `plot`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_RESULTS = Path(__file__).parent / "results"
_NAME = re.compile(
    r"375 machines, (?:(?P<tasks>\d+) of the tasks|three tasks(?:, (?P<models>\d+) models)?): (?P<what>.+)"
)
_NOTE = re.compile(r"(?P<solves>\d+) solves, (?P<answers>\d+) different answers")


def growth(rows: list[dict[str, Any]], models: int) -> dict[str, list[tuple[int, int, int, float]]]:
    """By "tasks" and by "models": (how many, solves, different answers, seconds), least first.

    Args:
        rows: of the benchmark `whatif`.
        models: how many the whole catalog has, of which the rows say nothing.
    """
    found: dict[str, dict[int, list[float]]] = {"tasks": {}, "models": {}}
    for row in rows:
        name = _NAME.fullmatch(row["name"])
        if name is None or name["what"] not in ("solves", "all"):
            continue
        if name["what"] == "solves":
            counted = _NOTE.match(row["note"])
            if counted is None:
                raise ValueError(f"no count of solves: {row['note']}")
            values = [float(counted["solves"]), float(counted["answers"])]
        else:
            values = [row["measured"] / 1000]
        places = [("tasks", int(name["tasks"] or 3))] if name["models"] is None else []
        places += [("models", int(name["models"] or models))] if name["tasks"] is None else []
        for along, at in places:
            found[along].setdefault(at, []).extend(values)
    return {
        along: [(at, int(solves), int(answers), seconds) for at, (solves, answers, seconds) in sorted(points.items())]
        for along, points in found.items()
    }


def main() -> None:
    """Draw it."""
    from matplotlib.figure import Figure

    from rigfit.knowledge import load_knowledge

    rows = json.loads((_RESULTS / "latest.json").read_text(encoding="utf-8"))["benchmarks"]["whatif"]
    found = growth(rows, len(load_knowledge().catalog.models))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for one, (along, points) in zip(axes, found.items(), strict=True):
        at, solves, answers, seconds = zip(*points, strict=True)
        one.plot(at, solves, "o-", color="#0072b2", label="solves")
        one.plot(at, answers, "s--", color="#009e73", label="different answers")
        one.set(xlabel=f"{along}, 375 machines", ylabel="solves", ylim=(0, None), xticks=at)
        beside = one.twinx()
        beside.plot(at, seconds, "^:", color="#d55e00", label="seconds")
        beside.set(ylabel="seconds in all", yscale="log")
        lines = [*one.get_lines(), *beside.get_lines()]
    labels = [str(line.get_label()) for line in lines]
    figure.legend(lines, labels, frameon=False, loc="outside lower center", ncols=len(lines))
    figure.suptitle("A sweep from proved boxes")
    target = _RESULTS / "whatif-growth.svg"
    figure.savefig(target, metadata={"Date": None})
    print(f"drawn: {target.name}")


if __name__ == "__main__":
    main()
