"""Engines that evaluate chunks: here, or in processes of this computer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Protocol

from rigfit.batch.chunks import Chunk, Evaluated, evaluate
from rigfit.batch.pieces import pieces
from rigfit.errors import RigfitError

Evaluate = Callable[[Chunk], Evaluated]
_TRIES = 3
# Starting processes takes longer than so many chunks.
_FEW = 2


class Engine(Protocol):
    """Where chunks are evaluated."""

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        """The results of all chunks, in any order, each as soon as it is there; started in the order given."""

    def close(self) -> None:
        """Let go of what it holds."""


class Serial:
    """In this process."""

    def __init__(self, evaluate: Evaluate = evaluate) -> None:
        self._evaluate = evaluate

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        """One after the other."""
        return map(self._evaluate, chunks)

    def close(self) -> None:
        """Nothing is held."""


class Local:
    """On this computer: in this process where there is little to do, else in several."""

    def __init__(self, workers: int | None = None) -> None:
        """Take the number of processes; as many as there are cores where not given."""
        self._serial = Serial()
        self._processes = Processes(workers or os.cpu_count() or 1)

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        """As `Engine.map`."""
        alone = self._processes.workers == 1 or len(chunks) <= _FEW
        return (self._serial if alone else self._processes).map(chunks)

    def close(self) -> None:
        """End the processes."""
        self._processes.close()


class Processes:
    """A pool of processes. A piece of work whose process dies is done again; it is given up after three tries."""

    def __init__(self, workers: int, evaluate: Evaluate = evaluate) -> None:
        self.workers = workers
        self._evaluate = evaluate
        self._pool: ProcessPoolExecutor | None = None

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Evaluated]:
        """Only a few pieces more than there are workers wait at a time."""
        waiting = pieces(chunks)
        lost: dict[int, int] = {}
        running: dict[Future[list[Evaluated]], list[Chunk]] = {}
        again: list[list[Chunk]] = []
        while True:
            for piece in _next(again, waiting, self.workers + 1 - len(running)):
                running[self._start(piece)] = piece
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for one in done:
                piece = running.pop(one)
                try:
                    yield from one.result()
                except BrokenProcessPool:
                    broken = True
                    again.append(piece)
            if broken:  # all that was running is lost with the pool
                again += running.values()
                running.clear()
                self.close()
                for piece in again:
                    first = piece[0].number
                    lost[first] = lost.get(first, 0) + 1
                    if lost[first] >= _TRIES:
                        text = f"processes died {_TRIES} times at one piece of work (out of memory?)"
                        raise RigfitError(f"{text}: fewer --workers need less")

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _start(self, piece: list[Chunk]) -> Future[list[Evaluated]]:
        if self._pool is None:
            method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
            context = multiprocessing.get_context(method)
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_end_with_parent)
        try:
            return self._pool.submit(several, self._evaluate, piece)
        except BrokenProcessPool:  # died while idle
            self.close()
            return self._start(piece)


def several(evaluate: Evaluate, piece: Sequence[Chunk]) -> list[Evaluated]:
    """A piece of work, done where it is sent."""
    return [evaluate(chunk) for chunk in piece]


def _next(again: list[list[Chunk]], waiting: Iterable[list[Chunk]], count: int) -> list[list[Chunk]]:
    found = [again.pop() for _ in range(min(count, len(again)))]
    return found + [piece for _, piece in zip(range(count - len(found)), waiting, strict=False)]


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to handle
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
