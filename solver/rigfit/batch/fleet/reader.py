"""Reading a fleet: CSV, JSON lines, Parquet, or a folder of machine files. One bad line is one entry with its error."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rigfit.batch.fleet import flat
from rigfit.batch.fleet.document import entries as _documented
from rigfit.batch.fleet.entries import Entry, Shelf, disk_of, weight_of
from rigfit.errors import InputError, RigfitError
from rigfit.knowledge.document import Document
from rigfit.knowledge.yamlfile import read
from rigfit.machine.file import machine_in

_MACHINES = (".yaml", ".yml", ".json")
_LONGEST = 1 << 20


def read_fleet(path: Path, shelf: Shelf) -> Iterator[Entry]:
    """The machines of a fleet in their order, one at a time.

    Raises:
        InputError: when the whole cannot be read: no such file, an ending or a column that is not known.
    """
    if path.is_dir():
        return _folder(path, shelf)
    return _READERS[_kind(path)](path, shelf)


def check_fleet(path: Path, shelf: Shelf) -> None:
    """Raise InputError where the whole cannot be read, before anything is done."""
    if path.is_dir():
        if not _machine_files(path):
            raise InputError(f"holds no machine files ({', '.join(_MACHINES)})", where=str(path))
        return
    _kind(path)
    if next(read_fleet(path, shelf), None) is None:
        raise InputError("holds no machines", where=str(path))


def fingerprint(path: Path) -> str:
    """Changes with what the fleet says: a digest of a file, and of the names, sizes and times of a folder's files."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in _machine_files(path):
            status = file.stat()
            digest.update(f"{file.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
        return digest.hexdigest()[:32]
    with _open(path) as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:32]


def _kind(path: Path) -> str:
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise InputError(f"a fleet is a folder or ends in {', '.join(_READERS)}", where=str(path))
    with _open(path):
        return kind


def _open(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=str(path)) from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines with their number; what is no UTF-8 is replaced, and the machine that it belongs to will say so."""
    with _open(path) as stream:
        number = 0
        while line := stream.readline(_LONGEST):
            number += 1
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").rstrip("\r\n")
            if text.strip():
                yield number, text


def _csv(path: Path, shelf: Shelf) -> Iterator[Entry]:
    lines = _lines(path)
    number, header = next(lines, (1, ""))
    names = [name.strip().lower() for name in _cells(header)] if header else []
    flat.check_columns(names, f"{path}:{number}")
    for number, line in lines:
        shown = f"{path.name}:{number}"
        # Line by line: a quote that is never closed must not swallow the machines after it.
        try:
            cells = _cells(line)
        except csv.Error as problem:
            yield Entry(shown, 1.0, None, error=f"no CSV: {problem}")
            continue
        if len(cells) != len(names):
            yield Entry(shown, 1.0, None, error=f"{len(cells)} values for {len(names)} columns")
            continue
        yield flat.entry(dict(zip(names, (cell.strip() for cell in cells), strict=True)), shown, shelf)


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], strict=True))


def _jsonl(path: Path, shelf: Shelf) -> Iterator[Entry]:
    for number, line in _lines(path):
        shown = f"{path.name}:{number}"
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            yield Entry(shown, 1.0, None, error="no JSON")
            continue
        yield _said(said, shown, shelf)


def _said(said: Any, shown: str, shelf: Shelf) -> Entry:
    """A machine document (it has a schema or a list of cards), or the same columns as in CSV."""
    if not isinstance(said, dict):
        return Entry(shown, 1.0, None, error=f"holds {type(said).__name__}, a machine is needed")
    if "schema" in said or isinstance(said.get("gpus"), list):
        return _document(Document(shown, said), shown, shelf)
    try:
        flat.check_columns([*said, *([] if "gpu" in said else ["gpu"])], shown)
    except RigfitError as problem:
        return Entry(shown, 1.0, None, error=problem.message)
    return flat.entry(said, shown, shelf)


def _document(document: Document, shown: str, shelf: Shelf) -> Entry:
    """A machine document, which may have a `weight` too."""
    data = document.data
    name = data.get("name") if isinstance(data, dict) else None
    shown = name if isinstance(name, str) and name else shown
    weight, disk = 1.0, 0
    try:
        if not isinstance(data, dict):
            raise InputError(f"holds {type(data).__name__}, a machine is needed")
        own = {key: value for key, value in data.items() if key != "weight"}
        weight = weight_of(data.get("weight"))
        if "disk_free" in own:
            disk = disk_of(own["disk_free"])
        alike = {**own, "disk_free": 0, "name": None} if "disk_free" in own and isinstance(name, str | None) else own
        facts = shelf.facts(alike, lambda: machine_in(Document(document.name, own, document.lines)))
    except RigfitError as problem:
        return Entry(shown, weight, None, error=str(problem) if document.lines else problem.message)
    return Entry(shown, weight, facts, disk, name)


def _parquet(path: Path, shelf: Shelf) -> Iterator[Entry]:
    from rigfit.batch.parquet import batches

    number = 0
    for names, rows in batches(path):
        flat.check_columns(names, str(path))
        for row in rows:
            number += 1
            yield flat.entry(row, f"{path.name}:{number}", shelf)


def _machine_files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.suffix.lower() in _MACHINES and file.is_file())


def _folder(path: Path, shelf: Shelf) -> Iterator[Entry]:
    for file in _machine_files(path):
        try:
            document = read(file, file.name)
        except RigfitError as problem:
            yield Entry(file.name, 1.0, None, error=str(problem))
            continue
        yield _document(document, file.name, shelf)


_READERS: dict[str, Callable[[Path, Shelf], Iterator[Entry]]] = {
    ".csv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl, ".parquet": _parquet,
    ".yaml": _documented, ".yml": _documented,
}  # fmt: skip
