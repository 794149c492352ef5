"""Arrow keys, with questionary: Enter takes, Esc or the left arrow goes back, Ctrl-C and Ctrl-D stop."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable
from typing import Any, TextIO, cast

import questionary
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.keys import Keys

from rigfit.cli.prompts.base import Back, Option, Prompt

_MOST = 100
_SECONDS_OF_ESCAPE = 0.05  # an arrow key is Escape and more; what follows comes at once, also over a slow line
# Only what every terminal has: bold and the sixteen colours, none of which carries meaning alone.
_STYLE = questionary.Style([("qmark", ""), ("question", "bold"), ("pointer", "bold"), ("highlighted", "bold"),
                            ("selected", ""), ("answer", "bold"), ("instruction", "")])  # fmt: skip


class _BackSentinel:
    """What an application ends with where the person goes back."""


_BACK = _BackSentinel()


class Arrows:
    """Asks on a terminal."""

    def __init__(self, out: TextIO) -> None:
        """Write to `out`, the terminal."""
        self._out = out
        # Nothing here needs to know the row of the cursor, and terminals that cannot tell it would make a warning.
        os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")

    @property
    def _width(self) -> int:
        return max(40, min(_MOST, shutil.get_terminal_size((_MOST, 24)).columns))

    def say(self, text: str = "") -> None:
        """Print a line, wrapped."""
        self._out.write("\n".join(textwrap.wrap(text, self._width, break_on_hyphens=False)) + "\n")
        self._out.flush()

    def one(self, prompt: Prompt, options: tuple[Option, ...], default: str) -> str:
        """One of the options."""
        self._help(prompt)
        question = questionary.select(
            prompt.question,
            choices=[self._choice(option) for option in options],
            default=default if any(option.value == default for option in options) else None,
            instruction=_keys("arrows, Enter", prompt),
            qmark="",
            style=_STYLE,
        )
        return cast(str, _ask(question, prompt))

    def many(
        self, prompt: Prompt, options: tuple[Option, ...], default: tuple[str, ...], least: int
    ) -> tuple[str, ...]:
        """Any number of the options."""
        self._help(prompt)
        question = questionary.checkbox(
            prompt.question,
            choices=[self._choice(option, checked=option.value in default) for option in options],
            validate=lambda taken: True if len(taken) >= least else "Take at least one with the space bar.",
            instruction=_keys("space takes, Enter goes on", prompt),
            qmark="",
            style=_STYLE,
        )
        return tuple(cast(list[str], _ask(question, prompt)))

    def text(self, prompt: Prompt, now: str, wrong: Callable[[str], str | None]) -> str:
        """What is typed; an empty line leaves it as it is."""
        self._help(prompt)
        question = questionary.text(
            prompt.question,
            validate=lambda typed: (wrong(typed.strip()) or True) if typed.strip() else True,
            instruction=" ".join(filter(None, (f"[{now}]", _keys("", prompt)))) + " ",
            qmark="",
            style=_STYLE,
        )
        return cast(str, _ask(question, prompt, typing=True)).strip()

    def _help(self, prompt: Prompt) -> None:
        if prompt.help:
            self.say(prompt.help)

    def _choice(self, option: Option, *, checked: bool = False) -> questionary.Choice:
        """One line for an option; what else there is to say stands below while the pointer is on it."""
        label = f"{option.label}  ({option.note})" if option.note else option.label
        room = self._width - 6
        if len(label) > room:
            label = label[: room - 1] + "…"
        told = "\n  ".join(textwrap.wrap(option.more, self._width - len("  Description: ")))
        return questionary.Choice(label, option.value, checked=checked, description=told or None)


def _keys(how: str, prompt: Prompt) -> str:
    parts = [how] if how else []
    parts += ["Esc: back"] if prompt.back else []
    return f"({', '.join(parts)})" if parts else ""


def _ask(question: questionary.Question, prompt: Prompt, *, typing: bool = False) -> Any:
    bindings = KeyBindings()

    @bindings.add(Keys.ControlD, eager=True)
    def _stop(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    def back(event: KeyPressEvent) -> None:
        event.app.erase_when_done = True
        event.app.exit(result=_BACK)

    if prompt.back:
        bindings.add(Keys.Escape)(back)
        if not typing:  # there it moves the cursor
            bindings.add(Keys.Left, eager=True)(back)
    application = question.application
    application.key_bindings = merge_key_bindings([application.key_bindings or KeyBindings(), bindings])
    application.ttimeoutlen = _SECONDS_OF_ESCAPE
    application.timeoutlen = _SECONDS_OF_ESCAPE
    found = question.unsafe_ask()
    if found is _BACK:
        raise Back
    return found
