"""On the shipped catalog: what a session gives from its boxes is what solving afresh gives, bundle for bundle."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from requests_and_machines import machine, request

from rigfit.candidates.compiler import capacities, option_key, prepare
from rigfit.knowledge import Knowledge
from rigfit.machine.capacity import usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.solve import build_bundles, solve
from rigfit.units import GIB, MIB
from rigfit.whatif.classes import point, with_amount
from rigfit.whatif.session import Session

IMAGE = {"task": "image_generation"}
SMALL = {"image_generation": ["sd15", "sdxl"], "image_editing": ["sd15", "sdxl"]}
CARDS = ("rtx-3060-12gb", "rtx-4090", "gtx-1660", "rx-7900-xtx", "apple-m3-max-64gb", "none", "arc-a770-16gb")


def requests(knowledge: Knowledge) -> dict[str, Request]:
    presets = {preset.id: preset.request for preset in knowledge.catalog.presets}
    return {
        **presets,
        "fast": request(IMAGE, prefer="speed"),
        # Over all models of two large tasks a slack of 15 % leaves the engine seconds of work at every point.
        "small": request({**IMAGE, "models": ["sd15", "sdxl"]}, "upscaling", prefer="small"),
        "quality": request(IMAGE, prefer="quality"),
        "together": request({**IMAGE, "together": "a"}, {"task": "upscaling", "together": "a"}),
        "make and edit": request(*({"task": task, "models": models} for task, models in SMALL.items())),
        "little room": request(IMAGE, max_disk="12 GB"),
    }


def variations(base: Machine, knowledge: Knowledge, count: int, seed: int) -> list[Machine]:
    """Machines of one class: odd amounts, sold sizes, screens on and off, memory that others hold."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        ram = rng.choice((8, 12, 16, 32, 64, 128)) * GIB if rng.random() < 0.5 else rng.randint(4 * 1024, 2**17) * MIB
        one = with_amount(base, knowledge, "ram", ram)
        one = with_amount(one, knowledge, "disk", rng.choice((5, 20, 60, 200, 1000)) * 10**9 + rng.randint(0, 10**9))
        if one.gpus and not one.gpus[0].unified:
            vram = (
                rng.choice((4, 6, 8, 12, 16, 24, 48)) * GIB if rng.random() < 0.5 else rng.randint(2**11, 2**16) * MIB
            )
            one = with_amount(one, knowledge, "vram", vram)
            changes = {
                "display": rng.choice((True, False, None)),
                "vram_free": rng.choice((None, one.gpus[0].vram // 2)),
            }
            one = one.model_copy(update={"gpus": (one.gpus[0].model_copy(update=changes),)})
        found.append(one)
    return found


def compare(name: str, card: str, knowledge: Knowledge, count: int, seed: int, every: int = 1) -> tuple[int, int]:
    """Points of one request on one class, each `every`th as whole bundles; returns (points, solves)."""
    wanted = requests(knowledge)[name]
    session = Session(knowledge)
    base = machine(knowledge, card)
    machines = variations(base, knowledge, count, seed)
    answers = session.answers(wanted, base)
    found = answers.resolve([point(usable(one, knowledge)) for one in machines])
    fresh = prepare(wanted, base, knowledge)
    for turn, (one, number) in enumerate(zip(machines, found.tolist(), strict=True)):
        have = usable(one, knowledge)
        compiled = fresh.compile(have)
        bounds = capacities(wanted, have)
        outcome = rank(compiled.problem, bounds, wanted.top)
        assert answers[number].status is outcome.status
        pipelines = tuple(tuple(map(option_key, compiled.candidates(choice))) for choice in outcome.choices)
        assert answers[number].keys == pipelines
        if turn % every == 0:
            expected = build_bundles(replace(compiled, machine=one), bounds, outcome.choices)
            assert list(answers[number].bundles(one, have)) == expected
    return len(machines), session.solves


QUICK = [
    *(("lightweight", card) for card in ("rtx-3060-12gb", "apple-m3-max-64gb")),
    ("make and edit", "rx-7900-xtx"),
]


@pytest.mark.parametrize(("name", "card"), QUICK)
def test_answers_from_boxes_are_the_answers_of_fresh_solves(name: str, card: str, knowledge: Knowledge) -> None:
    points, solves = compare(name, card, knowledge, 20, seed=hash_of(name, card), every=10)
    assert points == 20
    assert solves <= points


def hash_of(*words: str) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate("".join(words)))


@pytest.mark.slow
@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "name",
    ["photorealism", "illustration", "video", "lightweight", "character-consistency", "fast", "small", "quality",
     "together", "make and edit", "little room"],
)  # fmt: skip
def test_many_points_on_the_catalog(name: str, card: str, knowledge: Knowledge) -> None:
    compare(name, card, knowledge, 30, seed=hash_of(card, name), every=3)


def test_a_session_answers_like_solve(knowledge: Knowledge) -> None:
    wanted = request("upscaling", {"task": "image_generation", "models": ["sdxl-base"]})
    session = Session(knowledge)
    first = machine(knowledge, "rtx-4070", ram=32)
    machines = [first, with_amount(first, knowledge, "vram", 6 * GIB), with_amount(first, knowledge, "ram", 12 * GIB)]
    for one in machines:
        expected = solve(wanted, one, knowledge)
        assert session.solve(wanted, one) == expected
        status, bundles = session.bundles(wanted, one)
        assert (status.value, bundles) == (expected.status, expected.bundles)
    asked = session.solves
    session.bundles(wanted, first)
    assert session.solves == asked


def test_a_session_forgets_what_was_not_asked_for_longest(knowledge: Knowledge) -> None:
    session = Session(knowledge, keep=2)
    wanted = request("text_to_speech", "upscaling")
    kept = [session.answers(wanted, machine(knowledge, card)) for card in ("rtx-4070", "rtx-4090", "gtx-1660")]
    assert session.answers(wanted, machine(knowledge, "gtx-1660")) is kept[2]
    assert session.answers(wanted, machine(knowledge, "rtx-4070")) is not kept[0]


def test_a_session_of_cards_shares_and_counts_what_it_let_go(knowledge: Knowledge) -> None:
    asked = request({"task": "upscaling"})
    sharing, plain = Session(knowledge, keep=1), Session(knowledge, keep=9)
    cards = ("rtx-4060", "rtx-4070", "gtx-1660", "rtx-4090")
    for card in cards:
        one = machine(knowledge, card)
        at = point(usable(one, knowledge))
        shared, alone = (
            sharing.answers(asked, one, 1, one_of_many=True).at(at)[0],
            plain.answers(asked, one, 1).at(at)[0],
        )
        assert shared.keys == alone.keys
    assert sharing.solves == plain.solves == len(cards)
    assert sharing.engine_solves == plain.engine_solves == 0


def test_two_cards_have_an_axis_each(knowledge: Knowledge) -> None:
    wanted = request("upscaling", {"task": "image_generation", "models": ["sdxl-base"]}, top=1)
    session = Session(knowledge)
    pair = machine(knowledge, "rtx-4070", "rtx-3060-12gb", ram=32)
    for sizes in ((6, 12), (12, 8)):
        gpus = tuple(g.model_copy(update={"vram": s * GIB}) for g, s in zip(pair.gpus, sizes, strict=True))
        one = pair.model_copy(update={"gpus": gpus})
        assert session.bundles(wanted, one)[1] == solve(wanted, one, knowledge).bundles
