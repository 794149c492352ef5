"""Parquet in and out, where pyarrow is there (extra `parquet`)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from rigfit.errors import InputError
from rigfit.schema.batch import COLUMNS

_INTEGERS = frozenset({"number", "vram", "ram", "quality", "peak_vram", "peak_ram", "milliseconds", "disk", "download"})
# Columns that say few different things.
_FEW = ["os", "gpu", "request", "verdict", "bundle", "models", "runtimes", "stopped_by", "reason"]


def pyarrow() -> Any:
    """The library.

    Raises:
        InputError: saying how to get it.
    """
    try:
        found = import_module("pyarrow")
        for part in ("json", "parquet"):
            import_module(f"pyarrow.{part}")
    except ImportError:
        raise InputError("Parquet needs pyarrow: pip install 'rigfit[parquet]'; CSV and JSON lines do not") from None
    return found


def batches(path: Path) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
    """The column names and some rows at a time.

    Raises:
        InputError: when it is no Parquet.
    """
    arrow = pyarrow()
    try:
        file = arrow.parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=8192):
            yield batch.schema.names, batch.to_pylist()
    except (arrow.ArrowException, OSError) as problem:
        raise InputError(f"cannot be read as Parquet: {str(problem).splitlines()[0]}", where=str(path)) from None


def write(blocks: Iterable[bytes], path: Path) -> None:
    """Write blocks of rows as JSON lines to a Parquet file, a row group each; the same blocks give the same bytes."""
    arrow = pyarrow()
    kinds = {name: arrow.int64() if name in _INTEGERS else arrow.string() for name in COLUMNS}
    schema = arrow.schema(list({**kinds, "weight": arrow.float64()}.items()))
    options = arrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    with arrow.parquet.ParquetWriter(path, schema, compression="zstd", use_dictionary=_FEW) as writer:
        for block in blocks:
            reading = arrow.json.ReadOptions(use_threads=False, block_size=len(block) + 1)
            writer.write_table(arrow.json.read_json(io.BytesIO(block), reading, options).select(list(COLUMNS)))
