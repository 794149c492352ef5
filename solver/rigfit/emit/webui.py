"""The web UIs of the AUTOMATIC1111 family: a webui-user file with the options."""

from __future__ import annotations

import shlex

from rigfit.emit import quoting
from rigfit.emit.context import Context, Made, starts
from rigfit.emit.script import SH_RUN
from rigfit.knowledge.flags import list_of

# Options that name folders of models, and the folder that each stands for; only those that a program lists are used.
_FOLDERS = (("--ckpt-dir", "checkpoints"), ("--vae-dir", "vae"), ("--text-encoder-dir", "text_encoders"))


def emit(context: Context) -> Made:
    """`webui-user.sh` or `webui-user.bat`, to be put beside `webui.sh` or `webui.bat`."""
    made = Made()
    folders = {file.folder.partition("/")[0] for file in context.bundle.files if file.folder}
    for name, tasks in starts(context):
        first = tasks[0]
        stem = "webui-user" + name.removeprefix("start")
        words = list(first.task.flags)
        card = context.card_variables(first)
        if card and _has(context, "--device-id"):
            words += ["--device-id", card[0][1]]
        paths = [(flag, folder) for flag, folder in _FOLDERS if folder in folders and _has(context, flag)]
        context.checked([*words, *(word for flag, folder in paths for word in (flag, folder))])
        if context.system == "windows":
            path, text = f"{context.runtime.id}/{stem}.bat", _bat(context, words, paths)
        else:
            path, text = f"{context.runtime.id}/{stem}.sh", _sh(context, words, paths)
        made.add(path, text, f"The options of {context.runtime.title}.", executable=context.system != "windows")
        if context.runtime.id == "sdnext":
            made.start.append(f"{path}  (in place of SD.Next's webui script; SDNEXT_DIR names its folder)")
        else:
            made.start.append(f"copy {path} into the folder of {context.runtime.title}, then start its webui script")
    if {"diffusion_models", "loras", "controlnet", "upscale_models"} & folders:
        made.notes.append(
            f"{context.runtime.title} looks for denoisers in models/Stable-diffusion of its own folder: "
            "move or link what lies in models/diffusion_models there."
        )
    return made


def _has(context: Context, flag: str) -> bool:
    listed = list_of(context.runtime.id, context.knowledge)
    return listed is not None and flag in listed.valued


def _sh(context: Context, words: list[str], paths: list[tuple[str, str]]) -> str:
    # The program splits the variable as a shell would.
    out = ["#!/usr/bin/env bash", *(f"# {quoting.line(text)}" for text in context.head)]
    out += ["# DRY_RUN=1 shows the options.", 'MODELS_DIR=${MODELS_DIR:-"$HOME/rigfit/models"}']
    extra = "".join(f" {flag} '$MODELS_DIR/{folder}'" for flag, folder in paths)
    line = shlex.join(words) + extra
    if context.runtime.id == "sdnext":
        arguments = " ".join(
            [*(quoting.sh(word) for word in words), *(f'{flag} "$MODELS_DIR/{folder}"' for flag, folder in paths)]
        )
        out += ['SDNEXT_DIR=${SDNEXT_DIR:-"$HOME/sdnext"}', SH_RUN]
        out += ['run "$SDNEXT_DIR/webui.sh" ' + arguments]
        return "\n".join(out) + "\n"
    out += [f'export COMMANDLINE_ARGS="{line.strip()}"']
    out += ['if [ -n "${DRY_RUN:-}" ]; then', "  printf '%s\\n' \"$COMMANDLINE_ARGS\"", "fi"]
    return "\n".join(out) + "\n"


def _bat(context: Context, words: list[str], paths: list[tuple[str, str]]) -> str:
    out = ["@echo off", *(f"rem {_plain(text)}" for text in context.head), "rem set DRY_RUN=1 shows the options."]
    out += ['if not defined MODELS_DIR set "MODELS_DIR=%USERPROFILE%\\rigfit\\models"']
    # The program splits the options as a POSIX shell would, so that a backslash would vanish.
    out += ['set "MODELS_POSIX=%MODELS_DIR:\\=/%"']
    extra = "".join(f" {flag} '%MODELS_POSIX%/{folder}'" for flag, folder in paths)
    options = " ".join(quoting.bat(word) for word in words)
    if context.runtime.id == "sdnext":
        out += ['if not defined SDNEXT_DIR set "SDNEXT_DIR=%USERPROFILE%\\sdnext"']
        tail = "".join(f' {flag} "%MODELS_DIR%\\{folder}"' for flag, folder in paths)
        out += [
            "if defined DRY_RUN (",
            f"  echo webui.bat {options}{tail}",
            ") else (",
            f'  call "%SDNEXT_DIR%\\webui.bat" {options}{tail}',
            ")",
        ]
    else:
        out += ["set PYTHON=", "set GIT=", "set VENV_DIR=", f"set COMMANDLINE_ARGS={options}{extra}"]
        out += ["if defined DRY_RUN (", "  echo %COMMANDLINE_ARGS%", ") else (", "  call webui.bat", ")"]
    return "\r\n".join(out) + "\r\n"


def _plain(text: str) -> str:
    return "".join(" " if char in '^&<>|"()%' else char for char in quoting.line(text))
