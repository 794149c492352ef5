"""The pictures of the page in this folder, made anew: `python docs/screenshots/make.py`.

It takes the test extra and Chromium. Every picture is a state of the page that an address names, on a simulated
machine, so that it looks alike everywhere.
"""

from __future__ import annotations

import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "helpers"))

from pages import OPTIONS, Visit, served, visit  # noqa: E402

_COLOURS = 128
_CARD = "gpu=rtx-3060-12gb&ram=32GB&disk=200GB&os=windows"
_PHOTO = f"goal=photorealism&{_CARD}"
_NONE = "goal=own&jobs=video_generation&cloud=no&gpu=gtx-1650-4gb&ram=16GB&disk=200GB&os=windows"
_DESKTOP, _PHONE = (1280, 860), (390, 844)


@dataclass(frozen=True)
class Picture:
    """A state of the page, and how it is looked at."""

    name: str
    address: str
    size: tuple[int, int]
    scheme: str
    to: str | None = None
    """What is scrolled to."""


PICTURES = (
    Picture("first-desktop-light", _CARD, _DESKTOP, "light"),
    Picture("first-phone-dark", _CARD, _PHONE, "dark"),
    Picture("answer-desktop-light", _PHOTO, _DESKTOP, "light"),
    Picture("answer-desktop-dark", _PHOTO, _DESKTOP, "dark"),
    Picture("answer-phone-light", _PHOTO, _PHONE, "light", "#answer-title"),
    Picture("machine-phone-dark", _PHOTO, _PHONE, "dark"),
    Picture("nothing-desktop-light", _NONE, _DESKTOP, "light"),
    Picture("nothing-phone-dark", _NONE, _PHONE, "dark", "#answer-title"),
    Picture("what-if-desktop-light", f"{_PHOTO}&show=what-if", _DESKTOP, "light", "#what-if"),
    Picture("what-if-phone-dark", f"{_PHOTO}&show=what-if", _PHONE, "dark", "#what-if"),
    Picture("why-not-desktop-dark", f"{_PHOTO}&show=why-not,cost&model=sd35-large", _DESKTOP, "dark", "#why-not"),
)


def main() -> None:
    """Make all of them, or those that are named."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    wanted = [one for one in PICTURES if not sys.argv[1:] or one.name in sys.argv[1:]]
    with served() as (base, _), sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        for one in wanted:
            options = {"color_scheme": one.scheme, "reduced_motion": "reduce", "device_scale_factor": 1.5}
            width, height = one.size
            with visit(browser, base, viewport={"width": width, "height": height}, **options) as seen:
                page = ready(seen, one)
                write(HERE / f"{one.name}.png", page.screenshot())
                print(one.name)
        browser.close()


def ready(seen: Visit, one: Picture) -> Page:
    """The page as it is to be seen, when nothing changes any more."""
    page = seen.open(one.address)
    if "goal=" in one.address:
        seen.settled()
        page.wait_for_selector(".changes button, .changes span", timeout=120_000)
    else:
        page.wait_for_selector(".preset-verdict")
        page.wait_for_selector(".preset-verdict.pending", state="detached", timeout=120_000)
    if one.to is not None:
        page.evaluate("(to) => document.querySelector(to).scrollIntoView()", one.to)
    page.wait_for_timeout(400)
    return page


def write(path: Path, content: bytes) -> None:
    """A picture with few colours: the page has no photographs."""
    image = Image.open(io.BytesIO(content)).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    image.save(path, optimize=True)


if __name__ == "__main__":
    main()
