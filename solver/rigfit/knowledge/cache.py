"""The cache of validated knowledge and of what is derived from it: JSON, checked by digest, replaced atomically; a bad
one is simply not used.

What lies there is not validated again, so only files of the user's own are read, as with compiled Python.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rigfit.errors import CatalogError
from rigfit.knowledge import columns, paths
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

if TYPE_CHECKING:
    from rigfit.knowledge.loader import Knowledge

T = TypeVar("T")

PARTS = ("catalog", "rules")
# Raised when the layout of the stored file changes; the schemas are part of the key through their modules' stamps.
_FORMAT = 2
_SPOILT = (OSError, ValueError, LookupError, TypeError, AttributeError, ImportError, RuntimeError)


def key(files: dict[str, list[tuple[Path, Path]]]) -> str:
    """A name that changes whenever a file, or the code that reads it, changes: from names, sizes and times only."""
    stamp = hashlib.sha256(str(_FORMAT).encode())
    schema = Path(__file__).resolve().parent.parent / "schema"
    code = [*schema.glob("*.py"), *Path(__file__).resolve().parent.glob("*.py")]
    for path in (*sorted(code), *(path for part in PARTS for _, path in files[part])):
        try:
            stat = path.stat()
        except OSError as problem:  # a link that leads nowhere
            raise CatalogError(f"cannot be read: {problem.strerror}", where=str(path)) from None
        stamp.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return stamp.hexdigest()[:32]


def _file(kind: str, name: str) -> Path:
    return paths.cache_dir() / f"{kind}-{name}.json"


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: tens of thousands of objects appear at once and all of them stay."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            # Into the oldest generation, untraversed; else the next allocation has them all looked through.
            gc.freeze()
            gc.unfreeze()
        if was:
            gc.enable()


def read(name: str) -> Knowledge | None:
    """The stored knowledge, or None where there is none or it cannot be trusted whole."""
    from rigfit.knowledge.loader import Knowledge

    try:
        with _uncollected():
            stored = json.loads(_stored("knowledge", name))
            catalog, rulebook = columns.load(stored)
            if isinstance(catalog, CatalogFile) and isinstance(rulebook, RulesFile):
                return Knowledge(catalog, rulebook, str(stored["catalog"]), str(stored["rules"]))
    except _SPOILT:
        pass
    return None


def write(name: str, knowledge: Knowledge) -> None:
    """Store knowledge; failing to (a read-only home, a full disk) is no error."""
    stored = {
        "catalog": knowledge.catalog_digest,
        "rules": knowledge.rules_digest,
        **columns.dump((knowledge.catalog, knowledge.rulebook)),
    }
    _store("knowledge", name, json.dumps(stored, separators=(",", ":")).encode())


def derived(
    kind: str,
    knowledge: Knowledge,
    code: Iterable[Path],
    make: Callable[[], T],
    dump: Callable[[T], bytes],
    load: Callable[[bytes], T],
) -> T:
    """What is worked out from a catalog: from the cache where it was made by the same code, else made and stored.

    Args:
        kind: the name of its files.
        knowledge: whose catalog it is made from, and from nothing else.
        code: files that make it.
        make: works it out.
        dump: to bytes without a line break.
        load: back; what is no longer readable raises ValueError, KeyError or TypeError.
    """
    stamp = hashlib.sha256(f"{_FORMAT}\0{knowledge.catalog_digest}".encode())
    for path in sorted(code):
        stat = path.stat()
        stamp.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    name = stamp.hexdigest()[:32]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RuntimeError):
        return load(_stored(kind, name))
    made = make()
    _store(kind, name, dump(made))
    return made


def _stored(kind: str, name: str) -> bytes:
    """The body of a stored file.

    Raises:
        OSError: there is none.
        ValueError: it is not whole, or somebody else's.
    """
    with _file(kind, name).open("rb") as stream:
        if hasattr(os, "geteuid") and os.fstat(stream.fileno()).st_uid != os.geteuid():
            raise ValueError
        digest, _, body = stream.read().partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError
    return body


def _store(kind: str, name: str, body: bytes) -> None:
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: a user without a home
        folder = paths.cache_dir()
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            Path(temporary).replace(_file(kind, name))
        except OSError:
            Path(temporary).unlink(missing_ok=True)
        for old in folder.glob(f"{kind}-*.json"):
            # One generation is kept beside the current one: a checkout and an installed wheel may take turns.
            if old != _file(kind, name) and len(list(folder.glob(f"{kind}-*.json"))) > 4:
                old.unlink(missing_ok=True)
