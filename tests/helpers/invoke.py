"""Run the command line in this process, as a person would from a shell."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from typing import Any

from rigfit.cli import main


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


def invoke(*arguments: Any) -> Result:
    """Run `rigfit ARGUMENTS`; an exception that leaves `main` would be a traceback, so it is let through."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        else:  # pragma: no cover - main always exits
            raise AssertionError("main returned without an exit code")
    return Result(code, out.getvalue(), err.getvalue())


def assert_refused(result: Result, *parts: str) -> None:
    """Exit code 2, one clear line on stderr that holds `parts`, nothing on stdout."""
    assert result.code == 2, result
    assert result.out == "", result
    assert result.err.startswith("error: "), result
    assert len(result.err.splitlines()) == 1, result
    assert result.err.endswith("\n"), result
    assert "Traceback" not in result.err
    for part in parts:
        assert part in result.err, f"{part!r} is not in {result.err!r}"
