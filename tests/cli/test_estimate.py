"""`rigfit estimate`: the text of one estimate, and files of cases."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from invoke import assert_refused, invoke

CARD = ["--gpu", "RTX 4090", "--ram", "64GB", "--os", "linux"]


def test_one_estimate_as_text() -> None:
    result = invoke("estimate", "flux1-dev", "--variant", "denoiser=Q8_0", "--variant", "t5=fp8", *CARD)
    assert (result.code, result.err) == (0, "")
    assert "FLUX.1 dev" in result.out
    assert "denoiser gguf_q8_0" in result.out
    for word in ("text encode", "denoise", "decode", "← peak", "RAM", "disk", "time", "loading", "basis"):
        assert word in result.out
    assert "RESIDENT" in result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())
    assert "\x1b" not in result.out


def test_one_estimate_as_json() -> None:
    result = invoke("estimate", "FLUX.1-dev", "--variant", "Q8_0", "--width", 768, "--height", 512, *CARD, "--json")
    found = json.loads(result.out)
    assert (found["model"], found["variants"]["denoiser"]) == ("flux1-dev", "gguf_q8_0")
    assert (found["size"]["width"], found["size"]["height"]) == (768, 512)
    assert found["schema"] == "rigfit.case/1"


def test_the_options_are_the_fields_of_a_case() -> None:
    options = [
        "--runtime",
        "diffusers",
        "--placement",
        "sequential",
        "--frames",
        49,
        "--steps",
        20,
        "--batch",
        2,
        "--tiled",
    ]
    found = json.loads(invoke("estimate", "wan2.1-t2v-1.3b", *options, *CARD, "--json").out)
    assert (found["runtime"], found["placement"], found["resident_share"], found["tiled"]) == (
        "diffusers", "streamed", 0.0, True
    )  # fmt: skip
    assert {"frames": 49, "steps": 20, "batch": 2}.items() <= found["size"].items()


def test_what_does_not_fit_ends_with_1_and_says_why() -> None:
    result = invoke("estimate", "flux1-dev", "--placement", "resident", "--vram", "8GB", "--ram", "64GB")
    assert result.code == 1
    assert "IMPOSSIBLE" in result.out
    assert "usable VRAM" in result.out
    assert "would fit" in result.out.replace("\n", " ")


def test_the_processor_and_this_computer() -> None:
    assert "on the processor" in " ".join(
        invoke("estimate", "llama-3.1-8b", "--gpu", "none", "--ram", "32GB").out.split()
    )
    assert invoke("estimate", "sd15").code in (0, 1)


def test_a_machine_file(tmp_path: Path) -> None:
    file = tmp_path / "machine.json"
    assert invoke("hardware", *CARD, "--save", file).code == 0
    found = json.loads(invoke("estimate", "sdxl", "--machine", file, "--json").out)
    assert found["device"] == "GeForce RTX 4090 24 GB"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], ["MODEL", "--cases"]),
        (["sdxl", "--cases", "x.jsonl"], ["MODEL and --cases exclude each other"]),
        (["sdlx", *CARD], ["unknown model 'sdlx'", "nearest: sdxl"]),
        (["sdxl", "--gpu", "RTX 4091"], ["unknown gpu 'RTX 4091'"]),
        (["sdxl", "--variant", "=fp8", *CARD], ["--variant", "denoiser=fp8"]),
        (["sdxl", "--width", "3", *CARD], ["width"]),
        (["sdxl", "--runtime", "paint", *CARD], ["unknown runtime 'paint'"]),
        (["sdxl", "--gpu", "none", "--vram", "8GB"], ["--vram", "--gpu none"]),
        (["--cases", "no-such-file.jsonl"], ["cannot read no-such-file.jsonl"]),
        (["--cases", "."], ["cannot read ."]),
        (["--cases", "x.jsonl", "--gpu", "RTX 4090"], ["--gpu belongs into the lines"]),
        (["--cases", "x.jsonl", "--variant", "fp8"], ["--variant belongs into the lines"]),
    ],
)
def test_bad_input(arguments: list[str], says: list[str]) -> None:
    assert_refused(invoke("estimate", *arguments), *says)


def _lines(*cases: dict[str, object]) -> str:
    return "".join(json.dumps(case) + "\n" for case in cases)


CASES = _lines(
    {"id": 1, "model": "sdxl", "machine": {"gpu": "RTX 4090", "ram_gb": 64}},
    {"id": 2, "model": "no-such-model"},
    {"id": 3, "model": "llama-3.1-8b", "machine": {"vram_gb": 12, "ram_gb": 32}},
)


def test_cases_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + CASES.encode() + b'{"id": 4, "model": "\xff"}\n')
    result = invoke("estimate", "--cases", file, "--json")
    assert (result.code, result.err) == (0, "")
    found = [json.loads(line) for line in result.out.splitlines()]
    assert [answer["id"] for answer in found] == [1, 2, 3, 4]
    assert [answer.get("verdict") for answer in found] == ["resident", None, "resident", None]
    assert found[1]["error"].startswith("unknown model 'no-such-model'")


def test_cases_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CASES.encode() + b"\xff\xfe{\n")))
    found = [json.loads(line) for line in invoke("estimate", "--cases", "-", "--json").out.splitlines()]
    assert [answer["id"] for answer in found] == [1, 2, 3, None]


def test_cases_as_text(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(CASES, encoding="utf-8")
    result = invoke("estimate", "--cases", file)
    assert result.code == 0
    lines = result.out.splitlines()
    assert len(lines) == 3
    assert "resident" in lines[0]
    assert "error" in lines[1]
    assert all(len(line) <= 100 for line in lines)


def test_a_case_that_cannot_be_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(_lines({"model": "flux1-dev", "machine": {"gpu": "RTX 4070", "ram_gb": 16}}), encoding="utf-8")
    line = invoke("estimate", "--cases", file).out
    assert re.search(r"impossible  needs [0-9.]+ GB of [0-9.]+ GB usable V?RAM.* · FLUX\.1 dev$", line.rstrip())


def test_what_a_task_does_not_have_is_said_not_counted() -> None:
    image = invoke("estimate", "sdxl", *CARD, "--context", 4096, "--kv-cache", "q8_0", "--seconds", 5).out
    assert [field for field in ("context", "kv_cache", "seconds") if f"watch  {field}: no " in image] == [
        "context",
        "kv_cache",
        "seconds",
    ]
    assert "watch  steps: no denoising steps" in invoke("estimate", "llama-3.1-8b", *CARD, "--steps", 4).out


def test_confidence_holds_for_cases_that_state_none(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text(_lines({"model": "sdxl", "confidence": "safe"}, {"model": "sdxl"}), encoding="utf-8")
    result = invoke("estimate", "--cases", file, "--json", "--confidence", "optimistic")
    assert [json.loads(line)["confidence"] for line in result.out.splitlines()] == ["safe", "optimistic"]


def test_the_shapes_are_documents() -> None:
    assert "variants" in json.loads(invoke("schema", "case").out)["properties"]
    assert "peak_vram" in json.loads(invoke("schema", "case-answer").out)["properties"]


def test_memory_can_be_kept_free() -> None:
    plain, kept = (
        json.loads(invoke("estimate", "flux1-dev", "--variant", "fp8", *CARD, *more, "--json").out)
        for more in ([], ["--reserve-vram", "3GB"])
    )
    assert plain["usable_vram"] > kept["usable_vram"] == 21 * 1024**3
    assert any("3.0 GB of every card is kept free" in text for text in kept["warnings"])


def test_layers_that_stay_in_ram_are_the_processors() -> None:
    result = invoke("estimate", "llama-3.1-8b", "--variant", "F16", "--gpu", "RTX 4070", "--ram", "64GB")
    assert "of the layers on the card; the processor works on the rest" in result.out


def test_the_bar_tells_weights_from_working_memory() -> None:
    result = invoke("estimate", "flux1-dev", "--variant", "Q8_0", *CARD)
    denoise = next(line for line in result.out.splitlines() if line.startswith("denoise"))
    assert "█▓" in denoise
    assert " + " in denoise
