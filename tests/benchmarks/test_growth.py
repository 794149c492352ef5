"""The picture of a sweep's growth is drawn from what the benchmark keeps."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import growth

LATEST = Path(growth.__file__).parent / "results" / "latest.json"


def test_the_kept_figures_make_both_curves() -> None:
    rows = json.loads(LATEST.read_text(encoding="utf-8"))["benchmarks"]["whatif"]
    found = growth.growth(rows, models=10_000)
    assert [tasks for tasks, *_ in found["tasks"]] == [1, 2, 3, 4, 5]
    assert found["models"][-1][0] == 10_000
    assert len(found["models"]) == 3
    for points in found.values():
        assert all(solves >= answers > 0 and seconds > 0 for _, solves, answers, seconds in points)
    # Three tasks on the whole catalog stand on both curves.
    assert found["tasks"][2][1:] == found["models"][-1][1:]
