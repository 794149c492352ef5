"""`rigfit verify` and `rigfit diff` on files, as a person would run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from invoke import invoke

ASKED = ("--task", "image_generation", "--model", "sdxl-base", "--model", "flux1-dev", "--ram", "32GB")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two answers, one of them also tampered with."""
    place = tmp_path_factory.mktemp("answers")
    for name, gpu in (("small", "RTX 4060"), ("large", "RTX 4090")):
        done = invoke("solve", *ASKED, "--gpu", gpu, "--json")
        assert done.code == 0
        (place / f"{name}.json").write_text(done.out, encoding="utf-8")
    document = json.loads((place / "small.json").read_text(encoding="utf-8"))
    document["bundles"][0]["tasks"][0]["quality"] += 100
    (place / "tampered.json").write_text(json.dumps(document), encoding="utf-8")
    (place / "words.txt").write_text("not an answer", encoding="utf-8")
    (place / "other.json").write_text('{"schema": "rigfit.machine/1"}', encoding="utf-8")
    return place


def valid(name: str, document: str) -> Any:
    content = json.loads(document)
    jsonschema.Draft202012Validator(json.loads(invoke("schema", name).out)).validate(content)
    return content


def fits(text: str) -> bool:
    return all(len(line) <= 100 and line == line.rstrip() for line in text.splitlines())


def test_an_answer_that_holds(folder: Path) -> None:
    done = invoke("verify", folder / "small.json")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The answer holds.\n")
    assert fits(done.out)
    assert done == invoke("verify", folder / "small.json")
    assert invoke("verify", folder / "small.json", "--exhaustive").code == 0
    found = valid("verification", invoke("verify", folder / "small.json", "--json").out)
    assert found["holds"] is True


def test_an_answer_that_was_changed(folder: Path) -> None:
    done = invoke("verify", folder / "tampered.json")
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith("The answer does not hold: 1 thing found.\n")
    assert "tampered bundles[0].tasks[0].quality says" in done.out
    assert fits(done.out)
    found = valid("verification", invoke("verify", folder / "tampered.json", "--json").out)
    assert [finding["kind"] for finding in found["findings"]] == ["tampered"]


def test_what_cannot_be_proved_has_its_own_exit_code(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigfit.engines.exhaustive.MAX_COMBINATIONS", 0)
    done = invoke("verify", folder / "small.json", "--exhaustive")
    assert done.code == 3
    assert "as far as it could be checked" in done.out


@pytest.mark.parametrize("command", ["verify", "diff"])
@pytest.mark.parametrize(
    ("name", "complaint"), [("words.txt", "no JSON"), ("other.json", "no answer"), ("absent.json", "cannot be read")]
)
def test_what_is_no_answer(folder: Path, command: str, name: str, complaint: str) -> None:
    done = invoke(command, folder / name)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err
    assert name in done.err
    assert len(done.err.splitlines()) == 1


def test_the_difference_of_two_machines(folder: Path) -> None:
    done = invoke("diff", folder / "small.json", folder / "large.json")
    assert (done.code, done.err) == (0, "")
    assert "machine gpus[0].vram: 8.0 GB -> 24.0 GB" in done.out
    assert fits(done.out)
    found = valid("difference", invoke("diff", folder / "small.json", folder / "large.json", "--json").out)
    assert found["same"] is False


def test_no_difference(folder: Path) -> None:
    done = invoke("diff", folder / "small.json", folder / "small.json")
    assert done.code == 0
    assert "There is no difference." in done.out


def test_bundles_of_one_answer(folder: Path) -> None:
    assert "bundle 2 of record" in invoke("diff", folder / "small.json").out
    done = invoke("diff", folder / "small.json", "--other", "40")
    assert done.code == 2
    assert "there is no bundle 40" in done.err
