"""Lines in, lines out: order, errors on their line, and nothing that a line says ends the run."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigfit.cases import answer_lines
from rigfit.schema.case import CaseError, CaseIn, CaseOut

GOOD = {"id": "good", "model": "sdxl", "machine": {"gpu": "RTX 4090", "ram_gb": 64}}


def one(evaluator, **fields: object) -> CaseOut | CaseError:
    return evaluator.line(json.dumps({**GOOD, **fields}))


def test_the_documented_line(evaluator) -> None:
    case = {
        "id": "a1", "model": "flux1-dev", "variants": {"denoiser": "gguf_q8_0", "t5xxl": "bf16"},
        "runtime": "diffusers", "placement": "resident",
        "width": 1024, "height": 1024, "frames": None, "batch": 1, "context": None,
        "machine": {"gpu": "RTX 4090", "vram_gb": 24, "ram_gb": 64, "os": "linux"},
    }  # fmt: skip
    found = json.loads(evaluator.line(json.dumps(case)).model_dump_json(by_alias=True))
    assert found["id"] == "a1"
    assert set(found["peak_vram"]) == set(found["peak_ram"]) == {"low", "expected", "high"}
    assert found["phase"] in {"text_encode", "denoise", "decode"}
    assert found["verdict"] in {"resident", "offloaded", "streamed", "impossible"}
    assert found["seconds"] is None or set(found["seconds"]) == {"low", "expected", "high"}
    assert isinstance(found["basis"], str)
    assert found["schema"] == "rigfit.case/1"
    low, expected, high = (found["peak_vram"][end] for end in ("low", "expected", "high"))
    assert 12e9 < low <= expected <= high < 40e9


def test_order_is_kept_and_errors_stay_on_their_line(evaluator) -> None:
    lines = [json.dumps({**GOOD, "id": n, "model": "sdxl" if n % 3 else "no-such-model"}) for n in range(9)]
    found = list(answer_lines(["\n", *lines, "  \n"], evaluator))
    assert [answer.id for answer in found] == list(range(9))
    assert [isinstance(answer, CaseError) for answer in found] == [n % 3 == 0 for n in range(9)]


def test_lines_are_answered_as_they_come(evaluator) -> None:
    def lines():
        yield json.dumps(GOOD)
        raise AssertionError("read ahead")

    assert next(answer_lines(lines(), evaluator)).id == "good"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model": "no-such-model"}, "unknown model 'no-such-model'"),
        ({"modell": "sdxl"}, "unknown field 'modell'; nearest: model"),
        ({"machine": {"gpuu": "RTX 4090"}}, "unknown field 'machine.gpuu'; nearest: machine.gpu"),
        ({"machine": {"gpu": "RTX 4071"}}, "unknown gpu 'RTX 4071'"),
        ({"machine": {"vram_gb": -1}}, "machine.vram_gb"),
        ({"machine": {"vram_gb": 1e30}}, "machine.vram_gb"),
        ({"machine": "RTX 4090"}, "machine"),
        ({"machine": {"gpu": "RTX 4090", "os": "macos"}}, "macOS has no CUDA"),
        ({"machine": {"gpu": ["none", "RTX 4090"]}}, "cannot stand beside"),
        ({"machine": {"gpu": "99x RTX 4090"}}, "1 to 16 cards"),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"width": 0}, "width"),
        ({"width": 10**9}, "width"),
        ({"width": "wide"}, "width"),
        ({"batch": 10**30}, "batch"),
        ({"frames": 2.5}, "frames"),
        ({"variants": 5}, "variants"),
        ({"variants": {"denoiser": 8}}, "variants"),
        ({"variants": {"denoiser": "purple"}}, "unknown variant 'purple'"),
        ({"variants": {"nose": "fp8"}}, "has no part 'nose'"),
        ({"variants": {"all": "none", "vae": "none"}}, "nothing of SDXL 1.0 base is left"),
        ({"variants": dict.fromkeys(map(str, range(50)), "fp8")}, "no model has so many parts"),
        ({"runtime": "paint"}, "unknown runtime 'paint'"),
        ({"placement": "sideways"}, "unknown placement 'sideways'"),
        ({"resident_share": 7}, "resident_share"),
        ({"task": "chat"}, "unknown task 'chat'"),
        ({"kv_cache": "q17"}, "unknown kv_cache 'q17'"),
        ({"confidence": "sure"}, "confidence"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_on_it(evaluator, fields: dict[str, object], says: str) -> None:
    found = one(evaluator, **fields)
    assert isinstance(found, CaseError), found
    assert found.id == "good"
    assert says in found.error
    assert "\n" not in found.error
    assert len(found.error) < 400


@pytest.mark.parametrize(
    "text",
    ["{", "7", "null", '"sdxl"', "[]", "NaN", '{"model": NaN}', '{"model": "sdxl", "width": 1e999}', "[" * 100_000,
     '{"id": "\\ud800", "model": "\\ud800"}', '{"id": {}, "model": "x"}', '{"id": ' + "9" * 5000 + "}", "\x00"],
)  # fmt: skip
def test_what_is_no_case_is_an_error_that_can_be_printed(evaluator, text: str) -> None:
    found = evaluator.line(text)
    assert isinstance(found, CaseError)
    assert json.loads(found.model_dump_json())["error"]


@pytest.mark.parametrize("name", [n for n in CaseIn.model_fields if n not in ("model", "machine")])
def test_every_field_may_be_null(evaluator, name: str) -> None:
    assert isinstance(one(evaluator, **{name: None}), CaseOut)


_WORDS = st.sampled_from(
    ["", "fp8", "Q4_K_M", "none", "4bit", "resident", "sequential", "RTX 4090", "16GB card", "2x RTX 3060", "comfyui",
     "flux1-dev", "wan2.2", "llama-3.1-8b", "sd15", "M2", "\ud800", "..", "é" * 40, "a.b-c_d", "0", "denoiser", "t5"]
) | st.text(max_size=12)  # fmt: skip
_NUMBERS = st.sampled_from([0, 1, -1, 64, 1024, 16384, 256, 10_000, 2**31, 2**63, 10**40, 0.5, 1e300, True])
_ANY = st.recursive(
    st.none() | _WORDS | _NUMBERS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_WORDS, inner, max_size=2),
    max_leaves=3,
)
_FIELDS = st.sampled_from([*CaseIn.model_fields, "gpu", "unknown"])
_MACHINES = st.dictionaries(st.sampled_from(["gpu", "vram_gb", "ram_gb", "disk_gb", "os", "x"]), _ANY, max_size=3)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(_FIELDS, _ANY, max_size=4),
    st.none() | _MACHINES,
    st.sampled_from(["sdxl", "wan2.2", "llama-3.1-8b", "triposr"]),
)
def test_whatever_a_line_says_it_is_answered(evaluator, fields, machine, model: str) -> None:
    case = {"model": model, **fields}
    if machine is not None:
        case["machine"] = machine
    found = evaluator.line(json.dumps(case))
    text = found.model_dump_json()
    assert "internal fault" not in text
    if isinstance(found, CaseOut):
        assert 0 <= found.peak_vram.low <= found.peak_vram.expected <= found.peak_vram.high
        assert found.fits == (found.verdict != "impossible")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["sdxl", "flux1-dev", "wan2.1-14b", "llama-3.1-8b", "sd3-medium"]),
    st.sampled_from([None, "resident", "model_offload", "streamed"]),
    st.floats(1, 100),
    st.floats(0, 60),
    st.floats(8, 256),
)
def test_a_larger_card_never_makes_it_worse(
    evaluator, model: str, placement, vram: float, more: float, ram: float
) -> None:
    order = ["impossible", "cpu", "streamed", "offloaded", "resident"]

    def place(size: float) -> int:
        found = evaluator.answer({"model": model, "placement": placement, "machine": {"vram_gb": size, "ram_gb": ram}})
        # Where the card is of no use the processor does it all: less than the smallest share on a card.
        return order.index("cpu" if found.fits and found.placement == "cpu" else found.verdict)

    assert place(vram) <= place(vram + more)
