"""The estimator against measured runs, with each source left out in turn; and the published rules beside it."""

from __future__ import annotations

import pytest
from benchmarks.fidelity.fit import ENDS, Predictions, chosen, fit
from benchmarks.fidelity.observations import observe
from benchmarks.fidelity.report import UNEXPLAINED, as_notes, as_table
from benchmarks.fidelity.rules_of_thumb import RULES
from benchmarks.fidelity.score import scores

from rigfit.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()


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


def test_the_safe_end_covers_what_no_constant_was_fitted_to(judged) -> None:
    own, shipped, stated, *_ = judged[2]
    for one in (own, shipped, stated):
        assert one.covered is not None
        assert one.covered >= 0.95
    assert own.width is not None
    assert own.width < 1.2


def test_what_went_out_of_memory_is_not_called_resident_or_offloaded(judged) -> None:
    wrong = {
        one.observation.id
        for one in judged[3]
        if one.observation.worked is False and one.verdict in ("resident", "offloaded")
    }
    assert wrong <= {"hc-131"}, "that one contradicts what the publisher measured with the same command"


def test_runs_that_no_mechanism_explains_are_named_with_what_is_known(judged) -> None:
    text = as_notes(judged[3])
    assert max(map(len, text.splitlines())) <= 100
    assert "not looked into" not in text
    assert {line[:6] for line in text.splitlines() if line.startswith("hc-")} == set(UNEXPLAINED)


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
    assert [getattr(found, end) for end in ENDS] == [getattr(start, end) for end in ENDS]
