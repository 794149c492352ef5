"""The only door to the computer: every probe reads through a Host, so that a fixture can stand in for any machine."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# No file a probe reads is larger; a device file that never ends must not fill the memory.
_MAX_READ = 1_000_000


@dataclass(frozen=True)
class Output:
    """What a command printed."""

    code: int
    text: str
    error: str = ""


class Host(Protocol):
    """What probes may ask of a computer. Every method may raise OSError; nothing else is promised."""

    @property
    def system(self) -> str:
        """As `sys.platform` says: "linux", "darwin", "win32"."""
        ...

    def read(self, path: str) -> str:
        """A text file."""
        ...

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        ...

    def resolve(self, path: str) -> str:
        """The path with all links followed."""
        ...

    def run(self, *command: str, timeout_s: float) -> Output:
        """Run a program without a shell; FileNotFoundError where there is none, TimeoutError when it takes too long."""
        ...

    def module(self, name: str) -> Any:
        """Import a Python module; ImportError where there is none."""
        ...

    def platform(self, what: str) -> str:
        """A value of the standard library's `platform`: "machine", "processor", "release", "version"."""
        ...

    def disk_free(self, folder: str) -> int:
        """Bytes that are free where a folder lies or would lie."""
        ...

    def block_device(self, folder: str) -> tuple[int, int]:
        """Major and minor number of the device a folder lies on."""
        ...


class RealHost:
    """The computer that rigfit runs on."""

    @property
    def system(self) -> str:
        """As `sys.platform` says."""
        return sys.platform

    def read(self, path: str) -> str:
        """A text file; only its beginning where it is very long."""
        with Path(path).open("rb") as stream:
            return stream.read(_MAX_READ).decode("utf-8", "replace")

    def names(self, path: str) -> list[str]:
        """The names in a folder, sorted."""
        return sorted(entry.name for entry in Path(path).iterdir())

    def resolve(self, path: str) -> str:
        """The path with all links followed."""
        return os.path.realpath(path, strict=True)

    def run(self, *command: str, timeout_s: float) -> Output:
        """Run a program without a shell and without input, killed when the time is over."""
        program = shutil.which(command[0])
        if program is None:
            raise FileNotFoundError(f"{command[0]} is not installed")
        try:
            done = subprocess.run(
                [program, *command[1:]],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout_s,
                env={**os.environ, "LC_ALL": "C"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{command[0]} did not answer within {timeout_s:g} s") from None
        text, error = (part[:_MAX_READ].decode("utf-8", "replace") for part in (done.stdout, done.stderr))
        return Output(done.returncode, text, error)

    def module(self, name: str) -> Any:
        """Import a Python module."""
        return importlib.import_module(name)

    def platform(self, what: str) -> str:
        """A value of the standard library's `platform`."""
        import platform

        return str(getattr(platform, what)())

    def disk_free(self, folder: str) -> int:
        """Bytes that are free where a folder lies or would lie."""
        return shutil.disk_usage(_existing(folder)).free

    def block_device(self, folder: str) -> tuple[int, int]:
        """Major and minor number of the device a folder lies on."""
        number = _existing(folder).stat().st_dev
        return os.major(number), os.minor(number)


def _existing(folder: str) -> Path:
    """The folder, or the nearest above it that exists: models may not have been downloaded yet."""
    path = Path(folder).expanduser().absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
