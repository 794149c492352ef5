"""The unit of work: one request on the distinct capacities of one class of machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rigfit.schema.machine import Machine
from rigfit.schema.request import Request

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge
    from rigfit.schema.batch import Verdict

Point = tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """A request, a class of machine, and the points at which the best bundle is wanted. Can be pickled."""

    number: int
    """Of the chunk, for whoever collects the results."""
    request: Request
    machine: Machine
    """Any machine of the class; `rigfit.batch.canonical` makes it the same for all of them."""
    points: tuple[Point, ...]
    """Bytes that models may use, in the order of `rigfit.whatif.classes.axes`; each once."""
    catalog: Path | None = None
    """The user's folder over the catalog."""
    digest: str = ""
    """Of the knowledge that the results are to be made with; checked where it is loaded."""


@dataclass(frozen=True)
class Found:
    """The columns of `rigfit.schema.batch.ANSWER_COLUMNS` for one answer."""

    verdict: Verdict
    bundle: str | None = None
    models: str | None = None
    runtimes: str | None = None
    quality: int | None = None
    peak_vram: int | None = None
    peak_ram: int | None = None
    milliseconds: int | None = None
    disk: int | None = None
    download: int | None = None


@dataclass(frozen=True)
class Why:
    """What stops what comes closest. In the text the cards of the machine are named by `canonical.placeholder`."""

    stopped_by: str
    text: str


@dataclass(frozen=True)
class Evaluated:
    """What came of a chunk. Can be pickled."""

    number: int
    answers: tuple[Found, ...]
    whys: tuple[Why, ...]
    of: tuple[int, ...]
    """For each point the index of its answer."""
    why: tuple[int, ...]
    """For each point the index of its reason; -1 where there is a bundle."""
    solves: int
    """How often an engine was asked."""


def evaluate(chunk: Chunk) -> Evaluated:
    """The best bundle at every point of a chunk: from proved boxes, solved where none holds.

    Raises:
        InputError: when the request names something that does not exist, or the knowledge here is another.
    """
    from rigfit.batch.worker import evaluated

    return evaluated(chunk, knowledge_for(chunk.catalog, chunk.digest))


@lru_cache(maxsize=2)
def knowledge_for(catalog: Path | None, digest: str) -> Knowledge:
    """Catalog and rules, loaded once in each process.

    Raises:
        InputError: when they are not those that the digest is of.
    """
    from rigfit.errors import InputError
    from rigfit.knowledge import load_knowledge

    found = load_knowledge(catalog)
    have = f"{found.catalog_digest}/{found.rules_digest}"
    if digest and have != digest:
        raise InputError(f"the catalog or rules of a worker ({have}) are not those of this run ({digest})")
    return found
