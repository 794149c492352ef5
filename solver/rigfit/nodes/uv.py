"""The real resolver, uv, as a subprocess: it confirms a plan, against a Python environment where one is given."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rigfit.errors import InputError
from rigfit.schema.nodes import Confirmation, NodePlan

SECONDS = 120
_LONGEST = 400
_CHANGE = re.compile(r"^ *([-+~]) ([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
_COMPILED = re.compile(r"^([A-Za-z0-9._-]+==\S+)", re.MULTILINE)
# What it says when no versions can hold together, as against a network that is down or a build that fails.
_IMPOSSIBLE = ("No solution found", "unsatisfiable", "conflicting URLs")


@dataclass(frozen=True)
class _Run:
    code: int | None
    """None where it ran out of time."""
    out: str
    err: str


class Resolver:
    """uv on this computer.

    Args:
        python: the interpreter or the folder of the environment to install into; None resolves for this interpreter's
            version and platform, as if nothing were installed.
        seconds: the longest that one question may take.

    Raises:
        InputError: when uv is not installed, or the environment is none.
    """

    def __init__(self, python: Path | None = None, seconds: int = SECONDS) -> None:
        self.uv = _find()
        self.seconds = seconds
        self.python = python
        if python is not None and not python.exists():
            raise InputError(f"{python}: no such interpreter or environment", name=str(python))
        self.name = self._run(["--version"]).out.split("(")[0].strip() or "uv"

    def installed(self) -> dict[str, str] | None:
        """Distribution -> version in the environment; None where none was given.

        Raises:
            InputError: when it is no environment that uv can read.
        """
        if self.python is None:
            return None
        found = self._run(["pip", "list", "--format", "json", "--python", str(self.python)])
        try:
            return {entry["name"].lower(): str(entry["version"]) for entry in json.loads(found.out)}
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{self.python}: uv cannot read this environment: {_short(found.err)}") from None

    def confirm(self, plan: NodePlan, tagged: Iterable[str], installed: Mapping[str, str] | None) -> Confirmation:
        """What uv makes of a plan; nothing is installed.

        Args:
            plan: its requirements under its constraints.
            tagged: distributions whose build must stay.
            installed: see `installed`.
        """
        lines = [merged.requirement for merged in plan.requirements if " @ " not in merged.requirement]
        with tempfile.TemporaryDirectory(prefix="rigfit-uv-") as folder:
            files = {
                "requirements": "\n".join(lines),
                "constraints": "\n".join(plan.constraints),
                # A marker that never holds takes a distribution out, whoever asks for it.
                "overrides": "\n".join(f"{name}; python_version < '0'" for name in plan.excluded),
            }
            paths = {name: Path(folder, f"{name}.txt") for name in files}
            for name, text in files.items():
                paths[name].write_text(text + "\n", encoding="utf-8")
            options = ["--constraints", str(paths["constraints"]), "--overrides", str(paths["overrides"])]
            if installed is None:
                said = self._run(
                    ["pip", "compile", "--no-header", "--no-annotate", *options, str(paths["requirements"])]
                )
            else:
                target = ["--dry-run", "--python", str(self.python)]
                said = self._run(["pip", "install", *target, *options, "--requirements", str(paths["requirements"])])
        return self._confirmation(said, tagged, installed)

    def _confirmation(self, said: _Run, tagged: Iterable[str], installed: Mapping[str, str] | None) -> Confirmation:
        if said.code is None:
            text = f"it did not finish within {self.seconds} s"
            return Confirmation(verdict="undecided", resolver=self.name, text=text)
        if said.code != 0:
            impossible = any(word in said.err for word in _IMPOSSIBLE)
            verdict = "refused" if impossible else "undecided"
            return Confirmation(verdict=verdict, resolver=self.name, text=_short(said.err))
        if installed is None:
            return Confirmation(
                verdict="confirmed", resolver=self.name, resolved=tuple(sorted(_COMPILED.findall(said.out)))
            )
        changes = _CHANGE.findall(said.err)
        new = tuple(sorted(f"{name}=={version}" for sign, name, version in changes if sign == "+"))
        builds = set(tagged)
        gone = {name.lower().replace("_", "-").replace(".", "-") for sign, name, _ in changes if sign == "-"}
        replaced = tuple(sorted(gone & builds))
        return Confirmation(
            verdict="refused" if replaced else "confirmed",
            resolver=self.name,
            resolved=new,
            replaced=replaced,
            text=f"it would replace {', '.join(replaced)}" if replaced else "",
        )

    def _run(self, arguments: list[str]) -> _Run:
        environment = {**os.environ, "UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
        process = subprocess.Popen(
            [self.uv, "--quiet" if arguments == ["--version"] else "--no-progress", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True, errors="replace", env=environment, start_new_session=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            _stop(process)
            return _Run(None, "", "")
        except BaseException:
            _stop(process)
            raise
        return _Run(process.returncode, out, err)


def _stop(process: subprocess.Popen[str]) -> None:
    """End it and whatever it started (builds)."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.communicate()


def _find() -> str:
    beside = Path(sys.executable).parent
    found = shutil.which("uv") or shutil.which("uv", path=str(beside))
    if found is None:
        raise InputError("uv is not installed: pip install uv, or leave --uv out")
    return found


def _short(text: str) -> str:
    """The last thing it said, on one line, without its drawing."""
    plain = " ".join(re.sub(r"[^\x20-\x7e]", " ", text).split())
    start = max(plain.find("Because"), 0) or max(plain.find("error:"), 0)
    plain = plain[start:].removeprefix("error:").strip()
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST].rsplit(" ", 1)[0] + " ..."
