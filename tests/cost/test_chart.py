"""The break-even as a chart in a terminal."""

from __future__ import annotations

import io

from rich.console import Console

from rigfit.cli.render.cost import print_chart
from rigfit.schema.cost import BreakEven, CostReport, Money
from rigfit.units import USD


def chart(results: tuple[int | None, int | None]) -> list[str]:
    out = io.StringIO()
    report = CostReport.model_construct(
        break_even=BreakEven(results=results, days=(None, None)),
        hardware=500 * USD,
        each=Money(low=0, high=0),
        cloud_each=Money(low=USD, high=USD),
        tasks=(),
    )
    print_chart(Console(file=out, width=100, highlight=False), report)
    return out.getvalue().splitlines()


def test_the_lines_meet_where_the_hardware_has_paid_for_itself() -> None:
    lines = chart((500, 500))
    assert all(len(line) <= 100 for line in lines)
    level = next(line for line in lines[:-2] if "━" in line)
    # Half of 1,000 results: the middle of what is drawn, give or take the width of one level.
    meets = level[10:].index("╳") + level[10:].count("╳") / 2
    assert 36 <= meets <= 54
    assert lines[0].rstrip().endswith("╱"), "the cloud ends on top"
    assert "1,000" in "".join(lines)


def test_where_they_never_meet_nothing_is_drawn() -> None:
    assert chart((None, None)) == []
    assert chart((0, 0)) == []
