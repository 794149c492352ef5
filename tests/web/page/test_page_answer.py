"""The answer on the page: from the first page to what one takes away, and every number as `--json` prints it."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest
from pages import CARD

from rigfit import units

WRITTEN = {
    "memory": units.format_memory,
    "file": units.format_file,
    "time": units.format_milliseconds,
    "usd": units.format_usd,
    "points": lambda amount: f"{amount / 100:.1f}",
    "share": lambda amount: f"{amount / 10:.0f} %",
    "count": lambda amount: f"{amount:,}",
    "tokens": lambda amount: f"{amount / 1000:.{int(amount < 10_000)}f}",
}
SMALL = f"goal=own&jobs=upscaling&cloud=no&{CARD}"


def solved(knowledge, content: dict[str, Any]) -> dict[str, Any]:
    """What `rigfit solve FILE --json` prints for a request file."""
    from rigfit.machine import simulate
    from rigfit.schema.request import Request
    from rigfit.solve import solve

    request = Request.model_validate(content)
    assert request.machine is not None
    answer = solve(request, simulate(knowledge, request.machine), knowledge)
    found: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
    return found


def assert_every_number_is_of(page, answer: dict[str, Any], least: int) -> None:
    """Each figure on the page stands in the answer where it says, and is written as the command line writes it."""
    page.evaluate("() => document.querySelectorAll('#main details').forEach((one) => { one.open = true; })")
    script = "all => all.map((one) => ({ ...one.dataset, value: one.value, text: one.textContent }))"
    figures = page.locator("main data[data-path]").evaluate_all(script)
    assert len(figures) >= least
    for figure in figures:
        assert _at(answer, figure["path"]) == int(figure["value"]), figure
        if "unit" in figure:
            assert figure["text"] == WRITTEN[figure["unit"]](int(figure["value"])), figure


def _at(document: Any, path: str) -> Any:
    """What stands at a path; a key may have a dot of its own ("usable.vram.0")."""
    steps = path.split(".")
    for number, step in enumerate(steps):
        if isinstance(document, dict) and step not in document:
            return document[".".join(steps[number:])]
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def test_from_the_first_page_to_the_answer(visitor, knowledge) -> None:
    """A preset is pressed on the first page of a simulated RTX 3060 12 GB; its answer is that of the command line."""
    page = visitor.open(CARD)
    page.click("#goal-lightweight")
    visitor.answered()
    assert page.evaluate("document.activeElement.id") == "main"
    assert "goal=lightweight" in page.url
    request = visitor.request()
    answer = solved(knowledge, request)
    titles = [task["title"] for task in answer["bundles"][0]["tasks"]]
    assert page.locator("[data-answer]").inner_text() == " + ".join(titles)
    assert_every_number_is_of(page, answer, least=60)


def test_dragging_changes_the_answer_and_the_address(visitor, knowledge) -> None:
    page = visitor.open(SMALL)
    visitor.answered()
    before = page.locator("main .bar-value").first.inner_text(), page.locator("#answer-title").inner_text()
    title = page.query_selector("#answer-title")
    page.locator("#vram").focus()
    page.keyboard.press("Home")
    visitor.answered()
    after = page.locator("main .bar-value").first.inner_text(), page.locator("#answer-title").inner_text()
    assert after != before
    assert title is not None
    assert title.is_visible()  # what is on the page changes in place: nothing flickers, nothing loses the focus
    request = visitor.request()
    assert f"vram={request['machine']['vram'] // units.GIB}GB" in page.url
    answer = solved(knowledge, request)
    assert answer["machine"]["gpus"][0]["vram"] == request["machine"]["vram"] < 3 * units.GIB
    assert_every_number_is_of(page, answer, least=10)


@pytest.mark.slow
def test_the_command_line_prints_the_same(visitor, tmp_path) -> None:
    """On this computer, whatever it is, through the real command line."""
    from invoke import invoke

    page = visitor.open("goal=own&jobs=text_to_speech&cloud=no&disk=100GB&ram=16GB")
    visitor.answered()
    file = tmp_path / "request.json"
    file.write_text(json.dumps(visitor.request()), encoding="utf-8")
    result = invoke("solve", file, "--json")
    assert result.code == 0, result.err
    assert_every_number_is_of(page, json.loads(result.out), least=20)


@pytest.mark.parametrize("machine", [CARD, "ram=16GB&disk=100GB"], ids=["card", "this computer"])
@pytest.mark.slow
def test_what_makes_it_run_is_downloaded(visitor, machine, tmp_path) -> None:
    """From the first page to the artefacts."""
    page = visitor.open(machine)
    page.select_option("#own-job", "text_to_speech")
    visitor.answered()
    with page.expect_download() as download:
        page.click("#download-setup")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert archive.namelist()
