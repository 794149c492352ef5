"""What is wrong with an entry, where, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One line of `rigfit catalog validate`."""

    where: str
    entry: str
    field: str
    text: str
    """What is wrong, and the fix."""

    def __str__(self) -> str:
        return f"{self.where}: {self.entry}: {self.field}: {self.text}"

    @property
    def order(self) -> tuple[str, int, str, str]:
        """By file, then by line."""
        file, _, line = self.where.rpartition(":")
        return file, int(line) if line.isdigit() else 0, self.entry, self.field
