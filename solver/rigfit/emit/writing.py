"""The only place that writes: all of it is checked before any of it is written, and nothing leaves the folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rigfit.errors import InputError, unknown
from rigfit.schema.emitted import Emitted, EmittedFile
from rigfit.schema.safe import path_problem


def write(emitted: Emitted, folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write the files below a folder, which is made where it is missing. Each file appears whole or not at all.

    Returns:
        The paths, in the order of the files.

    Raises:
        InputError: when a path would leave the folder, a file exists and `force` is not given, or the system refuses.
    """
    targets = [_target(file, folder) for file in emitted.files]
    folded = [str(target).casefold() for target in targets]
    if len(set(folded)) != len(folded):
        raise InputError("two files have the same name on systems that do not tell capitals apart", where=str(folder))
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file; a folder is needed", where=str(folder))
    there = [target for target in targets if target.exists() or target.is_symlink()]
    if (blocked := next((target for target in there if target.is_dir() and not target.is_symlink()), None)) is not None:
        raise InputError("is a folder, where a file is to be written", where=str(blocked))
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InputError(f"{there[0]}{more}: it exists; --force takes its place")
    try:
        for file, target in zip(emitted.files, targets, strict=True):
            _write(file, target)
    except OSError as problem:
        raise InputError(
            f"cannot be written: {problem.strerror or problem}", where=str(problem.filename or folder)
        ) from None
    return tuple(targets)


def chosen_files(emitted: Emitted, names: Sequence[str]) -> Emitted:
    """Only the files of some names: a path, or all below a folder.

    Raises:
        InputError: for a name that is none of them.
    """
    if not names:
        return emitted
    kept: list[EmittedFile] = []
    for name in names:
        plain = name.rstrip("/")
        found = [file for file in emitted.files if file.path == plain or file.path.startswith(f"{plain}/")]
        if not found:
            raise unknown(
                "file", name, [file.path for file in emitted.files], more=" (without --out all of them are listed)"
            )
        kept += [file for file in found if file not in kept]
    return emitted.model_copy(update={"files": tuple(kept)})


def _target(file: EmittedFile, folder: Path) -> Path:
    """Where a file goes; links on the way must not lead out of the folder."""
    if (problem := path_problem(file.path)) is not None:  # also of one that was built past its schema
        raise InputError(f"{file.path!r} is no path inside the folder: {problem}")
    target = folder / file.path
    real = folder.resolve()
    if not target.parent.resolve().is_relative_to(real):
        raise InputError(f"{target}: a link on the way leads out of the folder")
    return target


def _write(file: EmittedFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".rigfit-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.text.encode())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod((0o777 if file.executable else 0o666) & ~mask)
        Path(temporary).replace(target)  # a link of that name is replaced, not followed
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise
