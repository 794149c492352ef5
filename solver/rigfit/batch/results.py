"""Reading results back, a row at a time, from any of their formats."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from rigfit.batch.files import FORMATS
from rigfit.errors import InputError
from rigfit.schema.batch import COLUMNS, Verdict


class Result(NamedTuple):
    """What a report reads of a row."""

    number: int
    weight: float
    os: str | None
    gpu: str | None
    vram: int | None
    ram: int | None
    request: str
    verdict: Verdict
    stopped_by: str | None
    reason: str | None


_INTEGERS = ("number", "vram", "ram")


def read_results(path: Path) -> Iterator[Result]:
    """The rows of results in their order.

    Raises:
        InputError: when the file is no results of a batch.
    """
    form = FORMATS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"results end in {', '.join(FORMATS)}", where=str(path))
    if form == "parquet":
        yield from _parquet(path)
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from (_csv(file, path) if form == "csv" else _jsonl(file, path))
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is no text in UTF-8", where=str(path)) from None


def _csv(file: IO[str], path: Path) -> Iterator[Result]:
    reader = csv.reader(file)
    header = next(reader, [])
    _check(header, path)
    at = [header.index(name) for name in Result._fields]
    integers = [Result._fields.index(name) for name in _INTEGERS]
    for cells in reader:
        try:
            row: list[Any] = [cells[column] or None for column in at]
            for place in integers:
                row[place] = None if row[place] is None else int(row[place])
            row[1] = float(row[1])
        except (IndexError, TypeError, ValueError):
            raise InputError("is no row of a batch", where=f"{path}:{reader.line_num}") from None
        yield Result(*row)


def _jsonl(file: IO[str], path: Path) -> Iterator[Result]:
    for number, line in enumerate(file, start=1):
        try:
            said = json.loads(line)
            row = Result(*(said[name] for name in Result._fields))
        except (KeyError, TypeError, ValueError):
            raise InputError("is no row of a batch", where=f"{path}:{number}") from None
        yield row


def _parquet(path: Path) -> Iterator[Result]:
    from rigfit.batch.parquet import pyarrow

    arrow = pyarrow()
    try:
        file = arrow.parquet.ParquetFile(path)
        _check(file.schema_arrow.names, path)
        for batch in file.iter_batches(batch_size=16_384, columns=list(Result._fields)):
            columns = batch.to_pydict()
            yield from map(Result._make, zip(*(columns[name] for name in Result._fields), strict=True))
    except (arrow.ArrowException, OSError) as problem:
        raise InputError(f"cannot be read as Parquet: {str(problem).splitlines()[0]}", where=str(path)) from None


def _check(names: list[str], path: Path) -> None:
    missing = [name for name in Result._fields if name not in names]
    if missing:
        known = f"its columns are {', '.join(COLUMNS)}"
        raise InputError(f"is no results of a batch: the column {missing[0]!r} is missing ({known})", where=str(path))
