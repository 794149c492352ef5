"""S3: a language model and an image model on one card of 12 GB, and on two cards: together, in turn, by levers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from invoke import invoke
from requests_and_machines import machine, request

from rigfit.explain.verify import verify
from rigfit.knowledge import load_knowledge
from rigfit.schema.answer import Answer, Bundle
from rigfit.solve import solve
from rigfit.units import GIB

KNOWLEDGE = load_knowledge()
SDXL = {"task": "image_generation", "models": ["sdxl-base"], "variants": {"denoiser": "fp16"}}
FLUX_Q8 = {"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "gguf_q8_0"}}
LLAMA = {"task": "chat", "models": ["llama-3.1-8b"]}
Q4 = {**LLAMA, "variants": {"llm": "gguf_q4_k_m"}}
Q8 = {**LLAMA, "variants": {"llm": "gguf_q8_0"}}
SMALL = ("rtx-3060-12gb",)
REQUESTS: dict[str, tuple[tuple[dict[str, Any], ...], dict[str, Any]]] = {
    "sdxl and q4 together": ((SDXL, Q4), {"together": "a"}),
    "flux and q8 together": ((FLUX_Q8, Q8), {"together": "a"}),
    "flux and q8 in turn": ((FLUX_Q8, Q8), {}),
    "sdxl and q4 in turn": ((SDXL, Q4), {}),
}


@cache
def answered(name: str, *gpus: str, ram: int = 64) -> Answer:
    tasks, more = REQUESTS[name]
    wanted = request(*({**task, **more} for task in tasks), top=1)
    return solve(wanted, machine(KNOWLEDGE, *gpus, ram=ram), KNOWLEDGE)


def best(name: str, *gpus: str, ram: int = 64) -> Bundle:
    return answered(name, *gpus, ram=ram).bundles[0]


def test_sdxl_and_an_8b_model_at_4_bits_share_12_gb() -> None:
    bundle = best("sdxl and q4 together", *SMALL)
    (card,) = bundle.cards
    assert card.how == "together"
    assert card.used <= card.capacity < 12 * GIB
    assert not card.swaps
    chat = bundle.tasks[1]
    assert chat.gpu == 0
    assert chat.tokens_per_second is not None
    assert chat.tokens_per_second.low > 10_000


def test_flux_and_an_8b_model_at_8_bits_cannot_both_stay_and_the_levers_are_pulled() -> None:
    bundle = best("flux and q8 together", *SMALL)
    flux, chat = bundle.tasks
    # 12.7 and 8.5 GB of weights on a card of 12: the image model streams, and the language model gives way.
    assert flux.placement != "resident"
    assert (chat.placement, chat.cache) != ("resident", "f16")
    assert chat.layers_on_card is not None
    assert chat.layers_on_card < 32
    assert ("-ngl", str(chat.layers_on_card)) == chat.flags[:2]
    assert "--disable-smart-memory" in flux.flags


@pytest.mark.parametrize("gpus", [SMALL, ("rtx-3060-12gb", "rtx-3060-12gb")])
@pytest.mark.parametrize("name", ["sdxl and q4 together", "flux and q8 together"])
def test_what_a_group_takes_adds_up_from_the_answer_alone(name: str, gpus: tuple[str, ...]) -> None:
    told = json.loads(answered(name, *gpus).model_dump_json())
    (bundle,) = told["bundles"]
    for card in bundle["cards"]:
        held = {task["number"]: task["held"] for task in card["tasks"]}
        peaks = [bundle["tasks"][n]["peak_vram"]["high"] + sum(held.values()) - held[n] for n in held]
        assert card["used"] == max(peaks) <= card["capacity"] == told["usable"][f"vram.{card['gpu']}"]
        for number, peak in zip(held, peaks, strict=True):
            (use,) = [limit for limit in bundle["tasks"][number]["limits"] if limit["resource"] == "vram"]
            assert use["used"] == peak
    ram = sum(task["peak_ram"]["high"] for task in bundle["tasks"])
    for task in bundle["tasks"]:
        (use,) = [limit for limit in task["limits"] if limit["resource"] == "ram"]
        assert use["used"] == ram <= told["usable"]["ram"]


def test_in_turn_each_has_the_card_to_itself_and_the_swap_is_told() -> None:
    bundle = best("flux and q8 in turn", *SMALL, ram=64)
    (card,) = bundle.cards
    assert card.how == "in_turn"
    assert [swap.task for swap in card.swaps] == ["image_generation", "chat"]
    for swap, task in zip(card.swaps, bundle.tasks, strict=True):
        assert swap.source == "ram"
        assert swap.from_ram == task.swap_milliseconds
        assert swap.from_disk == task.load_milliseconds
        assert swap.from_ram.expected < swap.from_disk.expected
    chat = card.swaps[1].from_ram
    assert 300 < chat.expected < 2000  # 8.5 GB over PCIe 3.0 or 4.0 x16
    together = best("flux and q8 together", *SMALL, ram=64)
    assert bundle.criteria[0].value <= together.criteria[0].value


@pytest.mark.parametrize(("ram", "source"), [(32, "disk"), (64, "ram")])
def test_ram_decides_where_weights_come_back_from(ram: int, source: str) -> None:
    (card,) = best("flux and q8 in turn", *SMALL, ram=ram).cards
    assert {swap.source for swap in card.swaps} == {source}
    usable = answered("flux and q8 in turn", *SMALL, ram=ram).usable["ram"]
    assert card.ram_to_swap is not None
    assert (card.ram_to_swap <= usable) is (source == "ram")


def test_on_a_large_card_nothing_has_to_be_swapped() -> None:
    (card,) = best("sdxl and q4 in turn", "rtx-4090", ram=64).cards
    assert card.how == "side_by_side"
    assert not card.swaps
    assert card.used <= card.capacity


def test_two_equal_cards_take_a_task_each() -> None:
    for name in ("flux and q8 in turn", "flux and q8 together"):
        bundle = best(name, "rtx-3060-12gb", "rtx-3060-12gb")
        assert [task.gpu for task in bundle.tasks] == [0, 1], name
        assert [card.how for card in bundle.cards] == ["alone", "alone"]
        assert bundle.tasks[1].placement == "resident"


@pytest.mark.parametrize("gpus", [("rtx-4090", "rtx-3060-12gb"), ("rtx-3060-12gb", "rtx-4090")])
def test_of_unequal_cards_the_image_model_gets_the_larger_one(gpus: tuple[str, ...]) -> None:
    large = gpus.index("rtx-4090")
    flux = best("flux and q8 together", *gpus, ram=64).tasks[0]
    assert flux.gpu == large
    one, two = (best("flux and q8 together", *g, ram=64).criteria for g in (("rtx-4090",), gpus))
    assert [c.value for c in two] <= [c.value for c in one]


def test_two_cards_do_not_add_up() -> None:
    task = {"task": "image_generation", "models": ["flux1-dev"], "variants": {"denoiser": "bf16"}}
    one, two = (
        solve(request(task, top=1), machine(KNOWLEDGE, *gpus, ram=64), KNOWLEDGE).bundles[0].tasks[0]
        for gpus in (SMALL, ("rtx-3060-12gb",) * 2)
    )
    assert one.placement == two.placement != "resident"
    assert one.peak_vram == two.peak_vram


def test_the_answer_verifies() -> None:
    for name in ("flux and q8 together", "flux and q8 in turn"):
        report = verify(answered(name, *SMALL), KNOWLEDGE)
        assert not report.findings, name


def test_a_forged_swap_is_noticed() -> None:
    answer = answered("flux and q8 in turn", *SMALL)
    bundle = answer.bundles[0]
    card = bundle.cards[0]
    forged = card.model_copy(update={"swaps": tuple(s.model_copy(update={"source": "disk"}) for s in card.swaps)})
    changed = answer.model_copy(update={"bundles": (bundle.model_copy(update={"cards": (forged,)}),)})
    assert any("cards[0].swaps" in finding.path for finding in verify(changed, KNOWLEDGE).findings)


def test_the_page_says_who_stays_and_what_a_swap_takes(tmp_path) -> None:
    tasks = (json.dumps({**task, "together": "a"}) for task in (FLUX_Q8, Q8))
    lines = ["tasks:", *(f"  - {task}" for task in tasks)]
    (tmp_path / "together.yaml").write_text("\n".join(lines))
    (tmp_path / "turn.yaml").write_text("\n".join(line.replace(', "together": "a"', "") for line in lines))
    options = ("--gpu", "RTX 3060 12GB", "--ram", "64GB")
    told = " ".join(invoke("solve", tmp_path / "together.yaml", *options).out.split())
    assert "together on GeForce RTX 3060 12 GB: image generation keeps" in told
    assert "layers on the card, the others on the processor" in told
    told = " ".join(invoke("solve", tmp_path / "turn.yaml", *options).out.split())
    assert "in turn on GeForce RTX 3060 12 GB, back from RAM before each turn: image generation" in told
