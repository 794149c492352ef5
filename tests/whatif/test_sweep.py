"""Steps, maps and cards: exact, covering, and the same as solving at that point."""

from __future__ import annotations

import random

import pytest
from requests_and_machines import machine, request

from rigfit.engines import Outcome, Status
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest, Request
from rigfit.schema.whatif import Outcome as Told
from rigfit.schema.whatif import WhatIf
from rigfit.solve import solve
from rigfit.units import GIB, MIB
from rigfit.whatif.cards import named_cards
from rigfit.whatif.classes import point, with_amount
from rigfit.whatif.cover import Axes, cover
from rigfit.whatif.session import Session
from rigfit.whatif.sweep import Range, sold, whatif
from rigfit.whatif.whole import Whole


def best(wanted: Request, where: Machine, knowledge: Knowledge) -> list[tuple[object, ...]]:
    """The first bundle of a fresh solve, by what a step tells of it."""
    answer = solve(wanted.model_copy(update={"top": 1}), where, knowledge)
    return [
        (t.model, t.variants, t.runtime, t.placement, t.resident_share, t.tiled_decode, t.addons, t.quality)
        for bundle in answer.bundles
        for t in bundle.tasks
    ]


def told(outcome: Told) -> list[tuple[object, ...]]:
    return [
        (t.model, t.variants, t.runtime, t.placement, t.resident_share, t.tiled_decode, t.addons, t.quality)
        for t in outcome.tasks
    ]


WANTED = request({"task": "image_generation", "models": ["sd15", "sdxl-base"]}, {"task": "upscaling"})


def exact(found: WhatIf, wanted: Request, where: Machine, knowledge: Knowledge, most: int | None = None) -> None:
    """Every step (or `most` of them) begins where it says: with one MiB less the answer is that of the step before."""
    resource = found.varied[0].resource
    pairs = list(zip(found.steps, found.steps[1:], strict=False))
    for before, after in random.Random(7).sample(pairs, min(most or len(pairs), len(pairs))):
        assert before.high + MIB == after.low
        at, below = (with_amount(where, knowledge, resource, amount) for amount in (after.low, after.low - MIB))
        now, then = best(wanted, at, knowledge), best(wanted, below, knowledge)
        assert now == told(found.outcomes[after.outcome])
        assert then == told(found.outcomes[before.outcome])
        assert now != then


