"""Archives of emitted files, and workflows over HTTP."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from invoke import invoke
from serving import HOST, Inline
from starlette.testclient import TestClient

from rigfit.errors import InputError
from rigfit.schema.emitted import Emitted, EmittedFile
from rigfit.web.app import create_app
from rigfit.web.desk import Desk
from rigfit.web.work.emit import archive

UPSCALING: dict[str, Any] = {
    "tasks": [{"task": "upscaling", "models": ["real-esrgan-x4plus"]}],
    "machine": {"gpus": ["rtx-3060-12gb"], "ram": "32 GB"},
}
WORKFLOW = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "2": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 1}},
}
CARD = ("--gpu", "rtx-3060-12gb", "--ram", "32GB")


@pytest.fixture(scope="module")
def client(knowledge):
    return TestClient(create_app(Inline(Desk(knowledge))), base_url=HOST)


@pytest.fixture
def request_file(tmp_path):
    path = tmp_path / "request.yaml"
    path.write_text(json.dumps(UPSCALING))
    return path


def test_an_archive_holds_what_emit_writes(client, request_file, tmp_path) -> None:
    first = client.post("/v1/emit", json={"request": UPSCALING})
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == "application/zip"
    assert first.headers["content-disposition"].startswith('attachment; filename="rigfit-')
    again = client.post("/v1/emit", json={"request": UPSCALING})
    assert again.content == first.content
    out = tmp_path / "out"
    assert invoke("emit", request_file, "--out", out).code == 0
    with zipfile.ZipFile(io.BytesIO(first.content)) as file:
        assert file.testzip() is None
        held = {one.filename: (file.read(one), one.external_attr >> 16 & 0o111 != 0) for one in file.infolist()}
    written = {
        path.relative_to(out).as_posix(): (path.read_bytes(), path.stat().st_mode & 0o111 != 0)
        for path in out.rglob("*")
        if path.is_file()
    }
    assert held == written


def test_files_as_data_and_of_an_answer(client, request_file) -> None:
    found = client.post("/v1/emit?form=json", json={"request": UPSCALING})
    assert found.json() == json.loads(invoke("emit", request_file, "--json").out)
    answer = client.post("/v1/solve", json={**UPSCALING, "top": 1}).json()
    assert client.post("/v1/emit?form=json", json={"answer": answer}).json() == found.json()
    only = client.post("/v1/emit?form=json", json={"answer": answer, "only": ["README.md"]}).json()
    assert [file["path"] for file in only["files"]] == ["README.md"]


@pytest.mark.parametrize(
    "body", [{}, {"request": UPSCALING, "bundle": 9}, {"request": {**UPSCALING, "policies": {"max_disk": "1 MB"}}}]
)
def test_what_has_no_files_is_said(client, body) -> None:
    assert client.post("/v1/emit", json=body).status_code == 422


@pytest.mark.parametrize(
    "path", ["../evil.sh", "/etc/passwd", "a/../../evil.sh", "C:\\evil.bat", "a\\..\\..\\b", "", "a/./b", "nul"]
)
def test_names_that_lead_out_of_an_archive_are_impossible(path) -> None:
    file = EmittedFile.model_construct(path=path, text="", executable=False, about="")
    emitted = Emitted.model_construct(record="r", bundle=1, files=(file,), commands=(), notes=())
    with pytest.raises(InputError, match="no path inside"):
        archive(emitted)


def test_a_workflow_is_checked_as_on_the_command_line(client, tmp_path) -> None:
    file = tmp_path / "flow.json"
    file.write_text(json.dumps(WORKFLOW))
    machine = UPSCALING["machine"]
    found = client.post("/v1/check", json={"workflow": WORKFLOW, "name": "flow.json", "machine": machine})
    assert found.status_code == 200, found.text
    assert found.json() == json.loads(invoke("check", file, *CARD, "--json").out)
    assert found.json()["runs"]


def test_a_workflow_that_needs_nothing_comes_back_as_it_is(client) -> None:
    text = json.dumps(WORKFLOW, indent=3)
    found = client.post("/v1/fix", json={"workflow": text, "machine": UPSCALING["machine"]}).json()
    assert (found["changed"], found["workflow"]) == (False, text)


@pytest.mark.parametrize("workflow", ["{", "[]", {}, {"nodes": 1}, {"1": {"class_type": 1}}, "[" * 10_000, ""])
def test_what_is_no_workflow_is_said(client, workflow) -> None:
    response = client.post("/v1/check", json={"workflow": workflow})
    assert response.status_code == 422, response.text
    assert response.json()["error"]["message"]
