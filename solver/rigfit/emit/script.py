"""Scripts without a language: variables, environment, steps. Written as a shell script, a batch file or PowerShell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rigfit.emit import quoting
from rigfit.emit.quoting import Place, Word

Os = Literal["linux", "windows", "macos"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a person may set before; defaults are code of each language, never of the catalog."""

    name: str
    sh: str
    windows: str
    """Of a batch file; %HERE% is the script's own folder."""
    ps: str


@dataclass(frozen=True, slots=True)
class Script:
    """What a script does, in order."""

    head: tuple[str, ...]
    """Lines of comment; the first names the record."""
    variables: tuple[Variable, ...] = ()
    environment: tuple[tuple[str, Word], ...] = ()
    steps: tuple[tuple[Word, ...], ...] = ()
    after: tuple[str, ...] = field(default=())
    """What it says at the end."""


# Everything that people install lies beside one another by default; a variable says otherwise.
MODELS = Variable(
    "MODELS_DIR", '"$here/../models"', "%HERE%..\\models", "(Join-Path (Split-Path $PSScriptRoot) 'models')"
)
COMFYUI = Variable("COMFYUI_DIR", '"$HOME/ComfyUI"', "%USERPROFILE%\\ComfyUI", "(Join-Path $HOME 'ComfyUI')")
PYTHON = Variable("PYTHON", "python3", "python", "'python'")


def models_variable(depth: int) -> Variable:
    """The folder of models, seen from a script that lies so many folders below the top."""
    if depth == 1:
        return MODELS
    return Variable("MODELS_DIR", '"$here/models"', "%HERE%models", "(Join-Path $PSScriptRoot 'models')")


def sh(script: Script) -> str:
    """A shell script; with DRY_RUN set it prints what it would run."""
    out = ["#!/usr/bin/env bash", *(f"# {quoting.line(text)}" for text in script.head)]
    out += ["# DRY_RUN=1 shows what it would do.", "set -euo pipefail"]
    if any("$here" in variable.sh for variable in script.variables):
        out.append('here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)')
    out += [f"{one.name}=${{{one.name}:-{one.sh}}}" for one in script.variables]
    out += [f"export {name}={quoting.sh(value)}" for name, value in script.environment]
    out.append(SH_RUN)
    out += ["run " + " ".join(quoting.sh(word) for word in step) for step in script.steps]
    out += [f"printf '%s\\n' {quoting.sh(quoting.line(text))}" for text in script.after]
    return "\n".join(out) + "\n"


SH_RUN = """run() {
  if [ -n "${DRY_RUN:-}" ]; then
    printf '+'
    printf ' %q' "$@"
    printf '\\n'
  else
    "$@"
  fi
}"""


def bat(script: Script) -> str:
    """A batch file, to be opened with a double click; its lines end as Windows wants them."""
    out = ["@echo off", *(f"rem {_remark(text)}" for text in script.head)]
    out += ["rem set DRY_RUN=1 shows what it would do.", "setlocal", 'set "HERE=%~dp0"']
    out += [f'if not defined {one.name} set "{one.name}={one.windows}"' for one in script.variables]
    out += [f'set "{name}={_set(value)}"' for name, value in script.environment]
    for step in script.steps:
        words = " ".join(quoting.bat(word) for word in step)
        out += ["if defined DRY_RUN (", f"  echo {words}", ") else (", f"  {words}", "  if errorlevel 1 pause", ")"]
    out += [f"echo {_remark(text)}" for text in script.after]
    return "\r\n".join(out) + "\r\n"


def _remark(text: str) -> str:
    return "".join(" " if char in '^&<>|"()' else char for char in quoting.line(text)).replace("%", "%%")


def _set(value: Word) -> str:
    return quoting.bat(value).strip('"')


def ps1(script: Script) -> str:
    """A PowerShell script."""
    out = [*(f"# {quoting.line(text)}" for text in script.head), "# $env:DRY_RUN = 1 shows what it would do."]
    out += ["$ErrorActionPreference = 'Stop'"]
    for one in script.variables:
        out.append(f"${one.name} = if ($env:{one.name}) {{ $env:{one.name} }} else {{ {one.ps} }}")
    out += [f"$env:{name} = {quoting.ps(value)}" for name, value in script.environment]
    out.append(PS_RUN)
    out += ["Run " + " ".join(quoting.ps(word) for word in step) for step in script.steps]
    out += [f"Write-Output {quoting.ps(text)}" for text in script.after]
    return "\r\n".join("\n".join(out).split("\n")) + "\r\n"


PS_RUN = """function Run {
  $program, $rest = $args
  if ($env:DRY_RUN) { Write-Output ('+ ' + ($args -join ' ')) }
  else {
    & $program @rest
    if ($LASTEXITCODE) { throw "$program ended with $LASTEXITCODE" }
  }
}"""


def written(script: Script, stem: str, system: Os, *, double_click: bool = False) -> tuple[str, str, bool]:
    """(name, text, executable) of a script for a system."""
    if system != "windows":
        return f"{stem}.sh", sh(script), True
    return (f"{stem}.bat", bat(script), False) if double_click else (f"{stem}.ps1", ps1(script), False)


def command(path: str) -> str:
    """How a person starts a script that was written."""
    if path.endswith(".ps1"):
        return "powershell -ExecutionPolicy Bypass -File " + path.replace("/", "\\")
    if path.endswith(".bat"):
        return path.replace("/", "\\")
    return f"./{path}"


def shown(words: Sequence[Word]) -> str:
    """A command as a person reads it."""
    return " ".join(str(word) if isinstance(word, Place) else quoting.sh(word) for word in words)
