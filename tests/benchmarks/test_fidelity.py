"""The estimator against measured runs, with each source left out in turn; and the published rules beside it."""

from __future__ import annotations

import pytest
from benchmarks.fidelity.fit import Predictions, chosen, fit
from benchmarks.fidelity.observations import observe
from benchmarks.fidelity.report import as_table
from benchmarks.fidelity.rules_of_thumb import RULES
from benchmarks.fidelity.score import scores

from rigfit.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
CONTRADICTED = frozenset({"hc-131"})
"""Out of memory on 16 GB with the command for which the publisher prints 8.19 GB: the error is the driver's, not the
allocator's, and what else was on the card is not told."""
OPEN = frozenset({"hc-194", "hc-270"})
"""What a run leaves open decides: which GGUF file it was, at a third of the 16-bit size or at half; and a demonstration
with a single run, which only a safe end learnt from it covers."""


@pytest.fixture(scope="module")
def judged():
    observations, skipped = observe(KNOWLEDGE)
    return observations, skipped, *scores(observations, KNOWLEDGE)


def test_most_runs_can_be_compared_and_the_others_say_why(judged) -> None:
    observations, skipped, _, _ = judged
    assert len(observations) >= 85
    assert all(one.why for one in skipped)
    assert sum(one.peak is not None and one.stated for one in observations) >= 40


def test_peaks_are_predicted_within_a_tenth_with_their_source_left_out(judged) -> None:
    own, *_ = judged[2]
    assert own.median_error <= 0.10


def test_the_safe_end_covers_most_peaks(judged) -> None:
    own, _, stated, *_ = judged[2]
    assert own.covered is not None
    assert own.covered >= 0.85
    assert stated.covered is not None
    assert stated.covered >= 0.90
    assert own.width is not None
    assert own.width < 1.3


def test_what_went_out_of_memory_is_not_called_resident_or_offloaded(judged) -> None:
    wrong = {
        one.observation.id
        for one in judged[3]
        if one.observation.worked is False and one.verdict in ("resident", "offloaded")
    }
    assert wrong <= CONTRADICTED | OPEN


def test_what_worked_is_seldom_called_impossible(judged) -> None:
    assert judged[2][0].refused <= 0.15


def test_no_published_rule_does_as_well(judged) -> None:
    own, _, _, *rules = judged[2]
    assert len(rules) == len(RULES) == 7
    for rule in rules:
        assert own.median_error < rule.median_error
        assert own.wrong < rule.wrong


def test_the_table_names_every_method(judged) -> None:
    text = as_table(judged[2])
    assert all(rule.name in text for rule in RULES)
    assert max(map(len, text.splitlines())) <= 100


def test_the_constants_in_the_rules_are_about_those_that_fit(judged) -> None:
    start = chosen(KNOWLEDGE)
    found = fit(judged[0], Predictions(KNOWLEDGE), start)
    assert found.copies == pytest.approx(start.copies, rel=0.15)
    assert found.script_copies == pytest.approx(start.script_copies, rel=0.15)
    assert (found.weights_high, found.high, found.decode_high) == (
        start.weights_high,
        start.high,
        start.decode_high,
    )
