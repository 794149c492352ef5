"""`rigfit batch`, end to end."""

import csv
import io
import json

import jsonschema
import pytest
from batches import REQUESTS, batch, fleet, pretended
from invoke import assert_refused, invoke

from rigfit.batch.pool import Serial
from rigfit.batch.run import run
from rigfit.machine import simulate
from rigfit.schema.batch import COLUMNS, Row
from rigfit.schema.request import MachineRequest

REQUEST = """schema: rigfit.request/1
tasks:
  - task: upscaling
    models: [real-esrgan-x4plus]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A fleet of 14 machines, a request, and its results in CSV and JSON lines."""
    found = tmp_path_factory.mktemp("batch")
    fleet(found / "fleet.csv", 14)
    (found / "upscale.yaml").write_text(REQUEST)
    for name in ("out.csv", "out.jsonl"):
        result = invoke(*command(found, name), "--json")
        assert result.code == 0, result
        (found / f"{name}.summary").write_text(result.out)
    return found


def command(folder, out, *more):
    given = ("--request", folder / "upscale.yaml", "--machines", folder / "fleet.csv", "--out", folder / out)
    return ("batch", *given, "--workers", 1, *more)


def rows(folder):
    return [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]


def test_one_row_for_each_machine_and_request(folder):
    found = rows(folder)
    assert [row["number"] for row in found] == list(range(1, 15))
    assert {row["request"] for row in found} == {"upscale"}
    shape = json.loads(invoke("schema", "batch-row").out)
    for row in found:
        jsonschema.validate(row, shape)
        Row.model_validate(row)
        assert tuple(row) == COLUMNS


def test_csv_says_the_same_as_json_lines(folder):
    read = list(csv.DictReader(io.StringIO((folder / "out.csv").read_text())))
    assert tuple(read[0]) == COLUMNS
    for one, other in zip(read, rows(folder), strict=True):
        assert one == {key: "" if value is None else str(value) for key, value in other.items()}


def test_parquet_says_the_same_as_json_lines(folder):
    parquet = pytest.importorskip("pyarrow.parquet")
    first = invoke(*command(folder, "out.parquet", "--overwrite"))
    assert first.code == 0, first
    assert parquet.read_table(folder / "out.parquet").to_pylist() == rows(folder)
    content = (folder / "out.parquet").read_bytes()
    assert invoke(*command(folder, "out.parquet", "--overwrite")).code == 0
    assert (folder / "out.parquet").read_bytes() == content


def test_a_row_says_what_solve_says(folder):
    row = rows(folder)[7]
    given = ("--gpu", "RTX 3060 12 GB", "--ram", "32GB", "--disk", "81GB", "--json")
    answer = json.loads(invoke("solve", folder / "upscale.yaml", *given).out)
    best = answer["bundles"][0]["tasks"][0]
    assert row["record"] == answer["record"]["id"]
    assert (row["bundle"], row["verdict"], row["quality"]) == (best["pipeline"], best["verdict"], best["quality"])
    assert (row["peak_vram"], row["milliseconds"]) == (best["peak_vram"]["high"], best["milliseconds"]["expected"])


def test_a_machine_that_cannot_be_read_is_a_row_with_its_reason(folder):
    bad = rows(folder)[6]
    assert (bad["verdict"], bad["machine"], bad["record"]) == ("invalid", "pc-6", None)
    assert "unknown gpu 'RTX 4071'" in bad["reason"]


@pytest.mark.slow
def test_a_mistake_among_ten_thousand_files_is_one_row(knowledge, tmp_path):
    machines = tmp_path / "machines"
    machines.mkdir()
    good = simulate(knowledge, MachineRequest(gpus=("RTX 4070",))).model_dump(mode="json", by_alias=True)
    for number in range(10_000):
        (machines / f"pc-{number:05}.json").write_text(json.dumps({**good, "name": f"pc-{number:05}"}))
    (machines / "pc-04000x.json").write_text(json.dumps({**good, "os": "beos"}))
    one = batch(tmp_path, "out.jsonl", fleet=machines, segment=4_000, block=1_000)
    summary = run(one, knowledge, Serial(pretended))
    assert (summary.machines, summary.invalid) == (10_001, 1)
    found = [json.loads(line) for line in one.out.read_text().splitlines()]
    assert len(found) == len(REQUESTS) * 10_001
    bad = [row for row in found if row["verdict"] == "invalid"]
    assert [row["request"] for row in bad] == [asked.name for asked in REQUESTS]
    assert {row["number"] for row in bad} == {4_002}
    assert all("pc-04000x.json" in row["reason"] and "os" in row["reason"] for row in bad)


def test_the_summary_is_what_the_schema_says(folder):
    found = json.loads((folder / "out.csv.summary").read_text())
    jsonschema.validate(found, json.loads(invoke("schema", "batch").out))
    assert (found["schema"], found["machines"], found["rows"], found["invalid"]) == ("rigfit.batch/1", 14, 14, 2)
    assert sum(one["machines"] for one in found["verdicts"]) == 14


def test_the_text_is_shares_by_weight(folder):
    result = invoke(*command(folder, "out.csv", "--overwrite"))
    assert result.code == 0, result
    assert result.err == ""
    assert "upscale" in result.out
    assert "2 machines could not be read" in result.out
    assert "\x1b" not in result.out


def test_what_is_complete_is_left_alone(folder):
    result = invoke(*command(folder, "out.csv", "--resume"))
    assert (result.code, result.out) == (0, "")
    assert "nothing was left to do" in result.err
    assert_refused(invoke(*command(folder, "out.csv")), "is there already; --overwrite replaces it")


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        (("--preset", "photorealsm", "--out", "x.csv"), ("unknown preset", "nearest: photorealism")),
        (("--out", "x.csv"), ("nothing is asked for",)),
        (("--preset", "all", "--out", "x.xlsx"), ("results end in .csv, .jsonl",)),
        (("--preset", "video", "--preset", "all", "--out", "x.csv"), ("two requests are called 'video'",)),
        (("--preset", "all", "--out", "missing/x.csv"), ("missing: no such folder",)),
        (("--request", "none.yaml", "--out", "x.csv"), ("none.yaml",)),
    ],
)
def test_bad_input_is_one_line(given, parts, folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert_refused(invoke("batch", "--machines", "fleet.csv", *given), *parts)


def test_a_mistake_in_a_request_names_its_line(folder, tmp_path):
    (tmp_path / "bad.yaml").write_text(REQUEST.replace("upscaling", "upscalling"))
    given = ("--machines", folder / "fleet.csv", "--out", tmp_path / "x.csv")
    assert_refused(invoke("batch", "--request", tmp_path / "bad.yaml", *given), "bad.yaml:3", "nearest: upscaling")


def test_help_says_how():
    result = invoke("batch", "--help")
    assert "rigfit batch --preset all --machines fleet.csv --out results.parquet" in result.out
