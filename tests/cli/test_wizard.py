"""`rigfit wizard` with numbered lines: what is asked, what is written, and that it is the same answer.

After a change of wording: `RIGFIT_GOLDENS=write pytest -n 0 tests/cli/test_wizard.py`, and read the difference.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from invoke import Result, assert_refused, invoke

from rigfit.schema.wizard import WizardReport

GOLDEN = Path(__file__).parent / "goldens" / "wizard-plain.txt"
QUIET = ("--answer", "goal=own", "--answer", "jobs=masking", "--answer", "features=", "--answer", "preference=balanced",
         "--answer", "licence=personal", "--answer", "experimental=no", "--answer", "cloud=no")  # fmt: skip


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def wizard(monkeypatch, typed: str, *arguments: str) -> Result:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return invoke("wizard", *arguments)


def test_the_questions_in_numbered_lines(monkeypatch, tmp_path):
    # an unknown card, another one, an amount that is none, back and forth, a number that is none, a value for a number
    typed = "3\nRTX 4071\n4\nnone\n32 gigs\n32 GB\n\n2\nb\n2\n9\nlightweight\n1\n1\n\n\n\n1\n"
    result = wizard(monkeypatch, typed)
    assert result.code == 0, result.err
    questions, _, rest = result.out.partition("SIMULATED")
    questions = questions[questions.index("1 of ") :]  # the line before is the machine that the tests run on
    questions = re.sub(r"here: .*(\n {6}.*points.*)?", "here: ...", questions)
    if os.environ.get("RIGFIT_GOLDENS") == "write":
        GOLDEN.write_text(questions, encoding="utf-8")
    assert questions == GOLDEN.read_text(encoding="utf-8")
    assert max(len(line) for line in result.out.splitlines()) <= 100
    # what was written solves to what was shown
    answer, _, end = ("SIMULATED" + rest).partition("\nSaved  ")
    again = invoke("solve", "rigfit-request.yaml")
    assert (again.code, again.out.strip()) == (0, answer.strip())
    assert end == (
        "rigfit-request.yaml\n\nGo on with\n  rigfit solve rigfit-request.yaml\n"
        "  rigfit emit rigfit-request.yaml --out rigfit-setup\n"
    )


def test_nothing_but_options(monkeypatch, tmp_path):
    result = wizard(monkeypatch, "", "--yes", "--gpu", "RTX 4070", "--ram", "32 GB", *QUIET, "--json")
    report = WizardReport.model_validate_json(result.out)
    assert report.request_file == "rigfit-request.yaml"
    solved = invoke("solve", report.request_file, "--json")
    assert json.loads(solved.out) == json.loads(result.out)["answer"]
    assert Path("rigfit-request.yaml").read_text() == (
        "schema: rigfit.request/1\ntasks:\n- task: masking\nmachine:\n  gpus:\n  - RTX 4070\n  ram: 32 GB\n"
    )


def test_a_file_is_never_lost(monkeypatch, tmp_path):
    Path("rigfit-request.yaml").write_text("mine")
    first = wizard(monkeypatch, "\n", "--gpu", "none", "--ram", "16 GB", "--disk", "99 GB", "--os", "linux", *QUIET)
    assert "rigfit-request.yaml exists already." in first.out
    assert "Saved  rigfit-request-2.yaml" in first.out
    assert "Saved  rigfit-request-3.yaml" in wizard(monkeypatch, "", "--yes", "--gpu", "none", *QUIET).out
    assert Path("rigfit-request.yaml").read_text() == "mine"
    assert "Saved  rigfit-request.yaml" in wizard(monkeypatch, "", "--yes", "--force", "--gpu", "none", *QUIET).out
    assert Path("rigfit-request.yaml").read_text() != "mine"


def test_names_are_quoted(monkeypatch, tmp_path):
    out = wizard(monkeypatch, "", "--yes", "--gpu", "none", *QUIET, "--out", "my request; rm.yaml").out
    assert "rigfit solve 'my request; rm.yaml'" in out or os.name == "nt"


def test_the_end_of_the_input_stops(monkeypatch, tmp_path):
    result = wizard(monkeypatch, "1\n")
    assert (result.code, result.err.strip()) == (130, "stopped")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_fits_the_ways_out_are_choices(monkeypatch, tmp_path):
    stated = [*QUIET, "--gpu", "GTX 1650", "--vram", "4 GB", "--ram", "16 GB", "--disk", "200 GB", "--os", "windows"]
    stated[3], stated[9] = "jobs=video_generation", "licence=commercial"
    kept = wizard(monkeypatch, "5\n", *stated)
    assert kept.code == 1
    assert "No bundle" in kept.out
    assert "Wait up to" in kept.out
    assert "Saved  rigfit-request.yaml" in kept.out
    taken = wizard(monkeypatch, "1\n", *stated, "--force")
    assert taken.code == 0
    assert "max_time" in Path("rigfit-request.yaml").read_text()
    assert invoke("solve", "rigfit-request.yaml").code == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--answer", "goal"), "write it like --answer goal=video"),
        (("--answer", "goal=vidoe"), "unknown answer to goal 'vidoe'; nearest: video"),
        (("--answer", "gaol=video"), "unknown question 'gaol'; nearest: goal"),
        (("--gpu", "RTX 4071"), "unknown gpu 'RTX 4071'"),
        (("--gpu", "none", "--ram", "much"), "ram: "),
        (("--gpu", "none", *QUIET, "--out", "missing/request.yaml"), "cannot be written"),
    ],
)
def test_bad_input(monkeypatch, tmp_path, arguments, part):
    result = wizard(monkeypatch, "", "--yes", *arguments)
    if part == "cannot be written":
        assert (result.code, part in result.err) == (2, True)
    else:
        assert_refused(result, part)
    assert list(tmp_path.iterdir()) == []


def test_without_unicode(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "rigfit", "wizard", "--yes", "--gpu", "RTX 4070", *QUIET],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    assert "###" in result.stdout.decode("ascii")
    assert "?" not in result.stdout.decode("ascii")
