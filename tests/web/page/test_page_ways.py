"""Ways through the page: by keyboard, back and forth, on a phone, with a server that goes away."""

from __future__ import annotations

import json

import pytest
from pages import CARD, served, visit

UPSCALING = f"goal=own&jobs=upscaling&cloud=no&{CARD}"
NOTHING = "goal=own&jobs=video_generation&cloud=no&licence=commercial&gpu=gtx-1650-4gb&ram=16GB&disk=200GB&os=windows"
UNFOLDED = f"{UPSCALING}&show=what-if,why-not,cost&model=ultrasharp-4x"


@pytest.mark.slow
def test_what_is_chosen_can_be_shared_and_undone(visitor, browser, base) -> None:
    page = visitor.open(UPSCALING)
    visitor.answered()
    page.get_by_role("radio", name="Small").check()
    page.wait_for_url("**preference=small**")
    visitor.answered()
    chosen = page.url
    small = page.locator("#answer-title").inner_text()
    with visit(browser, base) as other:  # whoever is sent the address sees the same
        other.open(chosen.partition("#")[2])
        other.answered()
        assert other.page.locator("#answer-title").inner_text() == small
        assert other.page.get_by_role("radio", name="Small").is_checked()
    page.go_back()
    visitor.answered()
    assert page.get_by_role("radio", name="Balanced").is_checked()
    page.go_forward()
    visitor.answered()
    assert page.url == chosen
    assert page.get_by_role("radio", name="Small").is_checked()


def test_a_wrong_address_is_said_and_can_be_left(visitor) -> None:
    page = visitor.open("goal=own&jobs=upscaling&gpu=voodoo-2")
    assert "voodoo-2" in page.get_by_role("alert").inner_text()
    page.get_by_role("button", name="Back to this computer").click()
    page.wait_for_selector("#gpu")
    visitor.said.clear()  # the browser notes every refusal on the console


@pytest.mark.slow
def test_nothing_fits_and_each_way_out_can_be_pressed(visitor) -> None:
    page = visitor.open(NOTHING)
    visitor.answered()
    assert page.locator("[data-nothing]").inner_text() == "Nothing fits"
    for block in ("[data-give-ups]", "[data-least]"):
        ways = page.locator(f"{block} .way:not(:disabled)")
        assert ways.count() >= 1
        ways.first.click()
        visitor.answered()
        assert page.locator("[data-answer]").count() == 1, block
        page.go_back()
        visitor.answered()
        assert page.locator("[data-nothing]").count() == 1


@pytest.mark.slow
def test_the_keyboard_alone_is_enough(visitor) -> None:
    """From the first page over a preset, another card and a question to what one takes away, with no pointer."""
    page = visitor.open(CARD)
    page.wait_for_selector("#goal-lightweight")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    _tab_to(page, "#goal-lightweight")
    page.keyboard.press("Enter")
    visitor.answered()
    _tab_to(page, "#gpu", back=True)
    page.keyboard.press("Control+A")
    page.keyboard.type("4070 super")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**gpu=rtx-4070-super**")
    visitor.answered()
    _tab_to(page, "#vram")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**vram=**")
    visitor.answered()
    _tab_to(page, "[name=preference]")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**preference=**")
    visitor.answered()
    _tab_to(page, "#download-request")
    with page.expect_download():
        page.keyboard.press("Enter")


def _tab_to(page, selector: str, *, back: bool = False) -> None:
    """Press Tab until it is there; whatever has the focus on the way must be visible."""
    for _ in range(80):
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} is not reached")


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 768, 1600])
@pytest.mark.parametrize("address", ["", UPSCALING, NOTHING, UNFOLDED])
def test_nothing_is_wider_than_the_screen(browser, base, width, address) -> None:
    with visit(browser, base, viewport={"width": width, "height": 800}) as seen:
        page = seen.open(address)
        if address:
            seen.settled()
        else:
            page.wait_for_selector(".preset")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        seen.quiet()


@pytest.mark.slow
def test_a_server_that_goes_away_and_comes_back(browser) -> None:
    with served() as (base, server), visit(browser, base) as seen:
        page = seen.open(UPSCALING)
        seen.answered()
        port = int(base.rpartition(":")[2])
        server.terminate()
        server.wait(20)
        page.get_by_role("radio", name="Small").check()
        page.wait_for_selector(".problem[data-kind=offline]")
        assert page.locator("#answer-title").is_visible()  # what was known stays
        with served(port):
            page.wait_for_selector(".problem", state="detached", timeout=60_000)
            seen.answered()
            assert page.get_by_role("radio", name="Small").is_checked()


def _sweeps_vram(response) -> bool:
    return response.url.endswith("/v1/whatif") and response.request.post_data_json["vary"][0]["resource"] == "vram"


@pytest.mark.slow
def test_why_not_what_if_and_cost_say_what_the_server_says(visitor) -> None:
    page = visitor.open(UNFOLDED)
    with (
        page.expect_response(_sweeps_vram) as swept,
        page.expect_response("**/v1/why-not") as judged,
        page.expect_response("**/v1/cost") as reckoned,
    ):
        page.reload()
    visitor.settled()
    steps = swept.value.json()["steps"]
    assert page.locator(".steps-table tbody tr").count() == len(steps)
    text = judged.value.json()["judgements"][0]["text"]
    shown = page.locator(".judgement-text").first.inner_text()
    assert shown.lower().startswith(text[:20].lower())
    cost = reckoned.value.json()
    script = "all => all.map((one) => [one.dataset.path, one.value])"
    figures = page.locator("#cost data[data-path]").evaluate_all(script)
    assert figures
    for path, value in figures:
        found = cost
        for step in path.split(".")[1:]:
            found = found[int(step)] if isinstance(found, list) else found[step]
        assert found == int(value), path


@pytest.mark.slow
def test_a_workflow_is_checked(visitor) -> None:
    page = visitor.open(f"{UPSCALING}&show=workflow")
    visitor.answered()
    workflow = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}}}
    file = {"name": "mine.json", "mimeType": "application/json", "buffer": json.dumps(workflow).encode()}
    with page.expect_response("**/v1/fix") as judged:
        page.set_input_files("#workflow-file", file)
    report = judged.value.json()["report"]
    page.wait_for_selector(f"[data-runs={str(report['runs']).lower()}]")
    page.set_input_files("#workflow-file", {**file, "name": "no.json", "buffer": b"{"})
    page.wait_for_selector("#workflow .problem")
    visitor.said.clear()  # the browser notes every refusal on the console
