"""A page in headless Chromium: what it holds in the end, what it says on the console, what it asks the network for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), None)
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--no-first-run", "--enable-logging=stderr", "--dump-dom",
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    dom: str
    console: list[str]
    requests: list[str]
    """Addresses that the page asked for, apart from itself."""


def open_page(page: Path, folder: Path) -> Opened:
    """Open a file as a browser does."""
    assert CHROMIUM is not None
    log = folder / f"{page.stem}.net.json"
    command = [CHROMIUM, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    # The browser asks for things of its own; what a page asks for has the page as its initiator.
    asked = [
        event["params"]["url"]
        for event in json.loads(log.read_text(encoding="utf-8"))["events"]
        if event.get("params", {}).get("url") and event["params"].get("initiator") not in (None, "not an origin")
    ]
    return Opened(done.stdout, re.findall(r":CONSOLE:\d+\] (.*)", done.stderr), asked)
