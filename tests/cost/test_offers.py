"""What one result costs at a service: by image, megapixel, second, clip."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rigfit.estimate.cloud import offers, units_of
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.knowledge import load_knowledge
from rigfit.schema.catalog import Price
from rigfit.schema.request import Size
from rigfit.units import USD, UnitError, format_usd, parse_usd

KNOWLEDGE = load_knowledge()
FACT = {"value": "0.5", "source": "seed-000"}


def size(task: str, **stated: int | float) -> ResolvedSize:
    return resolve_size(Size.model_validate(stated), KNOWLEDGE.index("tasks")[task])[0]


@pytest.mark.parametrize(
    ("per", "task", "stated", "units"),
    [
        ("image", "image_generation", {"batch": 3}, 3),
        ("megapixel", "image_generation", {}, 1),  # 1024 x 1024 is one
        ("megapixel", "image_generation", {"width": 1280, "height": 1024}, 2),
        ("second", "video_generation", {"seconds": 2.5}, Fraction(5, 2)),
        ("video_megapixel", "video_generation", {"frames": 121}, 112),
        ("clip", "video_generation", {"seconds": 12}, 1),
        ("hour", "image_generation", {}, None),
        ("month", "image_generation", {}, None),
    ],
)
def test_how_much_of_what_is_charged_for_makes_a_result(
    per: str, task: str, stated: dict[str, int | float], units: Fraction | int | None
) -> None:
    price = Price.model_validate({"amount": FACT, "per": per, "tasks": [task]})
    assert units_of(price, size(task, **stated)) == units


def test_a_clip_longer_than_the_price_is_for_is_made_of_several() -> None:
    price = Price.model_validate({"amount": FACT, "per": "clip", "seconds": {"value": 5, "source": "seed-000"}})
    assert units_of(price, size("video_generation", seconds=12)) == 3


def test_what_a_service_says_of_itself_comes_before_what_others_say() -> None:
    found = offers("image_generation", size("image_generation"), KNOWLEDGE)
    known = [offer.price.amount.basis.value not in ("claim", "prior") for offer in found]
    assert known == sorted(known, reverse=True)
    assert all(0 < offer.low <= offer.high for offer in found)
    assert {offer.service.id for offer in found} >= {"replicate", "fal-ai", "runware"}


def test_prices_of_models_are_of_models_that_do_the_task() -> None:
    for service in KNOWLEDGE.catalog.cloud:
        for price in service.prices:
            for model in price.models:
                assert set(price.tasks) & set(KNOWLEDGE.index("models")[model].serves), (service.id, model)


@pytest.mark.parametrize(
    ("written", "amount"), [("549", 549 * USD), ("$0.0027", 2_700), ("12.50 USD", 12_500_000), (0.02, 20_000)]
)
def test_money_is_read_in_millionths(written: str | float, amount: int) -> None:
    assert parse_usd(written) == amount


@pytest.mark.parametrize("written", ["cheap", "5 EUR", "-3", "1e12", True])
def test_what_is_no_money_is_refused(written: str | bool) -> None:
    with pytest.raises(UnitError):
        parse_usd(written)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0"), (88, "$0.000088"), (2_700, "$0.0027"), (25_000, "$0.025"), (187_200, "$0.19"), (12_500_000, "$12.50"),
     (30_000_000, "$30"), (1_599_000_000, "$1,599")],
)  # fmt: skip
def test_money_is_written_as_people_do(amount: int, text: str) -> None:
    assert format_usd(amount) == text
