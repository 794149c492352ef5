"""From an answer to files and commands: `emit` makes them, `write` alone puts them into a folder."""

from rigfit.emit.assembly import emit
from rigfit.emit.writing import write

__all__ = ["emit", "write"]
