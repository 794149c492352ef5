"""`rigfit nodes`."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from invoke import assert_refused, invoke


def test_a_plan_as_text() -> None:
    found = invoke("nodes", "controlnet-aux", "Impact Pack")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Into ComfyUI, in this order\n")
    words = " ".join(found.out.split())
    assert "in place of opencv-python, opencv-python-headless" in words
    assert "trimesh[easy]" in words
    assert "transformers>=4.50.3" in words
    assert all(len(line) <= 100 for line in found.out.splitlines())


def test_conflicts_come_first_with_both_requirements_and_where_they_stand() -> None:
    found = invoke("nodes", "comfyui-layerstyle", "comfyui-controlnet-aux", "comfyui-diffusers")
    assert found.code == 1
    words = " ".join(found.out.split())
    assert words.startswith("These packages cannot be installed together:")
    assert "LayerStyle needs cv2.ximgproc, which opencv-contrib-python has" in words
    assert "opencv-python>=4.7.0.72 ControlNet auxiliary preprocessors, pyproject.toml at 047625283398" in words
    assert "that would replace the torch build that ComfyUI runs on" in words
    assert "as it happened: ComfyUI_LayerStyle issues 5 and 141" in words


def test_a_plan_as_json_has_the_schema_that_is_printed() -> None:
    plan = json.loads(invoke("nodes", "vhs", "comfyui-layerstyle", "--json").out)
    assert plan["schema"] == "rigfit.nodes/1"
    jsonschema.validate(plan, json.loads(invoke("schema", "nodes").out))
    assert [conflict["kind"] for conflict in plan["conflicts"]] == ["file_ownership"]
    assert plan["protected"] == ["torch", "torchaudio", "torchvision"]
    assert (
        invoke("nodes", "comfyui-layerstyle", "vhs", "--json").out
        == invoke("nodes", "vhs", "comfyui-layerstyle", "--json").out
    )


def test_the_packages_of_a_bundle(tmp_path: Path) -> None:
    asked = ("--preset", "photorealism", "--gpu", "RTX 4070", "--ram", "32GB")
    answer = tmp_path / "answer.json"
    answer.write_text(invoke("solve", *asked, "--json").out, encoding="utf-8")
    plan = json.loads(invoke("nodes", *asked, "--json").out)
    assert (
        sorted(package["id"] for package in plan["packages"]) == json.loads(answer.read_text())["bundles"][0]["nodes"]
    )
    assert json.loads(invoke("nodes", "--answer", answer, "--json").out) == plan


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either NODE names"),
        (("vhs", "--preset", "video"), "give either NODE names"),
        (("vhss",), "unknown node package 'vhss'; nearest: vhs"),
        (("vhs", "forge-adetailer"), "choose one with --runtime"),
        (("vhs", "--runtime", "forge"), "extends ComfyUI, not"),
        (("vhs", "--python", "x"), "add --uv"),
        (("vhs", "--uv", "--python", "x", "--environment", "y"), "exclude each other"),
        (("vhs", "--uv", "--python", "nowhere"), "no such interpreter"),
        (("--answer", "nowhere.json"), "cannot be read"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], said: str) -> None:
    assert_refused(invoke("nodes", *arguments), said)


def test_a_request_without_a_bundle() -> None:
    found = invoke("nodes", "--task", "video_generation", "--commercial", "--gpu", "GTX 1650")
    assert_refused(found, "no bundle exists")
