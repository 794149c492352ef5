"""`rigfit why` and `rigfit why-not`, as a person would run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from invoke import assert_refused, invoke

ASKED = ("--task", "image_generation", "--model", "sdxl-base", "--model", "flux1-dev", "--ram", "16GB")
RIG = ("--gpu", "RTX 4060")


def valid(name: str, document: str) -> Any:
    content = json.loads(document)
    jsonschema.Draft202012Validator(json.loads(invoke("schema", name).out)).validate(content)
    return content


def fits(text: str) -> bool:
    return all(len(line) <= 100 and line == line.rstrip() for line in text.splitlines())


def test_a_variant_by_the_name_of_its_precision() -> None:
    done = invoke("why-not", "FLUX.1 dev:Q8_0", *ASKED, *RIG)
    assert done.code == 0
    assert fits(done.out)
    assert "too large  FLUX.1 dev gguf_q8_0" in done.out
    assert "GB of RAM" in done.out
    assert done.out == invoke("why-not", "flux1-dev:gguf_q8_0", *ASKED, *RIG).out


def test_a_file_and_a_part_name_variants_too() -> None:
    document = valid("why-not", invoke("why-not", "flux1-dev-Q8_0.gguf", *ASKED, *RIG, "--json").out)
    [one] = document["judgements"]
    assert (one["model"], one["role"], one["variant"]) == ("flux1-dev", "denoiser", "gguf_q8_0")
    document = json.loads(invoke("why-not", "flux1-dev:t5=fp16", *ASKED, *RIG, "--json").out)
    assert document["judgements"][0]["role"] == "t5xxl"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("flux1-dex", ("unknown model 'flux1-dex'", "flux1-dev")),
        ("flux1-dev:gguf_q9", ("of FLUX.1 dev", "gguf_q")),
        ("flux1-dev:", ("after the colon",)),
    ],
)
def test_names_that_do_not_exist_are_refused_with_the_nearest(name: str, parts: tuple[str, ...]) -> None:
    assert_refused(invoke("why-not", name, *ASKED, *RIG), *parts)
    assert_refused(invoke("why", name, *ASKED, *RIG), *parts)


def test_one_model_or_all_and_something_to_ask_about() -> None:
    assert_refused(invoke("why-not", *ASKED, *RIG), "--all")
    assert_refused(invoke("why-not", "flux1-dev", *RIG), "nothing is asked for")


def test_every_variant_in_one_call() -> None:
    done = invoke("why-not", "--all", *ASKED, *RIG, "--json")
    document = valid("why-not", done.out)
    found = document["judgements"]
    assert len({(j["task"], j["model"], j["role"], j["variant"]) for j in found}) == len(found) > 500
    assert {j["verdict"] for j in found} == {"chosen", "beaten", "too_large", "refused"}
    assert all(j["reasons"] for j in found if j["verdict"] == "refused")
    assert document["changes"] == []
    text = invoke("why-not", "--all", *ASKED, *RIG)
    assert text.code == 0
    assert fits(text.out)


def test_a_saved_answer_is_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text(invoke("solve", *ASKED, *RIG, "--json").out, encoding="utf-8")
    first = json.loads(file.read_text(encoding="utf-8"))["bundles"][0]["tasks"][0]["model"]
    done = invoke("why", first, "--answer", file)
    assert done.code == 0
    assert fits(done.out)
    assert done.out == invoke("why", first, *ASKED, *RIG).out
    assert invoke("why-not", "flux1-dev", "--answer", file).out == invoke("why-not", "flux1-dev", *ASKED, *RIG).out
    assert_refused(invoke("why", first, "--answer", file, "--gpu", "RTX 4090"), "--answer")
    assert_refused(invoke("why-not", first, "--answer", file, "--cloud", "fallback"), "--answer")


def test_a_model_that_a_service_does_is_told_apart_from_running_it_here() -> None:
    asked = ("--task", "image_generation", "--cloud", "preferred", "--max-cost", "1", "--gpu", "none", "--ram", "2GB")
    assert "Runpod does FLUX.1 schnell" in invoke("why-not", "flux1-schnell", *asked).out


def test_why_of_what_is_not_chosen_is_a_plain_no() -> None:
    done = invoke("why", "sd35-large", *ASKED, *RIG)
    assert done.code == 1
    assert "rigfit why-not sd35-large" in done.out
    document = valid("why", invoke("why", "sdxl-base", *ASKED, *RIG, "--json").out)
    assert (
        sum(part["value"] for part in document["bundle"]["criteria"][0]["parts"])
        == (document["bundle"]["criteria"][0]["value"])
    )