@pytest.mark.parametrize(
    ("card", "along"),
    [("rtx-4070", Range("vram", 2 * GIB, 48 * GIB)), ("rtx-4070", Range("disk", 10**9, 60 * 10**9)),
     ("apple-m3-max-64gb", Range("ram", 6 * GIB, 64 * GIB))],
)  # fmt: skip
def test_every_step_is_exact_to_the_mib(card: str, along: Range, knowledge: Knowledge) -> None:
    where = machine(knowledge, card)
    found = whatif(WANTED, where, knowledge, [along])
    assert len(found.steps) > 2
    assert found.steps[0].low == -(-along.low // MIB) * MIB
    assert found.steps[-1].high == along.high // MIB * MIB
    exact(found, WANTED, where, knowledge, most=1)


@pytest.mark.slow
@pytest.mark.parametrize("resource", ["vram", "ram", "disk"])
@pytest.mark.parametrize("preset", ["photorealism", "illustration", "video", "lightweight", "character-consistency"])
def test_every_step_of_the_presets_is_exact(preset: str, resource: str, knowledge: Knowledge) -> None:
    where, wanted = machine(knowledge, "rtx-4070", ram=32), knowledge.index("presets")[preset].request
    found = whatif(wanted, where, knowledge, [Range(resource, 4 * GIB, 64 * GIB)])
    exact(found, wanted, where, knowledge, most=5)


def test_regions_fill_the_range_and_hold_everywhere(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070")
    answers = Session(knowledge).answers(WANTED, where, 1)
    axes = Axes(where, knowledge, ["vram", "ram"])
    low, high = (3000, 6000), (20_000, 40_000)
    regions = cover(answers, axes, low, high)
    area = sum((r.high[0] - r.low[0] + 1) * (r.high[1] - r.low[1] + 1) for r in regions)
    assert area == (high[0] - low[0] + 1) * (high[1] - low[1] + 1)
    rng = random.Random(1)
    for _ in range(60):
        at = (rng.randint(low[0], high[0]), rng.randint(low[1], high[1]))
        inside = [r for r in regions if all(a <= x <= b for a, x, b in zip(r.low, at, r.high, strict=True))]
        assert len(inside) == 1
        outcome = answers.whole.rank(
            dict(zip((*answers.axes, "max_disk", "max_download"), (*axes.usable(at), 2**60, 2**60), strict=True)), 1
        )
        assert outcome.choices == inside[0].answer.choices


def test_a_map_has_the_answer_of_every_cell(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070")
    ranges = [Range("vram", 4 * GIB, 24 * GIB), Range("ram", 8 * GIB, 64 * GIB)]
    found = whatif(WANTED, where, knowledge, ranges)
    assert found.solves < len(found.cells)
    assert not found.regions
    for cell in random.Random(3).sample(found.cells, 3):
        at = with_amount(where, knowledge, "vram", cell.amounts["vram"])
        at = with_amount(at, knowledge, "ram", cell.amounts["ram"])
        assert told(found.outcomes[cell.outcome]) == best(WANTED, at, knowledge)


def test_what_is_not_decided_stays_open_and_ends_soon(knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = Whole.rank

    def rank(whole: Whole, capacities: dict[str, int], k: int) -> Outcome:
        if capacities["vram.0"] > 10 * GIB:
            return Outcome(Status.UNDECIDED)
        return decided(whole, capacities, k)

    monkeypatch.setattr(Whole, "rank", rank)
    where = machine(knowledge, "rtx-4070")
    found = whatif(WANTED, where, knowledge, [Range("vram", 4 * GIB, 24 * GIB)])
    statuses = [found.outcomes[step.outcome].status for step in found.steps]
    assert statuses[-1] == "undecided"
    assert statuses.count("undecided") == 1
    assert {"optimal"} == set(statuses[:-1])
    assert found.steps[-1].low > 10 * GIB
    assert found.solves < 100


def test_sizes_that_are_sold(knowledge: Knowledge) -> None:
    shown = [amount / GIB for amount in sold(knowledge, Range("ram", 8 * GIB, 64 * GIB))]
    assert shown == [8, 12, 16, 24, 32, 48, 64]
    assert {8 * GIB, 12 * GIB, 16 * GIB, 24 * GIB} <= set(sold(knowledge, Range("vram", 5 * GIB, 25 * GIB)))
    assert sold(knowledge, Range("disk", 15 * 10**9, 120 * 10**9)) == [n * 10**9 for n in (15, 20, 50, 100, 120)]


def test_more_of_a_resource_never_lowers_the_answer(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070")
    wanted = request({"task": "image_generation", "models": ["sdxl", "flux1-schnell"]}, prefer="quality")
    found = whatif(wanted, where, knowledge, [Range("vram", 0, 32 * GIB)])
    quality = [found.outcomes[step.outcome].quality or 0 for step in found.steps]
    assert quality == sorted(quality)


def test_cards_are_compared_with_the_one_there_is(knowledge: Knowledge) -> None:
    wanted = knowledge.index("presets")["video"].request
    stated = MachineRequest(gpus=("rtx-4070",), ram=32 * GIB)
    where = machine(knowledge, "rtx-4070", ram=32)
    cards = named_cards(knowledge, ["rtx-4070", "rtx-4090", "gtx-1660"], where, stated)
    found = whatif(wanted, where, knowledge, cards=cards)
    verdicts = {card.gpu: card for card in found.cards}
    assert verdicts["rtx-4070"].verdict == "same"
    assert verdicts["rtx-4070"].changes == ()
    assert verdicts["rtx-4090"].verdict == "better"
    assert verdicts["rtx-4090"].changes
    assert verdicts["gtx-1660"].verdict in ("worse", "no longer possible")
    card = verdicts["rtx-4090"]
    assert told(found.outcomes[card.outcome]) == best(wanted, card.machine, knowledge)


def test_what_no_card_could_do_becomes_possible(knowledge: Knowledge) -> None:
    wanted = knowledge.index("presets")["video"].request
    where = machine(knowledge, "none", ram=32)
    cards = named_cards(knowledge, ["rtx-4090"], where, MachineRequest(gpus=("none",), ram=32 * GIB))
    assert whatif(wanted, where, knowledge, cards=cards).cards[0].verdict == "newly possible"


def test_a_chip_with_unified_memory_brings_its_own(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070", ram=32)
    (card,) = named_cards(knowledge, ["apple-m3-max-64gb"], where, MachineRequest(gpus=("rtx-4070",), ram=32 * GIB))
    assert (card.machine.ram, card.machine.os) == (64 * GIB, "macos")


def test_a_machine_that_is_real_keeps_all_but_its_card(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070", ram=24, disk=77).model_copy(update={"simulated": False, "os_version": "x"})
    (card,) = named_cards(knowledge, ["rtx-4090"], where, MachineRequest())
    assert card.machine == where.model_copy(update={"gpus": card.machine.gpus})
    assert usable(card.machine, knowledge).ram == usable(where, knowledge).ram
    assert len(point(usable(card.machine, knowledge))) == 3


def test_ranges_that_make_no_sense_are_refused(knowledge: Knowledge) -> None:
    where = machine(knowledge, "rtx-4070")
    for ranges, words in (
        ([Range("vram", 8 * GIB, 4 * GIB)], "is more than"),
        ([Range("vram", 1, 2)], "no whole MiB"),
        ([Range("ram", 1, GIB), Range("ram", 1, GIB)], "two different ones"),
        ([Range("ram", 1, GIB), Range("vram", 1, GIB), Range("disk", 1, GIB)], "two different ones"),
    ):
        with pytest.raises(InputError, match=words):
            whatif(WANTED, where, knowledge, ranges)
