"""What goes between the server and its worker processes: frames with a length before them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, ready to be sent."""

    status: int
    body: bytes
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    value: Any = None
    """For the server itself, in place of a body."""


def write(stream: BinaryIO, content: bytes) -> None:
    """Write a frame."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def read(stream: BinaryIO) -> bytes | None:
    """Read a frame; None at the end."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = stream.read(length)
    return content if len(content) == length else None
