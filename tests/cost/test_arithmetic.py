"""The arithmetic of costs: exact, reproducible from its inputs, and monotone where money is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigfit.cost.arithmetic import Span, break_even, days, electricity, exactly, months
from rigfit.units import USD

PRICES = st.integers(0, 10**9)


def test_electricity_is_power_times_time_times_price() -> None:
    # 200 W for an hour are a fifth of a kilowatt-hour.
    spent = electricity(200, 3_600_000, 7_200_000, 187_200)
    assert spent.low == Fraction(187_200, 5)
    assert spent.high == 2 * spent.low


def test_break_even_counts_whole_results() -> None:
    assert break_even(exactly(599 * USD), exactly(25_000), exactly(0)) == (23_960, 23_960)
    assert break_even(exactly(1), exactly(3), exactly(0)) == (1, 1)


def test_what_costs_no_more_elsewhere_never_pays() -> None:
    assert break_even(exactly(100), exactly(5), exactly(5)) == (None, None)
    assert break_even(exactly(100), Span(Fraction(4), Fraction(8)), exactly(5)) == (34, None)


def test_days_follow_from_the_volume() -> None:
    assert days((300, None), 300, 30) == (30, None)
    assert days((301, 601), 300, 30) == (31, 61)


@given(hardware=PRICES, cloud=st.integers(1, 10**6), local=st.integers(0, 10**6), cheaper=st.integers(0, 10**6))
def test_dearer_hardware_or_power_never_pays_sooner(hardware: int, cloud: int, local: int, cheaper: int) -> None:
    def paid(price: int, here: int) -> float:
        found = break_even(exactly(price), exactly(cloud), exactly(here))[0]
        return float("inf") if found is None else found

    assert paid(hardware, local) <= paid(hardware + cheaper, local)
    assert paid(hardware, local) <= paid(hardware, local + cheaper)


@given(hardware=st.integers(1, 10**9), saved=st.integers(1, 10**6))
def test_results_are_the_least_that_pay(hardware: int, saved: int) -> None:
    count, _ = break_even(exactly(hardware), exactly(saved), exactly(0))
    assert count is not None
    assert count * saved >= hardware > (count - 1) * saved


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(30, 30, (20_000, 20_000)), (-5, 30, (20_000, None)), (-5, 0, (None, None))]
)
def test_months_until_savings_have_paid(low: int, high: int, expected: tuple[int | None, int | None]) -> None:
    assert months(exactly(600), Span(Fraction(low), Fraction(high))) == expected
