"""One console for all text: at most 100 columns, plain when piped."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

WIDTH = 100


def console() -> Console:
    """A console on stdout; without a terminal there are no colours and no control codes."""
    probe = Console(file=sys.stdout, emoji=False, highlight=False)
    width = min(WIDTH, probe.width) if probe.is_terminal else WIDTH
    return Console(file=sys.stdout, emoji=False, highlight=False, width=max(60, width), soft_wrap=False)


@contextmanager
def page() -> Iterator[Console]:
    """A console whose output comes at once at the end; piped, its lines carry no trailing blanks."""
    out = console()
    if out.is_terminal:
        yield out
        return
    with out.capture() as captured:
        yield out
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def bar(used: int, capacity: int, width: int = 20) -> str:
    """A filled bar of a fixed width; full means full."""
    share = min(1.0, used / capacity) if capacity else 1.0
    filled = round(share * width)
    return "█" * filled + "░" * (width - filled)
