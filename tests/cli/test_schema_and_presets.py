"""JSON Schemas say what is really read and printed; a preset printed as a file is the preset."""

from __future__ import annotations

import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from invoke import invoke

from rigfit.knowledge import load_knowledge, yamlfile

DOCUMENTS = ["answer", "request", "machine", "catalog", "rules"]
PRESETS = sorted(load_knowledge().index("presets"))


@cache
def schema(name: str) -> dict[str, Any]:
    result = invoke("schema", name)
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def complaints(name: str, document: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema(name))
    return [
        f"{'.'.join(map(str, error.path))}: {error.message[:200]}"
        for error in islice(validator.iter_errors(document), 5)
    ]


def answer(*arguments: object) -> dict[str, Any]:
    result = invoke("solve", *arguments, "--json")
    assert result.code in (0, 1), result
    assert result.err == ""
    return json.loads(result.out)


# Schemas ----------------------------------------------------------------------------------------------------------


def test_the_documents_are_listed() -> None:
    listed = invoke("schema").out.split()
    assert set(DOCUMENTS) <= set(listed)
    assert all(invoke("schema", name).code == 0 for name in listed)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_a_json_schema(name: str) -> None:
    content = schema(name)
    jsonschema.Draft202012Validator.check_schema(content)
    assert content["additionalProperties"] is False
    assert invoke("schema", name).out == invoke("schema", name).out


@pytest.mark.parametrize("name", ["answer", "request", "machine"])
def test_each_names_its_version(name: str) -> None:
    version = schema(name)["properties"]["schema"]
    assert version["const"] == version["default"] == f"rigfit.{name}/1"


@pytest.mark.parametrize("name", ["answer", "request", "machine"])
@pytest.mark.parametrize("document", [[], "x", 3, {"surprise": 1}])
def test_what_is_no_such_document_does_not_validate(name: str, document: Any) -> None:
    assert complaints(name, document)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--gpu", "RTX 4070", "--preset", "photorealism"],
        [
            "--gpu",
            "RTX 4090",
            "--ram",
            "64GB",
            "--task",
            "image_generation",
            "--task",
            "image_editing",
            "--commercial",
            "--top",
            "5",
        ],
        ["--gpu", "RTX 4070", "--preset", "photorealism", "--max-time", "9h", "--max-disk", "100GB"],
        ["--gpu", "apple-m3-max-64gb", "--task", "image_generation"],
        ["--gpu", "none", "--ram", "1GB", "--task", "image_generation"],
        ["--gpu", "none", "--ram", "1GB", "--task", "video_generation", "--max-time", "1s"],
    ],
)
def test_an_answer_validates(arguments: list[str]) -> None:
    found = answer(*arguments)
    assert found["schema"] == "rigfit.answer/1"
    assert complaints("answer", found) == []
    assert complaints("machine", found["machine"]) == []
    assert complaints("request", found["record"]["request"]) == []


@pytest.mark.parametrize(
    "document",
    [
        {"tasks": [{"task": "image_generation"}]},
        {"schema": "rigfit.request/1", "tasks": [{"task": "t", "size": {"width": 64, "seconds": 1.5}}], "top": 1},
        {"machine": {"gpus": ["RTX 4070"], "vram": "12 GB", "ram": "32GiB", "disk": "200 GB"}},
        {"machine": {"ram": 34359738368}},
        {"policies": {"max_time": "90 s", "max_disk": "100 GB", "max_download": "1 TB"}},
        {"policies": {"max_time": 90}},
    ],
)
def test_what_a_person_may_write_validates(document: dict[str, Any], tmp_path: Path) -> None:
    """An editor that knows the schema must not mark as wrong what rigfit reads."""
    from rigfit.schema.request import Request

    Request.model_validate(document)
    assert complaints("request", document) == []


@pytest.mark.parametrize(
    "document",
    [
        {"top": 0},
        {"top": 51},
        {"machine": {"ram": -1}},
        {"machine": {"ram": 2**60 + 1}},
        {"tasks": [{"task": "Not an id"}]},
        {"policies": {"max_time": -1}},
        {"policies": {"prefer": "Q!"}},
    ],
)
def test_what_is_refused_does_not_validate(document: dict[str, Any]) -> None:
    from pydantic import ValidationError

    from rigfit.schema.request import Request

    with pytest.raises(ValidationError):
        Request.model_validate(document)
    assert complaints("request", document)


