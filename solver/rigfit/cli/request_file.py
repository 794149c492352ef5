"""Writing a request as a file that a person reads and edits, and the commands that go on from it."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rigfit import units
from rigfit.errors import InputError
from rigfit.schema.request import Request


def request_yaml(request: Request) -> str:
    """A request as YAML; reading it gives the same request."""
    import yaml

    content: dict[str, Any] = request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for field, unit in (("vram", units.GIB), ("ram", units.GIB), ("disk", units.GB)):
        amount = content.get("machine", {}).get(field)
        if amount is not None and amount % unit == 0:
            content["machine"][field] = f"{amount // unit} GB"
    content = {"schema": "rigfit.request/1", **content}
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def free_name(path: Path) -> Path:
    """The path, or the first of its numbered neighbours that does not exist: "request-2.yaml"."""
    number, found = 2, path
    while os.path.lexists(found):
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return found


def write(path: Path, text: str, *, over: bool) -> None:
    """Write a file; `over` replaces one that exists.

    Raises:
        InputError: naming the file, where it cannot be written or exists.
    """
    try:
        with path.open("w" if over else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InputError("exists already; --force replaces it", where=str(path)) from None
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=str(path)) from None


def command_line(words: Sequence[str]) -> str:
    """A command as one types it into a shell of this system."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
