"""Populations known by marginals: the bounds are the true ones, and every fleet of the catalog can be read."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rigfit.batch.fleet.entries import Shelf
from rigfit.batch.fleet.reader import read_fleet
from rigfit.batch.population import bounds, members, most_in
from rigfit.knowledge.fleets import fleet_files, fleet_path, load_fleet, problems
from rigfit.schema.fleet import FleetFile

STEPS = 6


def test_every_fleet_of_the_catalog_is_whole(knowledge) -> None:
    assert {"seed-001", "seed-004", "steam-2026-04"} <= set(fleet_files())
    assert not list(problems(knowledge))
    for path in fleet_files().values():
        for entry in read_fleet(path, Shelf(knowledge)):
            assert entry.facts is not None, (path.name, entry.shown, entry.error)
            assert entry.weight > 0


def test_the_weights_of_a_survey_are_its_shares() -> None:
    fleet = load_fleet(fleet_path("fleet:steam-2026-04"))
    assert fleet.survey is not None
    named = [one for one in fleet.survey.cards if one.cards]
    assert sum(one.share.value for one in fleet.survey.ram) == 100_00
    weights = {}
    for member in members(fleet):
        weights[member.card] = weights.get(member.card, 0) + member.said["weight"]
    for number, one in enumerate(named):
        assert weights[number] == pytest.approx(one.share.value / 100)
    # The published cumulative shares, from the classes up.
    at_least = {amount: sum(one.share.value for one in named if _gb(one.name) >= amount) for amount in (8, 12, 16, 24)}
    assert at_least == pytest.approx({8: 7500, 12: 4520, 16: 3180, 24: 620}, abs=10)


def _gb(name: str) -> float:
    return 0.5 if name.startswith("under") else float(name.split()[0])


def survey(cards: list[int], ram: list[int], names: int = 1) -> FleetFile:
    fact = {"source": "a", "basis": "measured"}
    return FleetFile.model_validate({
        "title": "t",
        "survey": {
            "assumptions": ["a"],
            "cards": [
                {"name": f"c{i}", "cards": ["rtx-4070"] * names, "share": {"value": v, **fact}}
                for i, v in enumerate(cards)
            ],
            "ram": [{"name": f"r{i}", "ram": "16 GB", "share": {"value": v, **fact}} for i, v in enumerate(ram)],
        },
    })  # fmt: skip


def test_a_corner_has_the_frechet_bounds() -> None:
    fleet = survey([60, 40], [70, 30])
    assert fleet.survey is not None
    # Machines in order: (c0,r0) (c0,r1) (c1,r0) (c1,r1); it runs with card 1 and RAM 1 only.
    found = bounds(fleet.survey, {4})
    assert (found.low, found.high) == (max(Fraction(0), Fraction(4 + 3 - 10, 10)), Fraction(3, 10))
    found = bounds(fleet.survey, {1, 2, 3})
    assert (found.low, found.high) == (Fraction(7, 10), Fraction(1))


def test_cards_of_a_class_and_what_is_unknown_widen_the_bounds() -> None:
    fleet = survey([60, 40], [100], names=2)
    assert fleet.survey is not None
    assert bounds(fleet.survey, {1, 3, 4}).low == Fraction(4, 10), "class 0 may be all of its card that fails"
    assert bounds(fleet.survey, {1, 3, 4}).high == 1
    unknown = fleet.model_copy(update={"survey": survey([60, 40], [100]).survey})
    assert unknown.survey is not None
    cards = (unknown.survey.cards[0], unknown.survey.cards[1].model_copy(update={"cards": ()}))
    open_ended = unknown.survey.model_copy(update={"cards": cards})
    assert bounds(open_ended, {1}) == bounds(open_ended, {1})
    assert (bounds(open_ended, {1}).low, bounds(open_ended, {1}).high) == (Fraction(6, 10), 1)


cuts = st.lists(st.integers(0, STEPS), min_size=1, max_size=2).map(sorted)
marginal = cuts.map(lambda at: [high - low for low, high in pairwise([0, *at, STEPS])])


@given(rows=marginal, columns=marginal, data=st.data())
def test_the_bound_is_reached_and_never_passed(rows: list[int], columns: list[int], data: st.DataObject) -> None:
    every = list(product(range(len(rows)), range(len(columns))))
    cells = set(data.draw(st.lists(st.sampled_from(every), unique=True)))
    best = max(sum(table[r][c] for r, c in cells) for table in tables(rows, columns))
    bound = most_in(cells, [Fraction(v, STEPS) for v in rows], [Fraction(v, STEPS) for v in columns])
    # The extreme joint distributions of whole marginals are whole, so trying them all finds the largest.
    assert bound == Fraction(best, STEPS)


def tables(rows: list[int], columns: list[int]):
    """Every table of whole numbers with these sums."""
    if not rows:
        if not any(columns):
            yield []
        return
    for row in product(*(range(c + 1) for c in columns)):
        if sum(row) == rows[0]:
            left = [c - v for c, v in zip(columns, row, strict=True)]
            for rest in tables(rows[1:], left):
                yield [row, *rest]
