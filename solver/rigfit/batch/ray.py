"""Chunks evaluated on a Ray cluster (extra `ray`): the same function, elsewhere.

Ray does a task again when the worker or the node under it dies; what it gives up is started anew here, three times.
`evaluate` has no side effects, so doing it twice changes nothing: results are the same as those of the local engine.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from rigfit.batch.chunks import Chunk, Evaluated, evaluate
from rigfit.batch.pieces import pieces
from rigfit.batch.pool import Evaluate, several
from rigfit.errors import InputError, RigfitError

_TRIES = 3
_RETRIES = 3


class RayEngine:
    """An engine on a cluster that is there already; it is neither started nor stopped."""

    def __init__(self, address: str | None = None, evaluate: Evaluate = evaluate) -> None:
        """Connect.

        Args:
            address: of the cluster, "HOST:6379" or "ray://HOST:10001"; where not given, what RAY_ADDRESS says or the
                cluster on this computer.
            evaluate: what is done with a chunk; a function that the nodes can import.

        Raises:
            InputError: when Ray is not installed or no cluster answers.
        """
        self._ray = _ray()
        self._connected = not self._ray.is_initialized()
        if self._connected:
            where = address or os.environ.get("RAY_ADDRESS") or "auto"
            try:
                self._ray.init(where, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
            except Exception as problem:  # Ray has no one kind of error for this
                reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0]
                raise InputError(f"no Ray cluster at {where!r} (ray start --head starts one): {reason}") from None
        self._remote = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(several)
        self._evaluate = evaluate

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        """As `Engine.map`; two pieces of work for each core wait at a time."""
        waiting = deque(pieces(chunks))
        lost: dict[int, int] = {}
        running: dict[Any, list[Chunk]] = {}
        while waiting or running:
            most = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            while waiting and len(running) < most:
                piece = waiting.popleft()
                running[self._remote.remote(self._evaluate, piece)] = piece
            done, _ = self._ray.wait(list(running), num_returns=1)
            for reference in done:
                piece = running.pop(reference)
                try:
                    found = self._ray.get(reference)
                except self._ray.exceptions.RayTaskError as problem:
                    raise _cause(problem) from None
                except self._ray.exceptions.RayError as problem:
                    lost[piece[0].number] = lost.get(piece[0].number, 0) + 1
                    if lost[piece[0].number] >= _TRIES:
                        text = f"workers of the cluster died {_TRIES} times at one piece of work"
                        raise RigfitError(f"{text} ({type(problem).__name__})") from None
                    waiting.appendleft(piece)
                    continue
                yield from found

    def close(self) -> None:
        """Disconnect, if this engine connected."""
        if self._connected:
            self._ray.shutdown()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nobody is told
    try:
        import ray
    except ImportError:
        raise InputError("--engine ray needs Ray: pip install 'rigfit[ray]'") from None
    return ray


def _cause(problem: Any) -> Exception:
    """What an evaluation raised, as it would have been raised here."""
    cause = problem.cause
    if isinstance(cause, RigfitError):
        return cause
    if isinstance(cause, ModuleNotFoundError):
        return InputError(f"the nodes of the cluster have no rigfit ({cause}): install the same version there")
    return cause if isinstance(cause, Exception) else RuntimeError(str(problem))
