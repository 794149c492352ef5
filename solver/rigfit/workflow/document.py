"""A workflow as it was written: its text, what it says, and which of the two formats it has. All of it bounded."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rigfit.errors import InputError

LARGEST = 8 * 2**20
"""Bytes of a workflow; the largest official one has a fiftieth of it."""
_LARGEST_PICTURE = 256 * 2**20
_PNG = b"\x89PNG\r\n\x1a\n"
_KEYS = ("workflow", "prompt")

Format = Literal["ui", "api"]


@dataclass(frozen=True)
class Document:
    """A workflow that was read."""

    name: str
    text: str
    content: dict[str, Any]
    format: Format
    picture: bool = False
    """It was taken out of a PNG."""


def load(path: Path) -> Document:
    """Read a workflow, or a PNG that holds one.

    Raises:
        InputError: for what cannot be read, is too large, is no JSON or no workflow.
    """
    try:
        if path.is_dir():
            raise InputError("is a folder", where=str(path))
        with path.open("rb") as file:
            if file.read(len(_PNG)) == _PNG:
                return parse(_from_picture(path), str(path), picture=True)
            file.seek(0)
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputError(f"cannot be read: {reason}", where=str(path)) from None
    if len(raw) > LARGEST:
        raise InputError(f"is larger than {LARGEST // 2**20} MiB: no workflow", where=str(path))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is no text: not a workflow", where=str(path)) from None
    return parse(text, str(path))


def parse(text: str, name: str = "workflow", *, picture: bool = False) -> Document:
    """A workflow from its text.

    Raises:
        InputError: for what is no JSON or no workflow.
    """
    if len(text) > LARGEST:
        raise InputError(f"is larger than {LARGEST // 2**20} MiB: no workflow", where=name)
    try:
        content = json.loads(text)
    except RecursionError:
        raise InputError("is nested too deeply for a workflow", where=name) from None
    except json.JSONDecodeError as problem:
        cut = problem.pos >= len(text.rstrip()) - 1
        what = "breaks off: not all of it is there" if cut and text.strip() else f"is no JSON: {problem}"
        raise InputError(what, where=name) from None
    except ValueError as problem:
        raise InputError(f"is no JSON: {str(problem)[:80]}", where=name) from None
    return Document(name, text, content, _format(content, name), picture)


def _format(content: Any, name: str) -> Format:
    if isinstance(content, dict):
        if isinstance(content.get("nodes"), list):
            return "ui"
        if content and all(isinstance(n, dict) and isinstance(n.get("class_type"), str) for n in content.values()):
            return "api"
        if isinstance(content.get("prompt"), dict):
            raise InputError("holds a workflow below `prompt`: give that part alone", where=name)
    raise InputError("is no ComfyUI workflow: neither `nodes` nor nodes with a `class_type`", where=name)


def _from_picture(path: Path) -> str:
    """The workflow that ComfyUI wrote into a PNG; the one for the editor before the one for the API."""
    found: dict[str, str] = {}
    if path.stat().st_size > _LARGEST_PICTURE:
        raise InputError("is too large for a picture with a workflow", where=str(path))
    for key, text in _texts(path.read_bytes()):
        found.setdefault(key, text)
    for key in _KEYS:
        if key in found:
            return found[key]
    raise InputError("the picture holds no workflow", where=str(path))


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Keyword and text of the text chunks of a PNG."""
    place = len(_PNG)
    while place + 12 <= len(data):
        length = struct.unpack(">I", data[place : place + 4])[0]
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length
        key, _, rest = body.partition(b"\0")
        if kind == b"tEXt":
            yield key.decode("latin-1"), rest[: LARGEST + 1].decode("utf-8", "replace")
        elif kind == b"zTXt":
            yield key.decode("latin-1"), _inflated(rest[1:])
        elif kind == b"iTXt" and len(rest) > 2:
            packed = rest[0] == 1
            text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
            yield key.decode("latin-1"), _inflated(text) if packed else text.decode("utf-8", "replace")


def _inflated(data: bytes) -> str:
    try:
        return zlib.decompressobj().decompress(data, LARGEST + 1).decode("utf-8", "replace")
    except zlib.error:
        return ""
