"""Console transcripts in Markdown: a page's commands are run in order, and what they print is held against the page.

A block that is fenced as ```console holds commands (lines that begin with "$ ", continued by a backslash at the end)
and below each what it prints, both streams. A page's commands run in one folder of their own, so that one can use
what another wrote. A block whose fence names a file after its language, like ```yaml my-request.yaml, is that file.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^```\w+ (?P<name>[\w.-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# What changes with every entry of the catalog or rules, and says nothing to a reader.
_DIGESTS = re.compile(r"\b[0-9a-f]{16}\b")


@dataclass(frozen=True)
class Command:
    line: str
    """As it is typed, continuation lines included."""
    printed: str


def commands(page: str) -> list[Command]:
    """Every command of a page, with what the page says that it prints."""
    return [command for block in _BLOCK.finditer(page) for command in _of_block(block.group(1))]


def write_files(page: str, folder: Path) -> None:
    """Put the files that a page shows into a folder."""
    for file in _FILE.finditer(page):
        (folder / file["name"]).write_text(file["text"], encoding="utf-8")


def _of_block(text: str) -> Iterator[Command]:
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"not a command: {lines[at]!r}"
        typed = [lines[at][2:]]
        while typed[-1].endswith("\\"):
            at += 1
            typed.append(lines[at])
        at += 1
        start = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        yield Command("\n".join(typed), "\n".join(lines[start:at]))


def run(line: str, folder: Path) -> str:
    """What a command prints when it is typed in a folder: as when piped, and of no particular width or machine."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return "\n".join(text.rstrip() for text in done.stdout.rstrip("\n").splitlines())


def masked(text: str) -> str:
    """A text without the digests in it."""
    return _DIGESTS.sub("................", text)


def renewed(page: str, folder: Path) -> str:
    """The page with what its commands print now; digests stay as they are where nothing else has changed."""

    def block(found: re.Match[str]) -> str:
        shown = []
        for command in _of_block(found.group(1)):
            now = run(command.line, folder)
            kept = command.printed if masked(command.printed) == masked(now) else now
            shown += [f"$ {command.line}", *([kept] if kept else [])]
        return "```console\n" + "\n".join(shown) + "\n```"

    return _BLOCK.sub(block, page)
