"""Reading saved answers: the same for every command that takes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rigfit.errors import InputError

if TYPE_CHECKING:
    from rigfit.schema.answer import Answer


def read_document(path: Path) -> Any:
    """What a JSON file holds; "-" is the standard input.

    Raises:
        InputError: naming the file, when it cannot be read or is no JSON.
    """
    where = "standard input" if str(path) == "-" else str(path)
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=where) from None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", None)
        at = f" (line {line})" if line else ""
        raise InputError(
            f"this is no JSON{at}: give the file that `rigfit solve ... --json` wrote", where=where
        ) from None


def read_answer(path: Path) -> Answer:
    """A saved answer.

    Raises:
        InputError: when the file is no answer of this format.
    """
    from pydantic import ValidationError

    from rigfit.schema.answer import Answer

    document = read_document(path)
    if not isinstance(document, dict) or document.get("schema") != "rigfit.answer/1":
        raise InputError("this is no answer of rigfit: make one with `rigfit solve ... --json`", where=str(path))
    try:
        return Answer.model_validate(document)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{field}: {first['msg'].removeprefix('Value error, ')}", where=str(path)) from None
