"""How well the estimator fits what was measured, and measurements to fit it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measure import Row


def run(quick: bool) -> list[Row]:
    """The rows of `python -m benchmarks fidelity`; a full run keeps its table in results/fidelity.json."""
    from benchmarks.fidelity.report import rows

    return rows(keep=not quick)
