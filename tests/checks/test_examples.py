"""The examples beside the rules: they run through the matching of candidates, and a rule without one fails."""

# One case a line reads best, however long the line.
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import pytest

from rigfit.checks.examples import check, matches
from rigfit.checks.places import Places
from rigfit.schema.rules import RuleExample

EXAMPLE = "- {precision: bf16, runtime: comfyui, matches: true}"


def speaks(knowledge, rule: str, **case: Any) -> bool:
    return matches(knowledge.index("rules")[rule], RuleExample(**case, matches=True), knowledge)


@pytest.mark.parametrize(
    ("rule", "case", "expected"),
    [
        ("forbid.fp8.mps", {"gpu": "apple-m3-max-64gb", "precision": "fp8_e4m3fn"}, True),
        ("forbid.fp8.mps", {"gpu": "rtx-4090", "precision": "fp8_e4m3fn"}, False),
        ("forbid.fp8.cpu", {"precision": "fp8_e4m3fn"}, True),  # no card is the processor
        ("compute.bf16.ampere", {"gpu": "rtx-3090", "precision": "bf16"}, True),
        ("compute.bf16.ampere", {"gpu": "rtx-2080-ti", "precision": "bf16"}, False),
        ("cost.broken-fp16", {"gpu": "gtx-1660", "model": "flux1-dev"}, True),  # a quirk, and the model's denoiser
        ("cost.broken-fp16", {"gpu": "gtx-1660", "component": "t5xxl"}, False),
        ("platform.rocm.windows", {"gpu": "rx-7900-xtx", "os": "windows"}, True),
        ("platform.rocm.windows", {"gpu": "rx-7900-xtx", "os": "linux"}, False),
        ("admit.fp8-encoder.invokeai", {"gpu": "rtx-4090", "precision": "fp8_e4m3fn_scaled", "component": "qwen25-vl-7b",
                                        "model": "qwen-image-2512", "runtime": "invokeai"}, True),
        ("licence.non-commercial", {"licence": "flux1-dev-nc", "use": "commercial"}, True),
        ("licence.non-commercial", {"licence": "apache-2.0", "use": "commercial"}, False),
        ("addon.nf4.comfyui", {"feature": "controlnet:depth", "precision": "nf4", "runtime": "comfyui"}, True),
        ("forbid.nf4.streamed.comfyui", {"precision": "nf4", "runtime": "comfyui", "placement": "streamed"}, True),
        ("forbid.nf4.streamed.comfyui", {"precision": "nf4", "runtime": "comfyui"}, False),
    ],
)  # fmt: skip
def test_what_follows_from_a_case(rule: str, case: dict[str, Any], expected: bool, knowledge) -> None:
    assert speaks(knowledge, rule, **case) is expected


def test_a_rule_without_an_example_fails(small) -> None:
    knowledge, places = small((f"  examples:\n  {EXAMPLE}\n", ""))
    (found,) = check(knowledge, places, knowledge.rulebook.rules)
    assert (found.entry, found.field, found.where) == ("admit.plain", "examples", "rules/all.yaml:2")


def test_a_rule_with_only_counter_examples_fails(small) -> None:
    knowledge, places = small((EXAMPLE, "- {precision: nf4, runtime: comfyui, matches: false}"))
    (found,) = check(knowledge, places, knowledge.rulebook.rules)
    assert "matches: true" in found.text


@pytest.mark.parametrize(
    "example",
    ["{precision: nf4, runtime: comfyui, matches: true}", "{precision: bf16, runtime: comfyui, matches: false}"],
)
def test_an_example_that_comes_out_otherwise(example: str, small) -> None:
    knowledge, places = small((EXAMPLE, f"{EXAMPLE}\n  - {example}"))
    (found,) = check(knowledge, places, knowledge.rulebook.rules)
    assert (found.where, found.field) == ("rules/all.yaml:12", "examples.1")


def test_a_card_that_does_not_exist(small) -> None:
    knowledge, places = small((EXAMPLE, "- {gpu: rtx-9999, precision: bf16, runtime: comfyui, matches: true}"))
    (found,) = check(knowledge, places, knowledge.rulebook.rules)
    assert "'rtx-9999'" in found.text


def test_every_shipped_rule_has_examples_that_hold(knowledge) -> None:
    assert [str(one) for one in check(knowledge, Places(), knowledge.rulebook.rules)] == []
