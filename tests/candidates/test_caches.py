"""The precision of a key-value cache and the layers on the card as levers of a language model."""

from __future__ import annotations

from itertools import pairwise

import pytest
from requests_and_machines import compiled_for, machine, request

from rigfit.candidates.caches import NONE, caches_of
from rigfit.estimate import estimate
from rigfit.knowledge.references import problems

CHAT = {"task": "chat", "models": ["llama-3.1-8b"], "variants": {"llm": "gguf_q4_k_m"}}


def offered(knowledge, *gpus: str, **policies):
    """(runtime, placement, share, cache) -> candidate, of every pipeline that the rules admit."""
    compiled, _ = compiled_for(request(CHAT, **policies), machine(knowledge, *gpus, ram=32), knowledge)
    found = {}
    for candidate in compiled.expansions[0].candidates:
        p = candidate.pipeline
        found[p.runtime.id, p.placement, p.resident_share, p.cache] = candidate
    return found


def test_a_runtime_offers_the_caches_that_it_declares(knowledge) -> None:
    component = knowledge.index("components")["llama-3.1-8b-llm"]
    runtimes = knowledge.index("runtimes")

    def names(runtime: str) -> list[str | None]:
        return [cache.name for cache in caches_of([component], runtimes[runtime], knowledge)]

    assert names("llama-cpp") == ["f16", "q8_0", "q4_0"]
    assert names("vllm") == ["f16"]
    unet = knowledge.index("components")["sdxl-base-unet"]
    assert caches_of([unet], runtimes["llama-cpp"], knowledge) == (NONE,)


def test_fewer_bits_or_fewer_layers_take_less_of_the_card(knowledge) -> None:
    found = offered(knowledge, "rtx-3060-12gb")
    shares = [("resident", 1000), *(("streamed", s) for s in knowledge.memory.layer_shares)]
    checked = 0
    for placement, share in shares:
        sizes = [found.get(("llama-cpp", placement, share, name)) for name in ("f16", "q8_0", "q4_0")]
        for more, less in pairwise([one for one in sizes if one is not None]):
            assert less.vram <= more.vram
            assert less.held <= more.held
            assert less.ram <= more.ram
            assert less.value <= more.value
            checked += share > 0 and less.vram < more.vram
    for name in ("f16", "q8_0", "q4_0"):
        kept = [one for p, s in shares if (one := found.get(("llama-cpp", p, s, name))) is not None]
        for more, less in pairwise(kept):
            assert less.vram < more.vram
            assert less.held < more.held
            assert less.milliseconds > more.milliseconds
            checked += 1
    assert checked > 10


def test_layers_on_a_card_stay_there_between_replies(knowledge) -> None:
    found = offered(knowledge, "rtx-3060-12gb", confidence="expected")
    half = found["llama-cpp", "streamed", 500, "f16"]
    weights = half.pipeline.parts[0].weights
    assert half.held >= weights // 2
    assert half.vram >= half.held


def test_every_lever_has_the_numbers_of_its_estimate(knowledge) -> None:
    where = machine(knowledge, "rtx-3060-12gb", ram=32)
    for candidate in offered(knowledge, "rtx-3060-12gb").values():
        own = estimate(candidate.pipeline, where, knowledge)
        assert (candidate.vram, candidate.held, candidate.ram) == (
            own.peak_vram.high,
            own.held_vram.high if candidate.pipeline.gpu is not None else 0,
            own.peak_ram.high,
        )
        assert own.milliseconds is not None
        assert candidate.milliseconds == own.milliseconds.expected


@pytest.mark.parametrize(("gpu", "there"), [("rtx-4090", True), ("apple-m3-max-64gb", False)])
def test_rules_decide_where_a_cache_may_be_quantised(gpu: str, there: bool, knowledge) -> None:
    caches = {key[3] for key in offered(knowledge, gpu, runtimes=["lm-studio"])}
    assert "f16" in caches
    assert ("q8_0" in caches) is there


def test_a_cache_without_bits_is_an_error(knowledge) -> None:
    runtime = knowledge.index("runtimes")["llama-cpp"]
    odd = runtime.model_copy(update={"caches": {"q3_x": ()}})
    catalog = knowledge.catalog.model_copy(update={"runtimes": (odd,)})
    broken = type(knowledge)(catalog, knowledge.rulebook, "", "")

    class Anywhere(dict):
        def __missing__(self, key: str):
            return type("D", (), {"lines": {}, "name": "x.yaml", "where": staticmethod(lambda path: "x.yaml:1")})

    found = [str(p) for p in problems(broken, Anywhere()) if "q3_x" in str(p)]
    assert found
    assert "cache_bits" in found[0]
