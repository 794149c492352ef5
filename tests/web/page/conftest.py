"""One server and one browser for all tests of the page."""

from __future__ import annotations

import shutil

import pytest
from pages import OPTIONS, served, visit

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def base():
    if _CHROMIUM is None:
        pytest.skip("no Chromium here")
    with served() as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser():
    if _CHROMIUM is None:
        pytest.skip("no Chromium here")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=_CHROMIUM, args=list(OPTIONS))
        yield started
        started.close()


@pytest.fixture
def visitor(browser, base):
    """A page that is checked, in the end, for errors and for requests to elsewhere."""
    with visit(browser, base) as seen:
        yield seen
        seen.quiet()
