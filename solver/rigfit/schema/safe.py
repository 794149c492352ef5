"""Names of the catalog that end up in paths, addresses and commands: what could lead elsewhere is refused here."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

MAX_PATH = 240
# What Windows keeps for devices, in any folder and with any ending.
_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")


def path_problem(path: str) -> str | None:
    """Why a path of a file could leave its folder or exists on no other system; None where it is plain.

    A plain path is relative, of forward slashes, of names that Linux, Windows and macOS all know.
    """
    if not path or len(path) > MAX_PATH:
        return f"a path has 1 to {MAX_PATH} characters"
    if (found := _FORBIDDEN.search(path)) is not None:
        return f"{found.group()!r} cannot stand in a path"
    if path.startswith("/"):
        return "an absolute path"
    for name in path.split("/"):
        if name in ("", ".", ".."):
            return f"{name!r} cannot be a part of a path"
        if name != name.strip() or name.endswith("."):
            return f"the name {name!r} begins or ends with a blank, or ends with a dot"
        if _DEVICES.match(name):
            return f"Windows keeps the name {name!r} for a device"
        if name.startswith("-"):
            return f"the name {name!r} would be read as an option"
    return None


def _plain_path(value: str) -> str:
    problem = path_problem(value)
    if problem is not None:
        raise ValueError(f"{value!r} is no plain relative path: {problem}")
    return value


PlainPath = Annotated[str, AfterValidator(_plain_path)]
"""A relative path that cannot leave its folder, on any system."""

Address = Annotated[
    str,
    StringConstraints(pattern=r"^https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/%+@=&?#,()-]*)?$", max_length=300),
]
"""A web address without anything that a shell or an HTML page would take for its own."""

Repository = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*"
        r"|https://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9._~/%+@=&?#,()-]*)?)$",
        max_length=300,
    ),
]
"""A Hugging Face repository "owner/name", or an address."""

Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$", max_length=400)]
"""Text of one line."""
