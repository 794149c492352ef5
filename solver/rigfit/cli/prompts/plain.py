"""Numbered lines on any stream: for pipes, dumb terminals, screen readers and everything without arrow keys."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable
from typing import TextIO

from rigfit.cli.prompts.base import Back, Option, Prompt

_MOST, _LEAST = 100, 40


class Plain:
    """Asks with lines and reads lines."""

    def __init__(self, source: TextIO, out: TextIO) -> None:
        """Read from `source`, write to `out`."""
        self._source, self._out = source, out
        columns = shutil.get_terminal_size((_MOST, 24)).columns if out.isatty() else _MOST
        self._width = max(_LEAST, min(_MOST, columns))

    def say(self, text: str = "") -> None:
        """Print a line, wrapped."""
        self._lines(text, "")

    def one(self, prompt: Prompt, options: tuple[Option, ...], default: str) -> str:
        """One of the options by number; an empty line takes the default."""
        self._head(prompt)
        self._list(options)
        usual = next((number for number, option in enumerate(options, 1) if option.value == default), 1)
        while True:
            line = self._read(f"Number [{usual}]", prompt)
            if not line:
                return options[usual - 1].value
            found = _numbers(line, options)
            if found is not None and len(found) == 1:
                return found[0]
            self.say(f"  Type one number from 1 to {len(options)}.")

    def many(
        self, prompt: Prompt, options: tuple[Option, ...], default: tuple[str, ...], least: int
    ) -> tuple[str, ...]:
        """Options by their numbers; an empty line takes the default."""
        self._head(prompt)
        self._list(options)
        usual = ", ".join(str(number) for number, option in enumerate(options, 1) if option.value in default)
        while True:
            line = self._read(f"Numbers with commas, 0 for none [{usual or 0}]", prompt)
            found = default if not line else () if line == "0" else _numbers(line, options)
            if found is not None and len(found) >= least:
                return tuple(found)
            self.say(f"  Type {'at least one of the' if least else 'any'} numbers from 1 to {len(options)}, like 1, 3.")

    def text(self, prompt: Prompt, now: str, wrong: Callable[[str], str | None]) -> str:
        """What is typed; an empty line leaves it as it is."""
        self._head(prompt)
        while True:
            line = self._read(f"[{now}]", prompt)
            problem = wrong(line) if line else None
            if problem is None:
                return line
            self.say(f"  {problem}")

    def _head(self, prompt: Prompt) -> None:
        self.say(prompt.question)
        if prompt.help:
            self._lines(prompt.help, "  ")

    def _list(self, options: tuple[Option, ...]) -> None:
        for number, option in enumerate(options, 1):
            self._lines(option.label, "      ", f"  {number:2}  ")
            for line in filter(None, (option.more, option.note)):
                self._lines(line, "      ")

    def _read(self, what: str, prompt: Prompt) -> str:
        self._out.write(f"{what}{', b to go back' if prompt.back else ''}: ")
        self._out.flush()
        line = self._source.readline()
        if not self._source.isatty():
            self._out.write(line if line.endswith("\n") else f"{line}\n")  # what was answered belongs to the transcript
        if not line:
            raise KeyboardInterrupt
        if prompt.back and line.strip().casefold() in ("b", "back"):
            raise Back
        return line.strip()

    def _lines(self, text: str, indent: str, first: str | None = None) -> None:
        lines = textwrap.wrap(
            text,
            self._width,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        self._out.write("\n".join(lines) + "\n")


def _numbers(line: str, options: tuple[Option, ...]) -> list[str] | None:
    """The values of numbers in a line; a value may stand for its number. None where one of them is neither."""
    values = [option.value for option in options]
    found = []
    for word in line.replace(",", " ").split():
        if word in values:
            found.append(word)
        elif word.isascii() and word.isdigit() and 1 <= int(word) <= len(options):
            found.append(values[int(word) - 1])
        else:
            return None
    return list(dict.fromkeys(found))
