"""One change at a time: what it brings is what a fresh solve of that machine gives, and prices are never invented."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from invoke import assert_refused, invoke
from requests_and_machines import machine, request

from rigfit.knowledge import Knowledge
from rigfit.machine.prices import Prices, load_prices
from rigfit.schema.prices import PriceFile
from rigfit.schema.upgrade import Upgrade
from rigfit.solve import solve
from rigfit.units import GIB, USD
from rigfit.whatif import shop
from rigfit.whatif.upgrade import upgrade

WANTED = request({"task": "image_generation", "models": ["sd15", "sdxl-base", "flux1-dev"]})
NEAR = "2025-01-01"


@pytest.fixture(scope="module")
def found(knowledge: Knowledge) -> Upgrade:
    own = PriceFile.model_validate({"ram_per_gb": "5", "disk_per_tb": "60", "date": "2026-11"})
    prices = replace(load_prices(None, knowledge), own=own)
    return upgrade(WANTED, machine(knowledge, "rtx-3050-8gb", ram=16, disk=100), knowledge, prices, since=NEAR)


def test_every_change_is_what_solving_that_machine_gives(found: Upgrade, knowledge: Knowledge) -> None:
    cards = {one.gpu: one for one in found.changes if one.kind == "card"}
    assert len(cards) > 5
    for gpu in ("rtx-5090", "arc-b570"):
        one = cards[gpu]
        answer = solve(WANTED, machine(knowledge, gpu, ram=16, disk=100), knowledge)
        then = found.outcomes[one.outcome]
        assert [task.model for task in then.tasks] == [task.model for task in answer.bundles[0].tasks]
        assert then.quality == answer.bundles[0].tasks[0].quality
        assert one.quality_gain == then.quality - found.outcomes[0].quality
    ram = next(one for one in found.changes if one.kind == "ram")
    answer = solve(WANTED, machine(knowledge, "rtx-3050-8gb", ram=ram.amount // GIB, disk=100), knowledge)
    assert found.outcomes[ram.outcome].quality == answer.bundles[0].tasks[0].quality


def test_the_cheapest_that_helps_comes_first_and_nothing_cheaper_helps(found: Upgrade) -> None:
    assert found.cheapest is not None
    priced = [one.price.amount for one in found.changes if one.price is not None]
    assert priced == sorted(priced)
    assert found.changes[found.cheapest].verdict == "better"
    assert all(one.verdict != "better" for one in found.changes[: found.cheapest])


def test_the_pareto_list_holds_exactly_what_nothing_outdoes(found: Upgrade) -> None:
    def worth(one) -> tuple[int, int, int]:
        then = found.outcomes[one.outcome]
        return one.price.amount, -then.quality, then.milliseconds

    helping = [one for one in found.changes if one.verdict == "better"]
    assert any(one.pareto for one in helping)
    for one in helping:
        outdone = any(
            all(a <= b for a, b in zip(worth(other), worth(one), strict=True)) and worth(other) != worth(one)
            for other in helping
        )
        if outdone:
            assert not one.pareto
    assert {worth(one) for one in helping if one.pareto} == {
        worth(one) for one in helping
        if not any(all(a <= b for a, b in zip(worth(o), worth(one), strict=True)) and worth(o) != worth(one)
                   for o in helping)
    }  # fmt: skip
    assert not any(one.pareto for one in found.changes if one.verdict != "better")


def test_prices_are_dated_and_of_what_is_added(found: Upgrade) -> None:
    for one in found.changes:
        assert one.price is not None
        assert one.price.source
        assert one.price.date
        if one.kind == "ram":
            assert one.price.amount == 5 * USD * (one.amount // GIB - 16)
            assert one.price.source == "your price file"


def test_only_cards_that_can_stand_there(found: Upgrade, knowledge: Knowledge) -> None:
    kinds = {knowledge.index("gpus")[one.gpu].kind for one in found.changes if one.gpu}
    assert kinds <= {"desktop", "workstation"}
    assert not any(knowledge.index("gpus")[one.gpu].unified for one in found.changes if one.gpu)
    assert "GeForce RTX 5090 D 32 GB" in found.unpriced


def test_what_is_passed_over_is_no_better_than_what_outdoes_it(knowledge: Knowledge) -> None:
    where, prices = machine(knowledge, "rtx-4070", ram=32), Prices(knowledge)
    cards, passed, _ = shop.cards(where, knowledge, prices, "2023-01-01")
    by_title = {spec.title: spec for spec in knowledge.catalog.gpus}
    assert passed
    assert not {one.gpu for one in passed} & {card.gpu for card in cards}
    for one in passed:
        less, more = by_title[one.title], by_title[one.by]
        assert more.architecture == less.architecture
        assert more.memory.value >= less.memory.value
        assert more.bandwidth.value >= less.bandwidth.value
    assert any(one.by == where.gpus[0].name for one in passed), "a lesser card of the generation that is there"


def test_without_a_price_file_memory_is_listed_without_a_price(knowledge: Knowledge) -> None:
    found = upgrade(WANTED, machine(knowledge, "apple-m3-max-64gb"), knowledge, Prices(knowledge))
    assert all(one.price is None and one.kind == "disk" for one in found.changes)
    assert found.cheapest is None
    assert "part of its chip" in found.notes[0]


def test_other_cards_stay(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-3060-12gb", "rtx-3060-12gb", ram=32)
    (offer,) = shop.named(["rtx-4090"], where, knowledge, Prices(knowledge))
    assert [gpu.spec for gpu in offer.machine.gpus] == ["rtx-4090", "rtx-3060-12gb"]
    assert offer.machine.ram == where.ram
    assert "first" in upgrade(WANTED, where, knowledge, Prices(knowledge), to=["rtx-4090"]).notes[0]


SDXL = ("upgrade", "--task", "image_generation", "--model", "sdxl-base", "--gpu", "GTX 1660")


def test_the_text_gives_numbers_and_where_prices_are_from(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text('source: my shop\ndate: "2026-11"\ngpus: {RTX 5090: 2500}\n')
    result = invoke(*SDXL, "--to", "RTX 5090,rtx-4090-d", "--prices", prices)
    assert result.code == 0
    parts = ("$2,500 (my shop, 2026-11)", "points", "in all", "newly possible", "Without a price", "RTX 4090 D")
    assert [part for part in (*parts, "power supply") if part not in result.out] == []
    assert max(map(len, result.out.splitlines())) <= 100
    assert "\x1b" not in result.out


def test_numbers_of_what_gets_better() -> None:
    result = invoke(*SDXL[:-1], "RTX 3060 12GB", "--to", "RTX 5090")
    price = r"\$1,999 \(gpu-launch-prices, 2025-01-30\)"
    text = " ".join(result.out.split())
    assert re.search(rf"gives a better answer: [^:]*, {price}: \+0\.\d points, [\d.]+ s saved", text), text


def test_the_json_is_what_the_schema_says() -> None:
    told = json.loads(invoke(*SDXL, "--to", "RTX 5060", "--json").out)
    jsonschema.validate(told, json.loads(invoke("schema", "upgrade").out))
    assert told["schema"] == "rigfit.upgrade/1"
    assert told["changes"][0]["price"]["amount"] == 299 * USD


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--to", "RTX 5091"), ("unknown gpu 'RTX 5091'", "nearest")),
        (("--to", "RTX 4090 Laptop"), ("cannot stand in this machine", "desktop")),
        (("--to", ","), ("names no card",)),
        (("--to", "RTX 5090", "--since", "2020"), ("exclude each other",)),
        (("--budget", "lots"), ("lots",)),
        (("--force",), ("--plot",)),
    ],
)
def test_mistakes_are_one_line(options: tuple[str, ...], parts: tuple[str, ...]) -> None:
    assert_refused(invoke(*SDXL, *options), *parts)


def test_a_soldered_card_has_no_successor() -> None:
    result = invoke("upgrade", "--preset", "lightweight", "--gpu", "RTX 4060 Laptop", "--to", "RTX 4090")
    assert_refused(result, "soldered")
