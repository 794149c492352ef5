"""`rigfit wizard` in a real terminal: arrow keys, back, and stopping, seen on its screen."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

DOWN, ENTER, ESCAPE, STOP, END = "\x1b[B", "\r", "\x1b", "\x03", "\x04"
BASICS = ("--gpu", "none", "--ram", "16 GB", "--disk", "99 GB", "--os", "linux", "--answer", "goal=own")


class Terminal:
    """A wizard in a terminal of 60 columns, and what it shows."""

    def __init__(self, folder: Path, *arguments: str, term: str = "xterm") -> None:
        self.screen = pyte.Screen(60, 120)
        self._stream = pyte.ByteStream(self.screen)
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "rigfit", "wizard", *arguments],
            dimensions=(120, 60),
            cwd=str(folder),
            env={**os.environ, "TERM": term, "PYTHONUTF8": "1"},
        )

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def see(self, words: str, seconds: float = 60) -> None:
        """Wait until the last question on the screen is this one."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} never came:\n{self.text}"
            try:
                self._stream.feed(self._child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        assert words in self.text, self.text

    def press(self, *keys: str) -> None:
        for key in keys:
            self._child.send(key)
            time.sleep(0.15)  # a person is slower

    def end(self) -> int:
        self._child.expect(pexpect.EOF, timeout=60)
        self._stream.feed(self._child.before)
        self._child.close()
        return self._child.exitstatus


@pytest.fixture
def terminal(tmp_path):
    return lambda *arguments, **more: Terminal(tmp_path, *arguments, **more)


def test_arrows_and_back(terminal, tmp_path):
    shown = terminal(*BASICS, "--answer", "features=", "--answer", "preference=balanced", "--answer", "cloud=no")
    shown.see("Which jobs?")
    shown.press(" ", *[DOWN] * 3, " ")  # chat, and no more image generation
    shown.press(ENTER)
    shown.see("» For myself")
    shown.press(DOWN)
    shown.see("» For work")
    shown.press(ENTER)
    shown.see("Experimental models too?")
    shown.press(ESCAPE)
    shown.see("» For work")  # where it stood
    shown.press(ENTER)
    shown.see("» No, only what is proven")
    shown.press(ENTER)
    shown.see("rigfit emit rigfit-request.yaml --out rigfit-setup")
    assert shown.end() == 0
    written = (tmp_path / "rigfit-request.yaml").read_text()
    assert "- task: chat\n" in written
    assert "image_generation" not in written
    assert "use: commercial" in written


@pytest.mark.parametrize("key", [STOP, END])
def test_stopping_writes_nothing(terminal, tmp_path, key):
    shown = terminal(*BASICS)
    shown.see("Which jobs?")
    shown.press(key)
    assert shown.end() == 130
    assert "stopped" in shown.text
    assert list(tmp_path.iterdir()) == []


def test_a_dumb_terminal_has_numbered_lines(terminal, tmp_path):
    shown = terminal(*BASICS, term="dumb")
    shown.see("Numbers with commas")
    shown.press(STOP)
    assert shown.end() == 130
    assert list(tmp_path.iterdir()) == []
