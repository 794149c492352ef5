"""The page in headless Chromium over a server of its own: what it shows, what it asks, what it says on the console."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
CARD = "gpu=rtx-3060-12gb&ram=32GB&disk=200GB&os=windows"
"""The machine of most tests, as the address states it."""
ANSWERED_MS = 90_000


@contextmanager
def served(port: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`rigfit serve` and its address; stopped in the end, workers included."""
    command = [sys.executable, "-m", "rigfit", "serve", "--port", str(port), "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None, "the server did not start"
        try:
            yield found.group().rstrip("/"), process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
            process.kill()


@dataclass
class Visit:
    """A page that is open, and what came to light meanwhile."""

    page: Page
    base: str
    said: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and exceptions nobody caught."""
    asked: list[str] = field(default_factory=list)
    """Every address that was requested."""

    def open(self, address: str = "") -> Page:
        """Go to an address of the page: what stands after `#`."""
        self.page.goto(f"{self.base}/#{address}" if address else f"{self.base}/")
        return self.page

    def answered(self) -> Page:
        """Wait for the whole answer to what the page asks now."""
        self.page.wait_for_selector("#live:not(:empty)", state="attached", timeout=ANSWERED_MS)
        return self.page

    def settled(self) -> Page:
        """Wait for the whole answer, and until nothing is being found out any more."""
        self.answered()
        self.page.wait_for_selector(".waiting, [aria-busy=true]", state="detached", timeout=ANSWERED_MS)
        return self.page

    def request(self) -> dict[str, Any]:
        """The request file that the page gives away."""
        import json
        from pathlib import Path

        with self.page.expect_download() as download:
            self.page.click("#download-request")
        content: dict[str, Any] = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
        return content

    def quiet(self) -> None:
        """Nothing was said on the console, and nothing asked of another origin."""
        assert self.said == []
        elsewhere = [url for url in self.asked if not url.startswith((self.base, "blob:", "data:"))]
        assert elsewhere == []


@contextmanager
def visit(browser: Browser, base: str, **options: Any) -> Iterator[Visit]:
    """A page in a context of its own."""
    context = browser.new_context(base_url=base, **{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    page.set_default_timeout(30_000)
    seen = Visit(page, base)
    page.on("console", lambda m: seen.said.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: seen.said.append(str(problem)))
    page.on("request", lambda request: seen.asked.append(request.url))
    try:
        yield seen
    finally:
        context.close()
