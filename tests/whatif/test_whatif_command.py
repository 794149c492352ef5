"""`rigfit whatif` as a person uses it."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from invoke import assert_refused, invoke

from rigfit.machine.host import RealHost

SWEEP = ("whatif", "--preset", "lightweight", "--gpu", "RTX 4070", "--vary", "vram=2..12GB")


def test_steps_are_listed_from_the_least_amount_up() -> None:
    result = invoke(*SWEEP)
    assert result.code == 0
    assert "VRAM from" in result.out
    assert "← this machine" in result.out
    assert "solves" in result.out
    assert max(map(len, result.out.splitlines())) <= 100
    assert "\x1b" not in result.out


def test_the_json_is_what_the_schema_says() -> None:
    found = json.loads(invoke(*SWEEP, "--json").out)
    jsonschema.validate(found, json.loads(invoke("schema", "whatif").out))
    assert found["schema"] == "rigfit.whatif/1"
    assert found["steps"][0]["low"] == 2 * 2**30
    assert found["steps"][-1]["high"] == 12 * 2**30
    assert found["solves"] >= len(found["steps"]) - 1


def test_a_table_longer_than_a_screen_counts_the_small_steps() -> None:
    long = ("whatif", "--task", "chat", "--gpu", "RTX 4070", "--ram", "64GB", "--vary", "vram=1GB..48GB")
    steps = json.loads(invoke(*long, "--json").out)["steps"]
    assert len(steps) > 20
    shown, everything = (invoke(*long, *more).out for more in ((), ("--all",)))
    rows = [sum(" GB  " in line[:12] for line in text.splitlines()) for text in (shown, everything)]
    folded = int(re.search(r"^(\d+) smaller steps", shown, re.MULTILINE)[1])
    assert rows == [len(steps) - folded, len(steps)]
    assert folded <= sum(step["only_levers"] for step in steps)
    assert "smaller steps" not in everything
    assert "← this machine" in shown


def test_a_map_and_cards() -> None:
    shown = invoke("whatif", "--preset", "lightweight", "--gpu", "RTX 4070", "--vary", "vram=4GB..12GB",
                   "--vary", "ram=8GB..32GB", "--gpu-list", "rtx-4090, gtx-1660").out  # fmt: skip
    assert "VRAM \\ RAM" in shown
    assert "GeForce RTX 4090" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_nothing_anywhere_is_exit_code_one() -> None:
    result = invoke("whatif", "--preset", "video", "--gpu", "gtx-1660", "--vary", "vram=1GB..2GB")
    assert result.code == 1
    assert "no bundle fits" in result.out


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ((), ("nothing varies", "--vary vram=4GB..48GB")),
        (("--vary", "vram"), ("'vram' is not a range",)),
        (("--vary", "vran=1GB..2GB"), ("unknown resource 'vran'", "nearest: vram")),
        (("--vary", "vram=4GB..lots"), ("lots",)),
        (("--vary", "vram=8..4GB"), ("8.0 GB is more than 4.0 GB",)),
        (("--vary", "ram=1GB..2GB", "--vary", "ram=1GB..4GB"), ("two different ones",)),
        (("--gpu-list", "RTX 4060,none"), ("'none' is no card",)),
        (("--gpu-list", "RTX 4071"), ("unknown gpu 'RTX 4071'", "nearest")),
    ],
)
def test_mistakes_are_one_line(options: tuple[str, ...], parts: tuple[str, ...]) -> None:
    assert_refused(invoke("whatif", "--preset", "lightweight", "--gpu", "RTX 4070", *options), *parts)


def test_unified_memory_and_no_card_say_what_to_vary() -> None:
    vary = ("--vary", "vram=4GB..8GB", "--preset", "lightweight")
    assert_refused(invoke("whatif", "--gpu", "none", *vary), "needs a card")
    assert_refused(invoke("whatif", "--gpu", "apple-m3-max-64gb", *vary), "use --vary ram")


class _TouchedError(BaseException):
    """Not an Exception: nothing may swallow it."""


def _raises(*_: object, **__: object) -> None:
    raise _TouchedError


def _lies(*_: object, **__: object) -> object:
    return 2**62


@pytest.mark.parametrize(
    ("command", "hostile"),
    [
        (("solve",), _raises),
        (("whatif", "--vary", "vram=4GB..12GB"), _lies),
        (("whatif", "--gpu-list", "rtx-4090"), _raises),
    ],
)
def test_a_simulated_machine_takes_nothing_from_the_host(
    command: tuple[str, ...], hostile: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*command, "--task", "text_to_speech", "--gpu", "RTX 4070", "--json")
    expected = invoke(*arguments)
    assert expected.code == 0
    for name in ("read", "names", "resolve", "run", "module", "platform", "disk_free", "block_device"):
        monkeypatch.setattr(RealHost, name, hostile)
    for module in ("psutil.virtual_memory", "psutil.cpu_count", "psutil.disk_usage", "shutil.disk_usage"):
        monkeypatch.setattr(module, hostile)
    monkeypatch.setattr("rigfit.machine.detection.detect", hostile)
    assert invoke(*arguments) == expected
