"""`rigfit catalog` and `rigfit rules` as a person uses them."""

# One case a line reads best, however long the line.
# ruff: noqa: E501

from __future__ import annotations

import json
from pathlib import Path

import pytest
from invoke import assert_refused, invoke


def words(result) -> str:
    assert (result.code, result.err) == (0, ""), result
    return result.out


# Sources ----------------------------------------------------------------------------------------------------------


def test_sources_of_a_model() -> None:
    out = words(invoke("catalog", "show", "flux1-dev", "--sources"))
    assert "serves.image_generation.quality: 95 points  [seed-004, claim" in out
    assert "flux1-dev-transformer: variants." in out
    assert "sources:\n" in out
    content = json.loads(words(invoke("catalog", "show", "flux1-dev", "--sources", "--json")))
    known = {source["id"] for source in content[0]["sources"]}
    assert {fact["source"] for fact in content[0]["facts"]} <= known
    assert all(source["title"] for source in content[0]["sources"])


def test_sources_of_an_alias_and_of_what_is_no_model() -> None:
    assert "rtx-4090" in words(invoke("catalog", "show", "RTX 4090", "--sources"))
    assert_refused(invoke("catalog", "show", "flux1-deb", "--sources"), "flux1-dev")


def test_claims_that_lost_are_shown(tmp_path: Path) -> None:
    text = words(invoke("catalog", "new", "model")).replace(
        "    # rigfit catalog list runtimes.",
        '    disputed: [{says: "14 GB", source: my-model-card, why_not: "half of the weights are not counted"}]\n    # rigfit',
    )
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    out = words(invoke("catalog", "show", "my-model", "--sources", "--catalog", tmp_path))
    assert "my-model-card says: 14 GB" in out
    assert "but: half of the weights are not counted" in out


# Quality ----------------------------------------------------------------------------------------------------------


def test_the_ladder_of_a_task() -> None:
    rungs = json.loads(words(invoke("catalog", "show", "--quality", "image_generation", "--json")))
    points = [rung["quality"] for rung in rungs]
    assert points == sorted(points, reverse=True)
    assert 0 <= min(points) <= max(points) <= 100
    by_model = {rung["model"]: rung for rung in rungs}
    assert by_model["flux1-dev"]["quality"] == 95
    assert by_model["flux1-dev"]["source"] == "seed-004"
    assert by_model["flux1-dev"]["best_variant"] == "bf16"
    out = words(invoke("catalog", "show", "--quality", "image_generation"))
    assert out.index("flux1-dev") < out.index("sd15")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--quality", "image_generaton"], ["image_generation"]),
        (["flux1-dev", "--quality", "image_generation"], ["--quality"]),
        ([], ["NAME"]),
    ],
)
def test_show_asks_for_one_thing(arguments: list[str], parts: list[str]) -> None:
    assert_refused(invoke("catalog", "show", *arguments), *parts)


# A new model ------------------------------------------------------------------------------------------------------


def test_the_skeleton_is_a_model(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert "wrote" in words(invoke("catalog", "new", "model", "--out", path))
    assert path.read_text(encoding="utf-8") == words(invoke("catalog", "new", "model"))
    assert "my-model" in words(invoke("catalog", "list", "--catalog", tmp_path))
    found = invoke("solve", "--gpu", "RTX 4090", "--ram", "64GB", "--task", "image_generation", "--model", "my-model",
                   "--max-time", "1h", "--catalog", tmp_path, "--json")  # fmt: skip
    assert json.loads(found.out)["bundles"]


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    assert_refused(invoke("catalog", "new", "model", "--out", path), "exists")
    assert path.read_text(encoding="utf-8") == "mine"
    assert_refused(invoke("catalog", "new", "model", "--out", tmp_path / "no" / "x.yaml"), "cannot be written")
    assert_refused(invoke("catalog", "new", "spoon"), "model")


# Validate and coverage --------------------------------------------------------------------------------------------


def test_validate_names_every_problem(tmp_path: Path) -> None:
    text = words(invoke("catalog", "new", "model"))
    text = text.replace("value: 24 GB", "value: 34 GB").replace("id: my-model\n", "id: my_model\n")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    result = invoke("catalog", "validate", "--catalog", tmp_path)
    assert (result.code, result.err) == (2, "")
    mine = [line for line in result.out.splitlines() if line.startswith(str(tmp_path))]
    assert any("my-model-transformer: variants.bf16.size: 34.0 GB is +42 %" in line for line in mine)
    assert any("write 'my-model'" in line for line in mine)
    content = json.loads(invoke("catalog", "validate", "--json", "--catalog", tmp_path).out)
    assert {"where", "entry", "field", "text"} == set(content["problems"][0])


def test_a_file_that_does_not_load_is_named_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("models:\n- {id: x}\n", encoding="utf-8")
    assert_refused(invoke("catalog", "validate", "--catalog", tmp_path), f"{tmp_path / 'mine.yaml'}:2", "missing")


def test_coverage_says_what_is_left_out() -> None:
    result = invoke("catalog", "coverage")
    assert "seed-000 ·" in result.out
    assert "left out:" in result.out
    assert "of the use is covered" in result.out
    content = json.loads(invoke("catalog", "coverage", "--json").out)
    for document in content:
        lost = {one["name"] for one in document["missing"]}
        assert document["named"] == len(document["covered"]) + len(document["left_out"]) + len(lost)
        assert all(one["reason"] for one in document["left_out"])


# Rules ------------------------------------------------------------------------------------------------------------


def test_rules_are_listed_and_shown() -> None:
    assert "forbid.fp8.mps" in words(invoke("rules", "list"))
    about = json.loads(words(invoke("rules", "list", "--about", "licence", "--json")))
    assert about
    assert {rule["about"] for rule in about} == {"licence"}
    out = words(invoke("rules", "show", "forbid.fp8.mps"))
    for part in (
        "rules/precision-support.yaml:",
        "when: backend mps; tag fp8",
        "then: forbid",
        "source: ",
        "speaks of: ",
    ):
        assert part in out
    assert json.loads(words(invoke("rules", "show", "forbid.fp8.mps", "--json")))["id"] == "forbid.fp8.mps"
    assert_refused(invoke("rules", "show", "forbid.fp8.mp"), "unknown rule", "forbid.fp8.mps")


def test_some_rules_are_tested() -> None:
    out = words(invoke("rules", "test", "forbid.fp8.mps", "admit.plain"))
    assert "2 of 2 rules have examples, 0 failures" in out
    assert_refused(invoke("rules", "test", "nothing"), "unknown rule")


def test_a_rule_of_ones_own_without_an_example_fails(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(
        """rules:
- id: mine
  title: Mine
  reason: Because.
  source: seed-001
  about: variant
  when: {tag: [fp8]}
  then: {do: warn}
  monotone: true
"""
    )
    result = invoke("rules", "test", "mine", "--catalog", tmp_path)
    assert (result.code, result.err) == (1, "")
    assert f"{tmp_path / 'rules' / 'mine.yaml'}:2: mine: examples: no example" in result.out
    assert "0 of 1 rules have examples, 1 failure" in result.out
