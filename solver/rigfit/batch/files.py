"""The output of a batch: FILE.partial and FILE.journal while it is made, FILE by a rename when it is complete.

The journal says which bytes of FILE.partial are whole, so a run that was killed between any two writes goes on from
the last whole block, and what it then writes is what it would have written.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from rigfit.batch.chunks import Evaluated, Found, Why
from rigfit.errors import InputError, RigfitError

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
# What the first line of a journal compares, and what to say where it differs.
_SAME = {
    "format": "the format of journals",
    "rigfit": "the version of rigfit",
    "knowledge": "the catalog or the rules",
    "requests": "the requests",
    "fleet": "the fleet",
    "segment": "the size of segments",
    "block": "the size of blocks",
}


@dataclass(frozen=True)
class Block:
    """Rows of some machines that are written."""

    end: int
    """Bytes of FILE.partial with it."""
    crc: int
    machines: int
    invalid: int
    counts: Mapping[str, Mapping[str, tuple[int, float]]]
    """Request -> verdict -> machines and their weight."""


@dataclass
class Output:
    """A file that is being made."""

    path: Path
    format: Format
    header: bytes
    blocks: list[Block] = field(default_factory=list)
    evaluated: dict[tuple[int, int], Evaluated] = field(default_factory=dict)
    """(segment, chunk) -> what an earlier run found."""
    _rows: IO[bytes] | None = None
    _journal: IO[bytes] | None = None

    @property
    def partial(self) -> Path:
        """Rows while they are made."""
        return self.path.with_name(self.path.name + ".partial")

    @property
    def journal(self) -> Path:
        """What of it is whole."""
        return self.path.with_name(self.path.name + ".journal")

    def start(self, about: Mapping[str, Any], *, resume: bool, overwrite: bool) -> bool:
        """Open the files, or go on with those of an earlier run.

        Args:
            about: what is run on what; an earlier run must have been the same.
            resume: go on.
            overwrite: what is there may go.

        Returns:
            False where everything was done before.

        Raises:
            InputError: where something is there and neither was asked for, or the earlier run was another.
        """
        if not self.path.parent.is_dir():
            raise InputError("no such folder", where=str(self.path.parent))
        begun = self.journal.exists() or self.partial.exists()
        if begun and not (resume or overwrite):
            raise InputError(
                f"{self.partial.name} of an earlier run is there: --resume goes on with it, --overwrite starts anew"
            )
        if self.path.exists() and not overwrite and not begun:
            if resume:
                return False
            raise InputError(f"{self.path} is there already; --overwrite replaces it")
        with _reported(self):
            journal = self._journal = self.journal.open("ab+")
            _lock(journal, self.path)
            complete = self._read(about) if resume else False
            if not resume or not self._begun:
                journal.truncate(0)
                self._note({"about": dict(about)})
            if complete and self.path.exists() and not self.partial.exists():  # killed after the rename
                self._done()
                return False
            self._open_rows()
        return True

    def add(self, rows: bytes, machines: int, invalid: int, counts: dict[str, dict[str, tuple[int, float]]]) -> None:
        """Write the rows of some machines; whole or not at all, whatever happens."""
        assert self._rows is not None
        with _reported(self):
            self._rows.write(rows)
            _flush(self._rows)
            start = self.blocks[-1].end if self.blocks else len(self.header)
            block = Block(start + len(rows), zlib.crc32(rows), machines, invalid, counts)
            self._note({"block": asdict(block)})
            self.blocks.append(block)

    def keep(self, segment: int, found: Evaluated) -> None:
        """Remember what came of a chunk."""
        with _reported(self):
            said = {**vars(found), "answers": [*map(asdict, found.answers)], "whys": [*map(asdict, found.whys)]}
            self._note({"segment": segment, "evaluated": said}, sync=False)

    def finish(self) -> None:
        """Give the complete file its name."""
        assert self._rows is not None
        with _reported(self):
            self._note({"complete": True})
            self._rows.close()
            whole = self.partial
            if self.format == "parquet":
                from rigfit.batch import parquet

                whole = self.path.with_name(self.path.name + ".finishing")
                parquet.write(self._payloads(), whole)
                with whole.open("rb+") as file:
                    _flush(file)
            whole.replace(self.path)
            self._done()

    def close(self) -> None:
        """Let go of the files, whatever state they are in."""
        for file in (self._rows, self._journal):
            if file is not None:
                with contextlib.suppress(OSError):
                    file.close()

    def _done(self) -> None:
        self.partial.unlink(missing_ok=True)
        self.journal.unlink(missing_ok=True)
        self.close()

    @property
    def _begun(self) -> bool:
        return self._journal is not None and self._journal.tell() > 0

    def _read(self, about: Mapping[str, Any]) -> bool:
        """Take over what an earlier run noted, up to the first torn line; says whether it was complete."""
        assert self._journal is not None
        self._journal.seek(0)
        complete = False
        whole = 0
        blocks: list[Block] = []
        for line in self._journal:
            said = _said(line)
            if said is None:
                break
            whole += len(line)
            if "about" in said:
                _compare(said["about"], about)
            elif "block" in said:
                blocks.append(Block(**said["block"]))
            elif "evaluated" in said:
                self.evaluated[said["segment"], said["evaluated"]["number"]] = _evaluated(said["evaluated"])
            complete = "complete" in said
        self._journal.truncate(whole)
        self._journal.seek(whole)
        self.blocks = self._agreeing(blocks)
        return complete

    def _agreeing(self, blocks: list[Block]) -> list[Block]:
        """The blocks that FILE.partial holds whole."""
        found: list[Block] = []
        if not self.partial.exists():
            return found
        with self.partial.open("rb") as rows:
            if rows.read(len(self.header)) != self.header:
                return found
            for block in blocks:
                start = found[-1].end if found else len(self.header)
                if zlib.crc32(rows.read(block.end - start)) != block.crc:
                    break
                found.append(block)
        return found

    def _open_rows(self) -> None:
        self._rows = self.partial.open("ab")
        if not self.blocks:
            self._rows.truncate(0)
            self._rows.write(self.header)
            _flush(self._rows)
        else:
            self._rows.truncate(self.blocks[-1].end)
        self._rows.seek(0, os.SEEK_END)

    def _note(self, said: Mapping[str, Any], *, sync: bool = True) -> None:
        assert self._journal is not None
        text = json.dumps(said, separators=(",", ":")).encode()
        self._journal.write(b"%08x %s\n" % (zlib.crc32(text), text))
        if sync:
            _flush(self._journal)
        else:
            self._journal.flush()

    def _payloads(self) -> Iterator[bytes]:
        with self.partial.open("rb") as rows:
            start = len(rows.read(len(self.header)))
            for block in self.blocks:
                yield rows.read(block.end - start)
                start = block.end


def _said(line: bytes) -> dict[str, Any] | None:
    """What a line of a journal says; None where it is torn."""
    crc, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or crc != b"%08x" % zlib.crc32(text):
        return None
    said: dict[str, Any] = json.loads(text)
    return said


def _compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for key, what in _SAME.items():
        if before.get(key) != now.get(key):
            raise InputError(f"--resume: {what} changed since the run that was stopped; --overwrite starts anew")


def _evaluated(said: dict[str, Any]) -> Evaluated:
    return Evaluated(
        number=said["number"],
        answers=tuple(Found(**found) for found in said["answers"]),
        whys=tuple(Why(**why) for why in said["whys"]),
        of=tuple(said["of"]),
        why=tuple(said["why"]),
        solves=said["solves"],
    )


def _flush(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _lock(file: IO[bytes], path: Path) -> None:
    """Two runs must not write one file; the lock goes with the process, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows: the rename at the end still gives one whole file
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError("another run is writing it now", where=str(path)) from None


@contextlib.contextmanager
def _reported(output: Output) -> Iterator[None]:
    """A full disk is no fault of rigfit: what is finished stays."""
    try:
        yield
    except OSError as problem:
        rows = f"the rows of {sum(block.machines for block in output.blocks):,} machines are kept"
        raise RigfitError(
            f"cannot be written: {problem.strerror or problem}; {rows}, --resume goes on", where=str(output.path)
        ) from None
