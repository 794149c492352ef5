"""What went wrong, as the API says it: one shape for all of it."""

from __future__ import annotations

from collections.abc import Iterable

from rigfit.schema.api import ErrorBody, ErrorDetail
from rigfit.web.frames import Reply


def failure(status: int, message: str, where: str | None = None, nearest: Iterable[str] = ()) -> Reply:
    """An answer that is no success."""
    detail = ErrorDetail(
        message=_one_line(message),
        where=None if where is None else _one_line(where),
        nearest=tuple(_one_line(name) for name in nearest),
    )
    return Reply(status, ErrorBody(error=detail).model_dump_json().encode())


def misfit(problem: BaseException) -> str:
    """What a person can do where numbers or nesting were beyond what can be reckoned with."""
    if isinstance(problem, MemoryError):
        return "that takes more memory than there is: ask for less at once"
    return "that is beyond what can be reckoned with: ask for smaller sizes"


def _one_line(text: str) -> str:
    """Printable and of bounded length; half characters, which UTF-8 cannot write, become question marks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:2000]).split())
    return line.encode("utf-8", "replace").decode("utf-8")
