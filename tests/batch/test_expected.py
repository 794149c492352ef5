"""Tests of presets: expected verdicts against those that come."""

from __future__ import annotations

from pathlib import Path

import pytest
from fleets import ByRule, by_vram
from invoke import assert_refused, invoke

from rigfit.batch.chunks import Found, Why
from rigfit.batch.expected import check
from rigfit.batch.pool import Serial
from rigfit.schema.request import Request

OURS = Path(__file__).parents[1] / "scenarios" / "presets-on-tiers.yaml"


def write(folder: Path, text: str) -> Path:
    path = folder / "expected.yaml"
    path.write_text("machines: fleet:seed-001\nexpected:\n" + text, encoding="utf-8")
    return path


def checked(folder: Path, text: str, knowledge):
    engine = ByRule(by_vram({"photorealism": 10, "video": 30}))
    return check(write(folder, text), [], knowledge, engine)


def test_what_is_as_expected_and_what_is_not(tmp_path: Path, knowledge) -> None:
    text = (
        "  photorealism:\n    8 GB: impossible\n    12 GB: runs\n    16 GB: [streamed, resident]\n"
        '    "24 GB: RTX 3090": {verdict: runs, models: [flux1]}\n'
        '    "24 GB: RTX 4090": {verdict: runs, models: [sdxl]}\n'
        "  video:\n    24 GB: resident\n"
    )
    found = checked(tmp_path, text, knowledge)
    assert found.checked == 2 + 2 + 2 + 1 + 1 + 2
    assert found.unsaid == 2 * 16 - found.checked
    wrong = {(one.request, one.machine) for one in found.mismatches}
    assert wrong == {
        ("photorealism", "24 GB: RTX 4090"), ("video", "24 GB: RTX 3090"), ("video", "24 GB: RTX 4090"),
    }  # fmt: skip
    assert {one.verdict for one in found.mismatches if one.request == "video"} == {"impossible"}


def test_a_machine_goes_before_its_tier(tmp_path: Path, knowledge) -> None:
    text = '  photorealism:\n    "8 GB: RTX 4060": impossible\n    8 GB: runs\n'
    assert [one.machine for one in checked(tmp_path, text, knowledge).mismatches] == ["8 GB: RTX 3060 8 GB"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("  photorealsm:\n    8 GB: runs\n", ("expected.yaml:3", "photorealism")),
        ("  photorealism:\n    9 GB: runs\n", ("expected.yaml:4", "machine or tier", "'9 GB'")),
        ("  photorealism:\n    8 GB: rusn\n", ("expected.yaml:4", "rusn", "runs")),
        ("  photorealism:\n    8 GB: {verdict: runs, models: [fluxx1]}\n", ("expected.yaml:4", "flux1")),
    ],
)
def test_mistakes_name_their_line(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    assert_refused(invoke("batch", "--check", write(tmp_path, text)), *parts)


def test_the_command_says_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rule(request: Request, vram: int, ram: int) -> Found | Why:
        return Why("ram", "needs 99 GB of RAM")

    monkeypatch.setattr("rigfit.batch.pool.Local", lambda workers: ByRule(rule))
    bad = invoke("batch", "--check", write(tmp_path, "  lightweight:\n    8 GB: runs\n"))
    assert bad.code == 1
    assert "8 GB: RTX 4060" in bad.out
    assert "impossible: needs 99 GB of RAM" in " ".join(bad.out.split())
    assert "2 of 2 verdicts differ" in bad.out
    good = invoke("batch", "--check", write(tmp_path, "  lightweight:\n    8 GB: impossible\n"))
    assert good.code == 0
    assert good.out.startswith("2 verdicts as expected")
    assert_refused(invoke("batch", "--check", OURS, "--out", tmp_path / "x.csv"), "--check")


@pytest.mark.slow
def test_every_preset_on_every_tier(knowledge) -> None:
    found = check(OURS, [], knowledge, Serial())
    assert found.mismatches == ()
    assert found.checked == 5 * 16
    assert found.unsaid == 0
