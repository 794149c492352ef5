"""Reports: coverage, tiers, reasons, gains; as text, JSON and a page in a browser."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import CHROMIUM, open_page
from fleets import ByRule, by_vram, run_presets, write_fleet
from invoke import assert_refused, invoke

from rigfit.batch.about import about_path
from rigfit.batch.chunks import Found, Why
from rigfit.batch.gains import decides, gains
from rigfit.batch.html import page, percent
from rigfit.batch.pool import Serial
from rigfit.batch.relaxations import relaxations
from rigfit.batch.report import report
from rigfit.batch.tiers import memory_tier
from rigfit.knowledge.fleets import fleet_path
from rigfit.schema.request import Request
from rigfit.solve import solve
from rigfit.units import GIB

LINES = (
    "a,1,rtx-4060,16 GB,", "b,3,rtx-4070,16 GB,", "c,2,rtx-4060,32 GB,", "broken,5,no such card,16 GB,",
    "d,4,none,16 GB,", "e,2,apple-m2-16gb,16 GB,",
)  # fmt: skip
RULE = by_vram({"photorealism": 10, "video": 30})


@pytest.fixture
def results(tmp_path: Path, knowledge) -> Path:
    fleet = write_fleet(tmp_path / "fleet.csv", *LINES)
    return run_presets(["photorealism", "lightweight"], fleet, tmp_path / "results.csv", knowledge, RULE)


def test_what_is_counted(results: Path) -> None:
    found = report(results)
    assert (found.requests, found.machines, found.invalid, found.weight) == (("photorealism", "lightweight"), 5, 1, 12)
    assert found.tiers == ("no card", "8 GB", "12 GB", "Apple 16 GB")
    photo, light = found.coverage
    # The M2's share of its memory is more than 10 GB.
    assert (photo.runs.machines, photo.runs.weight, photo.runs.share) == (2, 5, 4167)
    assert light.runs.share == 100_00
    assert photo.bounds is None
    cells = {(one.request, one.tier): one for one in found.cells}
    eight = cells["photorealism", "8 GB"]
    assert (eight.machines, eight.weight, eight.runs.machines, eight.verdicts) == (2, 3, 0, {"impossible": 100_00})
    stop = found.stops[0]
    assert (stop.request, stop.stopped_by, stop.cost.machines, stop.cost.weight) == ("photorealism", "vram", 3, 7)
    assert sum(one.cost.weight for one in found.stops) + photo.runs.weight == found.weight
    assert found.gains is None


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_every_format_says_the_same(results: Path, tmp_path: Path, knowledge, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"other.{ending}"
    run_presets(["photorealism", "lightweight"], tmp_path / "fleet.csv", out, knowledge, RULE)
    assert report(out).model_copy(update={"title": ""}) == report(results).model_copy(update={"title": ""})


@pytest.mark.parametrize(
    ("vram", "tier"),
    [(8188, "8 GB"), (24564, "24 GB"), (12 * 1024, "12 GB"), (3 * 1024, "under 4 GB"), (80 * 1024, "32 GB")],
)
def test_cards_belong_to_the_tier_they_are_sold_in(vram: int, tier: str) -> None:
    assert memory_tier("linux", "some card", vram * GIB // 1024, 16 * GIB)[1] == tier


def test_gains_are_those_of_the_relaxed_request(results: Path, knowledge) -> None:
    def rule(request: Request, vram: int, ram: int) -> Found | Why:
        enough = 6 if request.policies.experimental else 4 if not request.tasks[0].models else 10
        return Found("resident") if vram >= enough * GIB else Why("vram", "")

    found = report(results, knowledge, ByRule(rule))
    assert found.gains is not None
    got = {one.relaxation: (one.gain.machines, one.gain.weight, one.gain.share) for one in found.gains}
    assert got == {"experimental": (2, 3, 2500), "tasks.0.models": (2, 3, 2500)}
    assert {one.request for one in found.gains} == {"photorealism"}, "the other one is stopped nowhere"
    assert all(one.gain.share <= 100_00 - found.coverage[0].runs.share for one in found.gains)


def test_why_there_are_no_gains(results: Path, knowledge, tmp_path: Path) -> None:
    engine = ByRule(RULE)
    write_fleet(tmp_path / "fleet.csv", *LINES[:2])
    assert "changed" in report(results, knowledge, engine).notes[0]
    (tmp_path / "fleet.csv").unlink()
    found = report(results, knowledge, engine)
    assert found.gains is None
    assert "not there any more" in found.notes[0]
    about_path(results).unlink()
    assert "nothing beside the results says" in report(results, knowledge, engine).notes[0]


def test_every_relaxation_asks_for_less(knowledge) -> None:
    for preset in knowledge.catalog.presets:
        names = [one.name for one in relaxations(preset.request, knowledge.give_ups.longest_wait)]
        assert len(names) == len(set(names))
        for one in relaxations(preset.request, knowledge.give_ups.longest_wait):
            assert one.any_disk or one.request != preset.request


@pytest.mark.slow
def test_gains_agree_with_one_solve_each(tmp_path: Path, knowledge) -> None:
    name, lines = "photorealism", ["a,1,rtx-4060,16 GB,200 GB", "b,1,none,16 GB,200 GB", "c,1,rtx-4070,32 GB,5 GB"]
    fleet = write_fleet(tmp_path / "fleet.csv", *lines)
    request = knowledge.index("presets")[name].request.model_copy(update={"preset": name})
    from rigfit.batch.fleet.entries import Shelf
    from rigfit.batch.fleet.reader import read_fleet

    machines = [entry.machine for entry in read_fleet(fleet, Shelf(knowledge))]
    stopped = bytearray(solve(request, one, knowledge).status == "infeasible" for one in machines)
    assert any(stopped)
    found = gains({name: request}, {name: stopped}, fleet, None, knowledge, Serial(decides))
    for one in found:
        expected = 0
        for machine, flag in zip(machines, stopped, strict=True):
            where = machine.model_copy(update={"disk_free": 10**15}) if one.relaxation.any_disk else machine
            expected += bool(flag and solve(one.relaxation.request, where, knowledge).bundles)
        assert one.machines == expected, one.relaxation.name


def test_surveys_carry_bounds_and_what_they_rest_on(tmp_path: Path, knowledge) -> None:
    out = run_presets(["photorealism"], fleet_path("fleet:steam-2026-04"), tmp_path / "s.csv", knowledge, RULE)
    found = report(out)
    assert found.tiers[:3] == ("under 1 GB", "1 GB", "2 GB")
    one = found.coverage[0]
    assert one.bounds is not None
    assert one.bounds[0] <= one.runs.share <= one.bounds[1]
    # By cards alone RAM does not matter: 11 GB and more, with and without what is of unknown memory.
    assert one.bounds == pytest.approx((4627, 4627 + 173), abs=2)
    assert found.assumptions
    shown = invoke("report", out, "--no-gains").out
    assert all(words in shown for words in ("at least", "at most", "if card and system memory were independent"))
    written = page(found)
    assert "if independent" in written
    assert all(text[:40] in written for text in found.assumptions)


def test_the_command(results: Path, tmp_path: Path) -> None:
    text = invoke("report", results, "--no-gains")
    assert text.code == 0
    assert "41.7 %" in text.out
    assert all(len(line) <= 100 for line in text.out.splitlines())
    said = json.loads(invoke("report", results, "--no-gains", "--json").out)
    assert said["schema"] == "rigfit.report/1"
    out = tmp_path / "page.html"
    assert invoke("report", results, "--no-gains", "--html", out).code == 0
    before = out.read_bytes()
    assert_refused(invoke("report", results, "--no-gains", "--html", out), "--overwrite")
    assert out.read_bytes() == before
    assert_refused(invoke("report", tmp_path / "nothing.csv", "--no-gains"), "nothing.csv")
    assert_refused(invoke("report", tmp_path / "fleet.csv", "--no-gains"), "column")


class Tables(HTMLParser):
    """Rows of the tables of a page, and what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.classes: list[str] = []
        self.open: list[str] = []
        self.unscoped = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.classes.append(dict(attrs).get("class") or "")
            self.unscoped += tag == "th" and "scope" not in dict(attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


def heat_of(text: str) -> dict[tuple[str, str], str]:
    """(request, tier) -> what the cell says."""
    rows = Tables(text).rows
    first = next(number for number, row in enumerate(rows) if row[0] == "Request")
    cells = {}
    for row in rows[first + 1 :]:
        if row[0] == "Request":
            break
        cells |= {(row[0], tier): cell for tier, cell in zip(rows[first][1:], row[1:], strict=True)}
    return cells


EXPECTED = {
    ("photorealism", "no card"): "0 %no bundle",
    ("photorealism", "8 GB"): "0 %no bundle",
    ("photorealism", "12 GB"): "100 %resident",
    ("photorealism", "Apple 16 GB"): "100 %resident",
    ("lightweight", "no card"): "100 %resident",
    ("lightweight", "8 GB"): "100 %resident",
    ("lightweight", "12 GB"): "100 %resident",
    ("lightweight", "Apple 16 GB"): "100 %resident",
}


def test_the_page_is_whole_and_escapes_what_it_shows(results: Path) -> None:
    text = page(report(results))
    tables = Tables(text)
    assert tables.open == []
    assert tables.unscoped == 0
    assert heat_of(text) == EXPECTED
    assert "needs more VRAM &lt;than&gt; there is &amp; says so" in text
    assert "<script" not in text
    assert page(report(results)) == text


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_a_browser_opens_it_without_error_or_request(results: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(report(results)), encoding="utf-8")
    opened = open_page(file, tmp_path)
    assert opened.console == []
    assert opened.requests == []
    assert heat_of(opened.dom) == EXPECTED


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_browser_would_tell(tmp_path: Path) -> None:
    file = tmp_path / "bad.html"
    file.write_text('<!doctype html><img src="http://127.0.0.1:9/x.png"><script>console.error("boom")</script>')
    opened = open_page(file, tmp_path)
    assert any("boom" in line for line in opened.console)
    assert "http://127.0.0.1:9/x.png" in opened.requests


QUERIES = {
    "coverage": """
        SELECT request, round(100 * sum(weight) FILTER (bundle IS NOT NULL) / sum(weight), 1) AS percent
        FROM '{results}' WHERE verdict <> 'invalid' GROUP BY request ORDER BY percent DESC
    """,
    "reasons": """
        SELECT stopped_by, count(*) AS machines, sum(weight) AS weight, any_value(reason) AS example
        FROM '{results}' WHERE request = 'photorealism' AND verdict = 'impossible'
        GROUP BY stopped_by ORDER BY weight DESC
    """,
}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_duckdb_reads_results(results: Path, tmp_path: Path, knowledge, ending: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    if ending == "parquet":
        pytest.importorskip("pyarrow")
        results = tmp_path / "results.parquet"
        run_presets(["photorealism", "lightweight"], tmp_path / "fleet.csv", results, knowledge, RULE)
    coverage, reasons = (duckdb.sql(query.format(results=results)).fetchall() for query in QUERIES.values())
    assert coverage == [("lightweight", 100.0), ("photorealism", 41.7)]
    assert [row[:3] for row in reasons] == [("vram", 3, 7.0)]


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (3, "under 0.1 %"), (4167, "41.7 %"), (100_00, "100 %"), (9996, "99.9 %")]
)
def test_percent_never_rounds_to_everything_or_nothing(share: int, text: str) -> None:
    assert percent(share) == text
