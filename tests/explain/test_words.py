"""Words for ids and amounts: what is printed is never less than what is needed, and ids become what people write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_and_machines import machine

from rigfit.explain.words import apart, card_name, enough_time, feature_words, listed, readable, task_words
from rigfit.knowledge import Knowledge
from rigfit.units import GIB, MIB, parse_bytes, parse_milliseconds


@given(st.integers(min_value=0, max_value=10**11))
def test_a_time_that_is_printed_is_enough_and_not_much_more(milliseconds: int) -> None:
    printed = parse_milliseconds(enough_time(milliseconds))
    assert milliseconds <= printed < milliseconds * 1.06 + 60_000


@given(st.integers(min_value=1, max_value=200 * GIB), st.integers(min_value=1, max_value=GIB))
def test_what_misses_by_little_is_not_printed_as_equal(has: int, missing: int) -> None:
    needs, there = apart("ram", has + missing, has)
    assert needs != there or missing < MIB
    assert parse_bytes(needs.replace(",", ""), memory=True) >= has + missing


@pytest.mark.parametrize(
    ("names", "text"), [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")]
)
def test_listed(names: tuple[str, ...], text: str) -> None:
    assert listed(names, "or") == text


def test_tasks_and_features_have_words(knowledge: Knowledge) -> None:
    assert task_words("three_d") == "3D"
    assert task_words("text_to_speech") == "text to speech"
    assert feature_words("voice_clone", knowledge) == "voice cloning"
    assert feature_words("lora", knowledge) == "LoRA adapters"
    assert feature_words("controlnet:depth", knowledge) == "structural control (depth)"
    assert feature_words("unheard_of", knowledge) == "unheard of"


def test_ids_in_a_sentence_become_words_and_options_stay(knowledge: Knowledge) -> None:
    said = readable("FLUX.1 dev gguf_q4_k_s: no voice_clone in text_to_speech, buffalo_l", knowledge)
    assert said == "FLUX.1 dev Q4_K_S: no voice cloning in text to speech, buffalo_l"
    assert readable("[--task text_to_speech --need voice_clone]", knowledge) == (
        "[--task text_to_speech --need voice_clone]"
    )


def test_twin_cards_are_told_apart(knowledge: Knowledge) -> None:
    twins = machine(knowledge, "rtx-3070", "rtx-3070")
    assert card_name(twins, 1) == "GeForce RTX 3070 8 GB (card 2)"
    assert card_name(machine(knowledge, "rtx-3070", "rtx-4090"), 1) == "GeForce RTX 4090 24 GB"
