"""The page's own small modules, in the browser: amounts as the command line prints them, the state as an address."""

from __future__ import annotations

import random

import pytest
from pages import visit

from rigfit import units

UNITS = {
    "memory": units.format_memory,
    "file": units.format_file,
    "time": units.format_milliseconds,
    "usd": units.format_usd,
    "points": lambda amount: f"{amount / 100:.1f}",
    "share": lambda amount: f"{amount / 10:.0f} %",
    "count": lambda amount: f"{amount:,}",
}


def _amounts() -> list[int]:
    """Amounts of every size, and those that lie on the border of two ways to round."""
    draw = random.Random(20261127)
    ties = [n * unit for unit in (units.GIB // 20, 50, 500) for n in range(1, 400)]
    cents = [n * 5_000 for n in range(1, 200)]
    return [0, *ties, *cents, *(int(10 ** draw.uniform(0, 14)) for _ in range(1500))]


@pytest.fixture
def plain(browser, base):
    """The origin of the page without the page: only its modules are wanted."""
    with visit(browser, base) as seen:
        seen.page.goto(f"{base}/icon.svg")
        yield seen.page


def test_amounts_read_as_on_the_command_line(plain) -> None:
    amounts = _amounts()
    script = (
        "async ([unit, all]) => { const m = await import('/format.js'); return all.map((n) => m.FORMATS[unit](n)); }"
    )
    for unit, written in UNITS.items():
        shown = plain.evaluate(script, [unit, amounts])
        assert dict(zip(amounts, shown, strict=True)) == {amount: written(amount) for amount in amounts}, unit


def test_a_state_survives_its_address(plain) -> None:
    draw = random.Random(7)
    states = [_state(draw) for _ in range(200)]
    script = (
        "async (all) => { const m = await import('/state.js');"
        " return all.map((one) => m.stateOf('#' + m.addressOf(one))); }"
    )
    assert plain.evaluate(script, states) == states


def _state(draw: random.Random) -> dict[str, object]:
    def some(values: list[str]) -> list[str]:
        return draw.sample(values, draw.randint(1, len(values)))

    machine: dict[str, object] = {}
    if draw.random() < 0.6:
        machine["gpus"] = some(["rtx-3060-12gb", "RTX 4070 & more", "none"])[:2]
        machine["os"] = draw.choice(["linux", "windows"])
    for name in ("vram", "ram"):
        if draw.random() < 0.5:
            machine[name] = draw.choice([12 * units.GIB, 12_801 * units.MIB, draw.randint(1, 10**11)])
    if draw.random() < 0.5:
        machine["disk"] = draw.choice([200 * 10**9, 1_500_000, 7])
    task = {"task": "image_generation", "features": some(["lora", "controlnet:depth"]), "size": {"width": 768}}
    other = {"task": "upscaling", "variants": {"upscaler": "fp32"}, "importance": 2}
    own = {"goal": "own", "jobs": ["chat", "upscaling"]}
    return {
        "answers": draw.choice([{}, own, {"goal": "video", "preference": "speed"}]),
        "machine": machine,
        "tasks": draw.choice([None, [task], [task, other]]),
        "policies": draw.choice([{}, {"max_time": "8280000 ms", "runtimes": ["comfyui"], "experimental": True}]),
        "open": draw.choice([[], ["what-if", "cost"]]),
        "model": draw.choice([None, "sd35-large"]),
    }
