"""YAML as people write it by hand, read strictly: line numbers kept, duplicate keys and aliases refused.

PyYAML's own constructor loses line numbers, lets a repeated key overwrite the first, expands aliases
(the "alias bomb") and reads `no` and `1e9` in surprising ways. Its C parser is kept; the tree is built here from
events.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from rigfit.errors import InputError, RigfitError
from rigfit.knowledge.document import Document, Path_

MAX_FILE_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 40

_INT = re.compile(r"^[+-]?[0-9][0-9_]*$")
_FLOAT = re.compile(r"^[+-]?(?:[0-9][0-9_]*\.[0-9]*|\.[0-9]+|[0-9][0-9_]*)(?:[eE][+-]?[0-9]{1,3})?$")
_WORDS: Final[dict[str, Any]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style or event.tag or not event.implicit[0]:  # quoted, a block or marked as text: always text
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.match(text):
        return int(text.replace("_", ""))
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    return text


class _Builder:
    def __init__(self, name: str, events: Iterator[Any]) -> None:
        self.name = name
        self.events = events
        self.lines: dict[Path_, int] = {}

    def fail(self, message: str, event: Any) -> InputError:
        return InputError(message, where=f"{self.name}:{event.start_mark.line + 1}")

    def check(self, event: Any) -> None:
        """Refuse what makes one place mean another."""
        if isinstance(event, yaml.AliasEvent):
            raise self.fail(f"aliases (*{event.anchor}) are not read; write the value out", event)
        if getattr(event, "anchor", None):
            raise self.fail(f"anchors (&{event.anchor}) are not read; write the value out", event)
        tag = getattr(event, "tag", None)
        if tag and tag not in ("!", "tag:yaml.org,2002:str"):
            raise self.fail(f"tags ({tag}) are not read", event)

    def value(self, event: Any, path: Path_) -> Any:
        self.check(event)
        if len(path) > MAX_DEPTH:
            raise self.fail(f"nested deeper than {MAX_DEPTH} levels", event)
        self.lines[path] = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            try:
                return _scalar(event)
            except ValueError:  # Python reads integers of at most 4300 digits
                raise self.fail(f"a number of {len(event.value)} digits is too long", event) from None
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                items.append(self.value(item, (*path, len(items))))
            return items
        mapping: dict[str, Any] = {}
        while not isinstance(key := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self.fail("a key must be a plain word", key)
            self.check(key)
            if key.value in mapping:
                first = self.lines[(*path, key.value)]
                raise self.fail(f"{key.value!r} stands here twice (first on line {first})", key)
            start: Any = key.start_mark
            mapping[key.value] = self.value(next(self.events), (*path, key.value))
            self.lines[(*path, key.value)] = start.line + 1
        return mapping


def parse(text: str, name: str) -> Document:
    """Parse one YAML document.

    Raises:
        InputError: when it is not YAML, has duplicate keys, anchors, aliases, tags, or nests too deep; with the line.
    """
    builder = _Builder(name, yaml.parse(text, Loader=_Loader))
    data: Any = None
    try:
        for event in builder.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if builder.lines:
                    raise builder.fail("a second document; one file holds one", event)
                data = builder.value(next(builder.events), ())
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise InputError(f"not valid YAML: {error.problem or error.context}", where=f"{name}:{line}") from None
    except yaml.YAMLError as error:  # a character that YAML forbids; the C parser counts its place in bytes
        reason = str(error).splitlines()[0]
        place = getattr(error, "position", None)
        before = text.encode()[:place] if _Loader is not yaml.SafeLoader else text[:place].encode()
        line = before.count(b"\n") + 1 if isinstance(place, int) else 1
        raise InputError(f"not valid YAML: {reason}", where=f"{name}:{line}") from None
    return Document(name, data, builder.lines)


def read_text(path: Path, error: type[RigfitError] = InputError) -> str:
    """Read a text file a person named.

    Raises:
        InputError (or the given kind): missing, a directory, unreadable, larger than 8 MiB, or not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise error("no such file", where=str(path)) from None
    except IsADirectoryError:
        raise error("is a directory; a file is needed", where=str(path)) from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise error(f"cannot be read: {reason}", where=str(path)) from None
    if len(raw) > MAX_FILE_BYTES:
        raise error(f"larger than {MAX_FILE_BYTES // 2**20} MiB", where=str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise error("not UTF-8 text", where=f"{path}:{line}") from None


def read(path: Path, shown: str | None = None) -> Document:
    """Read and parse one YAML file.

    Raises:
        InputError: as `read_text` and `parse` do, and for an empty file.
    """
    document = parse(read_text(path), shown or str(path))
    if document.data is None:
        raise InputError("the file is empty", where=str(path))
    return document
