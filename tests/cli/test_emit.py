"""`rigfit emit` and `rigfit completion`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from invoke import invoke

REQUEST = Path(__file__).parent.parent / "emit" / "goldens" / "llama-cpp-cuda-linux" / "request.yaml"


def test_without_a_folder_it_lists_and_with_one_it_writes(tmp_path: Path) -> None:
    listed = invoke("emit", REQUEST)
    assert listed.code == 0
    assert "llama-cpp/start.sh" in listed.out
    assert all(len(line) <= 100 for line in listed.out.splitlines())
    out = tmp_path / "out"
    assert invoke("emit", REQUEST, "--out", out).code == 0
    assert os.access(out / "llama-cpp" / "start.sh", os.X_OK)
    again = invoke("emit", REQUEST, "--out", out)
    assert again.code == 2
    assert "--force" in again.err
    assert invoke("emit", REQUEST, "--out", out, "--force", "--only", "llama-cpp").code == 0


def test_a_saved_answer_gives_the_same_files(tmp_path: Path) -> None:
    solved = invoke("solve", REQUEST, "--json")
    saved = tmp_path / "answer.json"
    saved.write_text(solved.out)
    fresh, kept = invoke("emit", REQUEST, "--json"), invoke("emit", saved, "--json")
    assert (fresh.code, fresh.out) == (kept.code, kept.out) == (0, fresh.out)
    answer = json.loads(solved.out)
    answer["record"]["catalog"] = "another"
    saved.write_text(json.dumps(answer))
    assert "the catalog changed" in json.loads(invoke("emit", saved, "--json").out)["notes"][0]
    answer["bundles"][0]["files"][0]["name"] = "../../x"
    saved.write_text(json.dumps(answer))
    assert invoke("emit", saved).code == 0 or "no plain" in invoke("emit", saved).err
    answer["bundles"][0]["tasks"][0]["variants"] = {"llm": "nothing"}
    saved.write_text(json.dumps(answer))
    gone = invoke("emit", saved)
    assert gone.code == 2
    assert "solve it again" in gone.err
    beside = invoke("emit", saved, "--gpu", "RTX 4070")
    assert beside.code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--bundle", "9"), "there is no bundle 9"),
        (("--force",), "--force belongs to --out"),
        (("--only", "x"), "unknown file"),
    ],
)
def test_mistakes_get_one_line(words: tuple[str, ...], said: str) -> None:
    found = invoke("emit", REQUEST, *words)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    found = invoke("completion", shell)
    assert found.code == 0
    assert "_RIGFIT_COMPLETE" in found.out


@pytest.mark.parametrize(
    ("words", "expected"),
    [("rigfit solve --preset pho", "photorealism"), ("rigfit emit --runtime comf", "comfyui"), ("rigfit em", "emit"),
     ("rigfit solve --model flux1-d", "flux1-dev"), ("rigfit solve --gpu rtx-407", "rtx-4070")],
)  # fmt: skip
def test_names_are_completed_without_the_solver(words: str, expected: str) -> None:
    code = (
        "import sys\nsys.argv = ['rigfit']\nfrom rigfit.cli import main\n"
        "try:\n    main()\nfinally:\n    assert not {'ortools', 'torch', 'pandas'} & set(sys.modules)"
    )
    asked = {
        **os.environ,
        "_RIGFIT_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    ran = subprocess.run([sys.executable, "-c", code], env=asked, capture_output=True, text=True)
    assert f"plain,{expected}" in ran.stdout.split(), ran.stderr
