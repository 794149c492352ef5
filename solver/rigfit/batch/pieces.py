"""Chunks put together so that a worker judges once what machines of one kind share.

Working out what the rules say of a request takes longest, and cards of one architecture differ in speeds alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice

from rigfit.batch.chunks import Chunk
from rigfit.candidates.compiler import Prepared, prepare
from rigfit.candidates.judged import Judged
from rigfit.knowledge import Knowledge
from rigfit.whatif.classes import machine_kind, request_key

# A piece loses little when its worker dies, and a kind of many classes is more than one worker's business.
_MOST = 8


def in_order(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Chunks of one request and kind of machine side by side, the largest pieces of work first."""
    kinds: dict[Hashable, list[Chunk]] = {}
    for chunk in chunks:
        kinds.setdefault(_kind(chunk), []).append(chunk)
    heaviest = sorted(kinds.values(), key=lambda alike: (-sum(len(c.points) for c in alike), alike[0].number))
    return [chunk for alike in heaviest for chunk in alike]


def pieces(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    """Chunks in their order, in pieces that a worker does one after the other."""
    for _, alike in groupby(chunks, key=_kind):
        while piece := list(islice(alike, _MOST)):
            yield piece


def prepared(chunk: Chunk, knowledge: Knowledge) -> Prepared:
    """The request of a chunk on its class, with what the chunk before it found where that was of the same kind.

    Raises:
        InputError: when the request names something that does not exist.
    """
    digest = f"{knowledge.catalog_digest}/{knowledge.rules_digest}"
    return prepare(chunk.request, chunk.machine, knowledge, _judged(_kind(chunk), digest))


def _kind(chunk: Chunk) -> Hashable:
    return request_key(chunk.request), machine_kind(chunk.machine)


@lru_cache(maxsize=1)
def _judged(kind: Hashable, digest: str) -> Judged:
    """What is shared by a kind; only of the latest one, which takes some ten MB."""
    return Judged()
