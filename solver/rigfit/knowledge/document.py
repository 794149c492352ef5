"""A file that a person wrote, as plain values, and where each of them stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: plain Python values, and the line of every one of them."""

    name: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def find(self, value: Any) -> str | None:
        """File and line of the first place that holds a value, or None."""
        waiting: list[tuple[Path_, Any]] = [((), self.data)]
        while waiting:
            path, here = waiting.pop(0)
            if here == value and type(here) is type(value):
                return self.where(path)
            if isinstance(here, dict):
                waiting += [((*path, key), item) for key, item in here.items()]
            elif isinstance(here, list):
                waiting += [((*path, number), item) for number, item in enumerate(here)]
        return None

    def where(self, path: Path_) -> str:
        """File and line of the value at a path, or of its nearest parent that was written."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}"
