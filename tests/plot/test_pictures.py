"""Pictures: the same bytes every time, titles and units on them, and clear refusals."""

from __future__ import annotations

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from invoke import assert_refused, invoke

LIGHT = ("--preset", "lightweight")
WHATIF = ("whatif", "--preset", "lightweight", "--gpu", "RTX 4070", "--vary", "vram=2..12GB")


def test_other_formats_and_files_that_are_there_are_refused(tmp_path: Path) -> None:
    there = tmp_path / "x.svg"
    pytest.importorskip("matplotlib")
    there.write_text("mine")
    assert_refused(invoke(*WHATIF, "--plot", there), "it exists", "--force")
    assert there.read_text() == "mine"
    assert_refused(invoke(*WHATIF, "--plot", tmp_path / "x.jpeg"), ".svg or .png")
    assert_refused(invoke(*WHATIF, "--plot", tmp_path / "no" / "x.svg"), "there is no folder")
    assert_refused(invoke(*WHATIF, "--force"), "--plot")


@pytest.mark.parametrize(
    "command", [WHATIF, ("cost", "--preset", "lightweight"), ("upgrade", "--preset", "lightweight")]
)
def test_a_missing_extra_is_named(command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("rigfit.cli.plotting.find_spec", lambda name: None)
    assert_refused(invoke(*command, "--plot", tmp_path / "x.svg"), 'pip install "rigfit[plot]"')


def drawn(file: Path, *command: str) -> bytes:
    result = invoke(*command, "--plot", file, "--force")
    assert result.code == 0, result.err
    assert result.err == f"drawn: {file}\n"
    return file.read_bytes()


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="the extra plot is not installed")
@pytest.mark.parametrize(
    "command",
    [
        WHATIF,
        (*WHATIF, "--vary", "ram=8GB..16GB"),
        ("upgrade", "--task", "upscaling", "--gpu", "GTX 1660", "--to", "RTX 5060,RTX 5090"),
        ("cost", "--task", "image_generation", "--model", "sdxl-base", "--gpu", "RTX 3060 12GB"),
        ("cost", "--task", "image_generation", "--model", "sdxl-base", "--gpu", "RTX 3060 12GB", "--owned"),
    ],
    ids=["steps", "map", "upgrade", "cost", "owned"],
)
def test_the_same_result_gives_the_same_bytes(command: tuple[str, ...], tmp_path: Path) -> None:
    one, two = drawn(tmp_path / "one.svg", *command), drawn(tmp_path / "two.svg", *command)
    assert one == two
    assert one.startswith(b"<?xml")
    assert b"<dc:date>" not in one


def test_what_says_nothing_is_not_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "x.png"
    cards = ("whatif", "--preset", "lightweight", "--gpu", "RTX 4070", "--gpu-list", "RTX 4090")
    result = invoke(*cards, "--plot", file)
    assert result.code == 2
    assert "nothing to draw" in result.err
    assert not file.exists()


def test_labels_keep_their_distance_and_their_order() -> None:
    pytest.importorskip("matplotlib")
    from rigfit.plot.axes import spread

    places = [1.0, 1.1, 1.2, 9.0]
    moved = spread(places, 1.0)
    assert all(b - a >= 1.0 - 1e-9 for a, b in pairwise(moved))
    assert moved[3] == 9.0
    assert moved[1] == pytest.approx(1.1), "a crowd stays around its middle"
    assert spread([0.0, 5.0], 1.0) == [0.0, 5.0]
