"""What the documentation shows is what the program prints: every console transcript is run again.

After a change of catalog, rules or wording write the pages anew, from the repository's root, and read what has changed:

    RIGFIT_UPDATE_GOLDENS=1 python -m pytest -n 0 -q -m "slow or not slow" tests/docs
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from transcripts import commands, masked, renewed, run, write_files

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def page(file: Path) -> object:
    # The page that everybody reads stays in the default lane; the others take a second for each command.
    marks = [] if file.name == "README.md" and file.parent == ROOT else [pytest.mark.slow]
    return pytest.param(file, id=str(file.relative_to(ROOT)), marks=marks)


@pytest.mark.parametrize("file", [page(file) for file in PAGES if commands(file.read_text(encoding="utf-8"))])
def test_the_page_shows_what_its_commands_print(file: Path, tmp_path: Path) -> None:
    text = file.read_text(encoding="utf-8")
    write_files(text, tmp_path)
    if os.environ.get("RIGFIT_UPDATE_GOLDENS"):
        file.write_text(renewed(text, tmp_path), encoding="utf-8")
        return
    for command in commands(text):
        assert masked(run(command.line, tmp_path)) == masked(command.printed), command.line


def test_a_transcript_is_read_as_it_is_typed(tmp_path: Path) -> None:
    typed = "$ echo one\none\n$ printf '%s\\n' \\\n  two three\ntwo\nthree\n$ true\n"
    text = f"Text.\n\n```console\n{typed}```\n\n```\n$ echo no\n```\n\n```yaml a.yaml\na: 1\nb: 2\n```\n"
    write_files(text, tmp_path)
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "a: 1\nb: 2\n"
    found = commands(text)
    assert [command.line for command in found] == ["echo one", "printf '%s\\n' \\\n  two three", "true"]
    assert [command.printed for command in found] == ["one", "two\nthree", ""]
    assert renewed(text, tmp_path) == text
    assert renewed(text.replace("two\nthree", "old"), tmp_path) == text
