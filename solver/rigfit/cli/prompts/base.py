"""What a prompt is, and which kind of prompter a terminal can have."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TextIO

_SYMBOLS = "»●○·█░"
_INSTEAD = {
    "·": "-",
    "█": "#",
    "░": ".",
    "»": ">",
    "●": "*",
    "○": "o",
    "–": "-",
    "’": "'",
    "é": "e",
    "²": "2",
    "Σ": "S",
}


class Back(Exception):  # noqa: N818 - a wish, not an error
    """The person wants to go back to the question before."""


@dataclass(frozen=True)
class Option:
    """One option: its value, its name, and what else there is to say."""

    value: str
    label: str
    more: str = ""
    note: str = ""
    """What it would give here."""


@dataclass(frozen=True)
class Prompt:
    """One thing that is asked."""

    question: str
    help: str = ""
    back: bool = False
    """There is a question before it."""


class Prompter(Protocol):
    """Asks. Ctrl-C and the end of the input raise KeyboardInterrupt."""

    def say(self, text: str = "") -> None:
        """Print a line."""

    def one(self, prompt: Prompt, options: tuple[Option, ...], default: str) -> str:
        """One of the options.

        Raises:
            Back: where the person wants that, and the prompt allows it.
        """

    def many(
        self, prompt: Prompt, options: tuple[Option, ...], default: tuple[str, ...], least: int
    ) -> tuple[str, ...]:
        """Any number of the options, at least `least`."""

    def text(self, prompt: Prompt, now: str, wrong: Callable[[str], str | None]) -> str:
        """What is typed; empty for what is `now`. `wrong` says what is wrong with it."""


def prompter(out: TextIO, *, plain: bool) -> Prompter:
    """Arrow keys where the terminal can have them and its user wants them, else numbered lines from standard input."""
    terminal = sys.stdin.isatty() and out.isatty() and os.environ.get("TERM") != "dumb"
    if not plain and terminal and can_show(out, _SYMBOLS):
        from rigfit.cli.prompts.arrows import Arrows

        return Arrows(out)
    from rigfit.cli.prompts.plain import Plain

    return Plain(sys.stdin, out)


def can_show(out: TextIO, text: str) -> bool:
    """The stream's encoding has all the characters."""
    try:
        text.encode(out.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show_something(out: TextIO) -> None:
    """Have a stream without Unicode print the nearest it has, in place of failing."""
    codecs.register_error("rigfit.nearest", _nearest)
    if not can_show(out, _SYMBOLS) and hasattr(out, "reconfigure"):
        out.reconfigure(errors="rigfit.nearest")


def _nearest(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    missing = problem.object[problem.start : problem.end]
    return "".join(_INSTEAD.get(character, "?") for character in missing), problem.end