def test_a_saved_machine_validates(tmp_path: Path) -> None:
    path = tmp_path / "machine.yaml"
    assert invoke("hardware", "--gpu", "RTX 4070", "--ram", "32GB", "--save", path).code == 0
    assert complaints("machine", yamlfile.read(path).data) == []


@pytest.mark.parametrize("name", ["catalog", "rules"])
def test_the_shipped_files_validate(name: str) -> None:
    """A domain expert's editor checks catalog and rules files against these."""
    from rigfit.knowledge import paths

    found = [
        f"{file.name}: {complaint}"
        for file in paths.yaml_files(paths.data_root(), name)
        for complaint in complaints(name, yamlfile.read(file).data)
    ]
    assert found[:5] == []


# Presets ----------------------------------------------------------------------------------------------------------


def test_presets_are_listed() -> None:
    listed = invoke("presets")
    assert (listed.code, listed.err) == (0, "")
    assert len(PRESETS) >= 5
    assert all(name in listed.out for name in PRESETS)
    assert sorted(preset["id"] for preset in json.loads(invoke("presets", "--json").out)) == PRESETS


def decisive(found: dict[str, Any]) -> dict[str, Any]:
    """An answer without what may differ: the id of the record, where the request itself differs in writing."""
    return {**found, "record": {key: value for key, value in found["record"].items() if key != "id"}}


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("form", ["yaml", pytest.param("json", marks=pytest.mark.slow)])
def test_a_printed_preset_is_the_preset(name: str, form: str, tmp_path: Path) -> None:
    printed = invoke("presets", name, *(["--json"] if form == "json" else []))
    assert (printed.code, printed.err) == (0, "")
    path = tmp_path / "request.yaml"
    path.write_text(printed.out, encoding="utf-8")
    assert complaints("request", yamlfile.read(path).data) == []
    small = ["--gpu", "none", "--ram", "8GB"]
    for machine in (
        (["--gpu", "RTX 4070"], small) if form == "yaml" and name == PRESETS[0] else (["--gpu", "RTX 4070"],)
    ):
        by_file, by_name = answer(path, *machine), answer("--preset", name, *machine)
        assert decisive(by_file) == decisive(by_name)
        if by_file["record"]["request"] == by_name["record"]["request"]:
            assert by_file["record"]["id"] == by_name["record"]["id"]


def test_a_printed_preset_can_be_edited(tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_text(invoke("presets", "photorealism").out + "top: 1\nmachine:\n  gpus: [RTX 4070]\n", encoding="utf-8")
    found = answer(path)
    assert len(found["bundles"]) == 1
    assert found["machine"]["simulated"] is True
    assert found["bundles"][0] == answer("--preset", "photorealism", "--gpu", "RTX 4070")["bundles"][0]


def test_options_stand_in_the_file_as_well(tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_text(
        "tasks:\n- {task: image_generation, features: [lora], size: {width: 768, height: 768}, style: cinematic}\n"
        "policies: {use: commercial, prefer: speed, confidence: expected, max_time: 5 min, max_disk: 100 GB,"
        " experimental: true}\n"
        "machine: {gpus: [RTX 4070], ram: 32 GB, disk: 300 GB, os: linux}\ntop: 2\n"
    )
    by_file = answer(path)
    by_options = answer(
        "--task",
        "image_generation",
        "--lora",
        "--size",
        "768x768",
        "--style",
        "cinematic",
        "--commercial",
        "--prefer",
        "speed",
        "--confidence",
        "expected",
        "--max-time",
        "5min",
        "--max-disk",
        "100GB",
        "--experimental",
        "--gpu",
        "RTX 4070",
        "--ram",
        "32GB",
        "--disk",
        "300GB",
        "--os",
        "linux",
        "--top",
        "2",
    )
    assert by_file["bundles"]
    assert by_file["bundles"] == by_options["bundles"]
    assert by_file["machine"] == by_options["machine"]


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "request.yaml"
    path.write_text("tasks: [{task: image_generation}]\nmachine: {gpus: [RTX 4090], ram: 64 GB}\ntop: 3\n")
    found = answer(path, "--gpu", "RTX 4070", "--ram", "32GB", "--top", "1", "--prefer", "small")
    assert "4070" in found["machine"]["gpus"][0]["name"]
    assert found["machine"]["ram"] == 32 * 2**30
    assert len(found["bundles"]) == 1
    assert found["record"]["request"]["policies"]["prefer"] == "small"
