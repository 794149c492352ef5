"""How a word is written in each language so that it means itself and nothing else: once for each, used by all."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A path below a folder that a variable of the script names."""

    variable: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.variable}/{self.path}" if self.path else self.variable


Word = str | Place


def line(text: str) -> str:
    """Text on one line, for comments and messages."""
    return _UNPRINTABLE.sub(" ", text).strip()


def sh(word: Word) -> str:
    """A word of a POSIX shell."""
    if isinstance(word, Place):
        return f'"${word.variable}"' + (f"/{shlex.quote(word.path)}" if word.path else "")
    return shlex.quote(word)


def bat(word: Word) -> str:
    """A word of a Windows batch file, always in quotes.

    Raises:
        ValueError: for a quote or a line break, which no batch file can hand to a program safely.
    """
    text = word.path.replace("/", "\\") if isinstance(word, Place) else word
    if '"' in text or _UNPRINTABLE.search(text):
        raise ValueError(f"a batch file cannot hold {text!r}")
    text = text.replace("%", "%%")
    if isinstance(word, Place):
        return f'"%{word.variable}%' + (f"\\{text}" if text else "") + '"'
    return text if re.fullmatch(r"[A-Za-z0-9_./:=+-]+", text) else f'"{text}"'


def ps(word: Word) -> str:
    """A word of PowerShell."""
    if isinstance(word, Place):
        return f"(Join-Path ${word.variable} {ps(word.path)})" if word.path else f"${word.variable}"
    # PowerShell takes the typographic quotes for the plain one.
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", line(word)) + "'"


def python(value: Any) -> str:
    """A literal of Python."""
    return ascii(value) if isinstance(value, str) else repr(value)


def dump_json(content: Mapping[str, Any]) -> str:
    """A JSON document."""
    return json.dumps(content, indent=2) + "\n"


def dump_yaml(content: Mapping[str, Any]) -> str:
    """A YAML document."""
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=False, width=100)


def compose(text: str) -> str:
    """Text of a compose file, in which a dollar begins a variable."""
    return text.replace("$", "$$")


def markdown(text: str) -> str:
    """Text of a Markdown page: markup in it is shown, not followed."""
    return re.sub(r"([\\`*\[\]<>|])", r"\\\1", line(text))
