"""axe-core over the main states of the page, light and dark."""

from __future__ import annotations

from importlib.resources import files

import pytest
from pages import CARD, visit

STATES = {
    "first page": CARD,
    "answer": f"goal=lightweight&{CARD}",
    "on the processor": "goal=own&jobs=text_to_speech&cloud=no&gpu=none&ram=16GB&disk=100GB&os=linux",
    "nothing fits": "goal=own&jobs=video_generation&cloud=no&gpu=gtx-1650-4gb&ram=16GB&disk=200GB&os=windows",
    "everything open": f"goal=own&jobs=upscaling&{CARD}&show=what-if,why-not,cost,workflow&model=ultrasharp-4x",
}
RUN = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"


def violations(page) -> list[tuple[str, list[str]]]:
    """Serious and critical ones: rule, and where."""
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    pytest.importorskip("axe_playwright_python")
    page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in page.evaluate(RUN)
        if one["impact"] in ("serious", "critical")
    ]


def open_state(seen, address: str) -> None:
    seen.open(address)
    if "goal=" in address:
        seen.settled()
    else:
        seen.page.wait_for_selector(".preset-verdict")
        seen.page.wait_for_selector(".preset-verdict.pending", state="detached", timeout=90_000)


def test_the_first_page_can_be_used_by_everybody(browser, base) -> None:
    with visit(browser, base, bypass_csp=True) as seen:
        seen.open(CARD).wait_for_selector("#goal-lightweight")
        assert violations(seen.page) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_every_state_can_be_used_by_everybody(browser, base, state, scheme) -> None:
    with visit(browser, base, bypass_csp=True, color_scheme=scheme, reduced_motion="reduce") as seen:
        open_state(seen, STATES[state])
        assert violations(seen.page) == []
