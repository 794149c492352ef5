"""What documents say of costs, reckoned again from their own numbers."""

from __future__ import annotations

import pytest

from rigfit.cost.claims import check_claims, corrections, span_of_months
from rigfit.knowledge import load_knowledge

KNOWLEDGE = load_knowledge()
PRICE = KNOWLEDGE.costs.electricity.value
CLAIMS = {(c.scenario, c.setup): c for c in check_claims(KNOWLEDGE, PRICE)}


def test_every_claim_of_the_document_is_reckoned_again() -> None:
    assert len(CLAIMS) == 8
    assert {scenario for scenario, _ in CLAIMS} == {"light", "moderate", "heavy", "professional"}


@pytest.mark.parametrize(
    ("scenario", "setup", "months"),
    [
        ("light", None, (400 / 6, 2150 / 6)),
        ("moderate", "budget", (400 / 30, 550 / 30)),
        ("moderate", "recommended", (680 / 30, 780 / 30)),
        ("heavy", "professional", (1750 / 120, 2150 / 120)),
        ("professional", "budget", (400 / 600, 550 / 600)),
    ],
)
def test_months_without_electricity_are_the_documents_own(
    scenario: str, setup: str | None, months: tuple[float, float]
) -> None:
    claim = CLAIMS[scenario, setup]
    assert [m / 1000 for m in claim.without_running] == pytest.approx(months, abs=0.001)
    assert claim.reproduces


@pytest.mark.parametrize(
    ("scenario", "setup", "holds"),
    [
        ("light", None, False),  # 6 a month saved, 10 to 30 of electricity
        ("moderate", "budget", False),  # 30 saved, up to 30 spent
        ("moderate", "recommended", False),
        ("heavy", "budget", True),
        ("heavy", "professional", True),
        ("professional", "professional", True),
    ],
)
def test_small_volumes_do_not_survive_the_electricity_that_the_document_lists(
    scenario: str, setup: str | None, holds: bool
) -> None:
    assert CLAIMS[scenario, setup].holds is holds


def test_electricity_from_power_is_far_below_what_the_document_lists() -> None:
    # 1,500 images of 10 s at 170 W are 0.71 kWh.
    claim = CLAIMS["moderate", "budget"]
    assert claim.running == pytest.approx(0.7083 * PRICE, rel=0.001)
    assert claim.running is not None
    assert claim.running < KNOWLEDGE.costs.claimed.running.low.value / 50


def test_never_is_said_where_savings_are_eaten_up() -> None:
    assert CLAIMS["light", None].with_running == (None, None)
    assert span_of_months(None, None) == "never"
    assert span_of_months(20_000, None) == "20.0 months or never"
    assert "electricity that the document itself lists" in CLAIMS["light", None].text


def test_a_total_that_is_not_the_sum_of_its_parts_is_named() -> None:
    found = " ".join(corrections(KNOWLEDGE, ("image_generation",), PRICE))
    assert "budget setup is stated as $400 to $550; its own parts add up to $350 to $550" in found
    assert "recommended setup is stated" not in found


def test_claims_about_videos_are_held_against_the_cheapest_card() -> None:
    found = corrections(KNOWLEDGE, ("video_generation",), PRICE)
    assert len(found) == 2
    assert "they save $50 to $150" in found[0]


def test_what_the_tables_name_exists() -> None:
    table = KNOWLEDGE.costs
    assert {setup.gpu for setup in table.claimed.setups} <= set(KNOWLEDGE.index("gpus"))
    assert {claim.setup for claim in table.claimed.months} <= {None, *(setup.id for setup in table.claimed.setups)}
    assert {claim.scenario for claim in table.claimed.months} <= {scenario.id for scenario in table.scenarios}
    assert {claim.task for claim in table.claimed.results} <= set(KNOWLEDGE.index("tasks"))
    facts = (table.electricity, table.days_in_month, table.horizon, table.volume, table.claimed.price)
    assert {fact.source for fact in facts} <= set(KNOWLEDGE.index("sources"))
