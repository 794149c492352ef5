"""Fleets in every format: the same machines, the mistakes each in its place."""

import json

import pytest

from rigfit.batch.fleet.entries import Shelf
from rigfit.batch.fleet.reader import check_fleet, fingerprint, read_fleet
from rigfit.errors import InputError
from rigfit.knowledge import load_knowledge
from rigfit.machine import simulate
from rigfit.machine.file import machine_yaml
from rigfit.schema.request import MachineRequest
from rigfit.units import GB, GIB

CSV = """name,weight,gpu,ram,disk,os
first,2,RTX 4070,32 GB,200 GB,windows
,,"RTX 3090; RTX 3090",64GB,,linux
third,0.5,none,,50GB,
"""


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(load_knowledge())


def machines(path, shelf):
    return [entry.machine for entry in read_fleet(path, shelf)]


def test_a_line_is_the_machine_that_the_options_describe(tmp_path, shelf):
    path = tmp_path / "fleet.csv"
    path.write_text(CSV)
    first, second, third = read_fleet(path, shelf)
    wish = MachineRequest(gpus=("RTX 4070",), ram=32 * GIB, disk=200 * GB, os="windows")
    assert first.machine == simulate(shelf.knowledge, wish)
    assert (first.shown, first.weight) == ("first", 2)
    assert [gpu.spec for gpu in second.machine.gpus] == ["rtx-3090", "rtx-3090"]
    assert (second.shown, second.weight) == ("fleet.csv:3", 1)
    wish = MachineRequest(gpus=("RTX 3090", "RTX 3090"), ram=64 * GIB, os="linux")
    assert second.machine == simulate(shelf.knowledge, wish)
    assert not third.machine.gpus
    assert third.machine.disk_free == 50 * GB


def test_json_lines_and_parquet_hold_the_same_columns(tmp_path, shelf):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "fleet.csv"
    path.write_text(CSV)
    rows = [
        {"name": "first", "weight": 2, "gpu": "RTX 4070", "ram": "32 GB", "disk": "200 GB", "os": "windows"},
        {"gpu": "RTX 3090; RTX 3090", "ram": "64GB", "os": "linux"},
        {"name": "third", "weight": 0.5, "gpu": "none", "disk": "50GB"},
    ]
    lines, table = tmp_path / "fleet.jsonl", tmp_path / "fleet.parquet"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    parquet.write_table(arrow.Table.from_pylist(rows), table)
    assert machines(lines, shelf) == machines(path, shelf) == machines(table, shelf)


def test_a_folder_and_json_lines_hold_machine_files(tmp_path, shelf):
    one = simulate(shelf.knowledge, MachineRequest(gpus=("RTX 4070",))).model_copy(update={"name": "desk"})
    folder = tmp_path / "machines"
    folder.mkdir()
    (folder / "a.yaml").write_text(machine_yaml(one))
    (folder / "b.json").write_text(json.dumps({**one.model_dump(mode="json", by_alias=True), "weight": 3}))
    (folder / "notes.txt").write_text("not a machine")
    found = list(read_fleet(folder, shelf))
    assert [entry.machine for entry in found] == [one, one]
    assert [(entry.shown, entry.weight) for entry in found] == [("desk", 1), ("desk", 3)]
    lines = tmp_path / "fleet.jsonl"
    lines.write_text(json.dumps(one.model_dump(mode="json", by_alias=True)) + "\n")
    assert machines(lines, shelf) == [one]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("a,1,RTX 4071,16GB,,", "unknown gpu 'RTX 4071'; nearest: rtx-4070"),
        ("a,1,RTX 4070,16,,", "has no unit"),
        ("a,-1,RTX 4070,16GB,,", "weight: '-1' is no number from 0 up"),
        ("a,nan,RTX 4070,16GB,,", "weight: 'nan'"),
        ("a,1,RTX 4070,16GB,lots,", "disk: 'lots'"),
        ("a,1,RTX 4070,16GB,,beos", "os: "),
        ("a,1,,16GB,,", "gpu: no card is named"),
        ("a,1,RTX 4070", "3 values for 6 columns"),
        ('a,1,"RTX 4070,16GB,,', "no CSV"),
        ("a,1,RTX 4070,16GB,,macos", "cuda"),
        ("a,1,\xff\xfe,16GB,,", "unknown gpu"),
    ],
)
def test_a_mistake_is_told_in_its_place_and_stops_nothing(line, error, tmp_path, shelf):
    path = tmp_path / "fleet.csv"
    text = f"name,weight,gpu,ram,disk,os\n{line}\nb,1,RTX 4070,16GB,,\n"
    path.write_bytes(text.encode("latin-1"))
    bad, good = read_fleet(path, shelf)
    assert bad.facts is None
    assert error.lower() in bad.error.lower()
    assert good.facts is not None


def test_mistakes_in_machine_files_name_the_line(tmp_path, shelf):
    one = simulate(shelf.knowledge, MachineRequest(gpus=("RTX 4070",)))
    (tmp_path / "a.yaml").write_text(machine_yaml(one).replace("os: windows", "os: beos"))
    (tmp_path / "b.yaml").write_text("[1, 2")
    (tmp_path / "c.yaml").write_text(machine_yaml(one))
    first, second, third = read_fleet(tmp_path, shelf)
    assert "a.yaml:" in first.error
    assert "os" in first.error
    assert second.error.startswith("b.yaml:")
    assert third.facts is not None


@pytest.mark.parametrize("line", ["{", "[1]", "7", '{"gpu": "RTX 4070", "rma": "8GB"}', '{"gpus": [3]}', "\x00"])
def test_lines_that_are_no_machine(line, tmp_path, shelf):
    path = tmp_path / "fleet.jsonl"
    path.write_text(f'{line}\n{{"gpu": "none"}}\n')
    bad, good = read_fleet(path, shelf)
    assert bad.error
    assert good.facts is not None


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("fleet.csv", "name,gpus\na,RTX 4070\n", "unknown column 'gpus'; nearest: gpu"),
        ("fleet.csv", "name,ram\na,8GB\n", "the column 'gpu' is missing"),
        ("fleet.csv", "gpu,gpu\na,b\n", "'gpu' is there twice"),
        ("fleet.csv", "gpu,ram\n", "holds no machines"),
        ("fleet.txt", "gpu\n", "a fleet is a folder or ends in"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said_at_once(name, text, error, tmp_path, shelf):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match="fleet") as caught:
        check_fleet(path, shelf)
    assert error in str(caught.value)


def test_missing_files_and_empty_folders(tmp_path, shelf):
    with pytest.raises(InputError, match="cannot be read"):
        check_fleet(tmp_path / "none.csv", shelf)
    with pytest.raises(InputError, match="holds no machine files"):
        check_fleet(tmp_path, shelf)


def test_the_fingerprint_changes_with_what_is_said(tmp_path):
    path = tmp_path / "fleet.csv"
    path.write_text(CSV)
    before = fingerprint(path)
    assert fingerprint(path) == before
    path.write_text(CSV.replace("32 GB", "33 GB"))
    assert fingerprint(path) != before
