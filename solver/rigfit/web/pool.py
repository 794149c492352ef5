"""Worker processes: who answers what, how long it may take, and what happens to one that hangs or dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigfit.errors import RigfitError
from rigfit.web.failures import failure
from rigfit.web.frames import LENGTH, Reply

Work = Callable[..., Any]
"""A function of `rigfit.web.work`: takes the worker's desk, then the arguments."""

_REMEMBERED = 6
"""Keys of questions that a worker is known to have answers prepared for: as many as it keeps."""
_MOST_MEMORY = 1_500_000_000
"""Bytes after which a worker is replaced by a fresh one, between two questions."""
_STARTS = 3
"""Workers that may end before they are ready, one after another, before the server gives up."""


@dataclass(frozen=True)
class Limits:
    """What the pool bears."""

    workers: int = 2
    waiting: int = 256
    """Questions that may wait for a worker; beyond that clients are told to come back."""


def usual_workers() -> int:
    """As many processes as help on this computer: two at least, so that a long question leaves one for short ones."""
    return min(4, max(2, os.cpu_count() or 1))


def worker_command(catalog: Path | None, models: Sequence[Path]) -> list[str]:
    """The command line of a worker with a catalog folder layered on ours, and folders with models."""
    return [sys.executable, "-m", "rigfit.web.worker", str(catalog or ""), *map(str, models)]


class Worker:
    """One process. It answers one question at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.ready = False
        self.busy = False
        self.long = False
        """What it is busy with may take long."""
        self.memory = 0
        self.keys: OrderedDict[str, None] = OrderedDict()

    async def ask(self, question: bytes) -> Reply:
        """The answer to a question.

        Raises:
            EOFError: when the process ends before it has answered.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            if question:
                stdin.write(LENGTH.pack(len(question)) + question)
                await stdin.drain()
            head = await stdout.readexactly(LENGTH.size)
            content = await stdout.readexactly(LENGTH.unpack(head)[0])
        except (OSError, asyncio.IncompleteReadError) as problem:
            raise EOFError("the worker ended") from problem
        reply: Reply
        reply, self.memory = pickle.loads(content)
        return reply

    def remember(self, key: str) -> None:
        """Note what is prepared in the process now."""
        if key:
            self.keys[key] = None
            self.keys.move_to_end(key)
            if len(self.keys) > _REMEMBERED:
                self.keys.popitem(last=False)

    async def end(self) -> None:
        """End the process, and close what leads to it."""
        self.kill()
        await self.process.wait()
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.close()
        with contextlib.suppress(OSError, RuntimeError):  # a RuntimeError where somebody else reads it to the end
            await stdout.read()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()

    def kill(self) -> None:
        """Tell the process to end at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()


@dataclass(eq=False)
class _Ticket:
    """A question that waits for a worker."""

    key: str
    long: bool
    worker: asyncio.Future[Worker | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Pool:
    """Workers, and the questions that wait for one.

    A question goes to the worker that answered its like before, where that one is free: what is prepared and proved
    there serves again. What may take long never occupies the last worker, so that short questions find one.
    """

    def __init__(self, limits: Limits, command: Sequence[str]) -> None:
        """Take how much it bears, and how a worker is started: see `worker_command`."""
        self.limits = limits
        self._command = command
        self._workers: list[Worker] = []
        self._waiting: list[_Ticket] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failed = 0
        self._closed = False
        self.broken: asyncio.Future[RigfitError] = asyncio.get_running_loop().create_future()
        """Done when no worker can be started any more."""

    def start(self) -> None:
        """Start the processes; questions can be asked at once, and wait until one is ready."""
        for _ in range(self.limits.workers):
            self._spawn(self._live())

    async def close(self) -> None:
        """End all processes, whatever they do; who waits for an answer is told so."""
        self._closed = True
        for ticket in self._waiting:
            ticket.worker.set_result(None)
        self._waiting.clear()
        for worker in self._workers:
            worker.kill()
        # Questions in progress end with their process, and so does what looks after it.
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def processes(self) -> list[int]:
        """Ids of the processes that there are."""
        return [worker.process.pid for worker in self._workers]

    async def run(self, work: Work, *arguments: Any, key: str = "", limit_s: float = 30.0, long: bool = False) -> Reply:
        """Have a question answered.

        Args:
            work: the function that answers it, in the worker.
            arguments: its arguments after the desk.
            key: equal for questions that share what has to be prepared.
            limit_s: seconds that it may work; the process is ended then.
            long: it may take seconds.
        """
        if self._closed:
            return _later("the server is stopping")
        if len(self._waiting) >= self.limits.waiting:
            return _later("too many questions at once: ask again in a moment")
        ticket = _Ticket(key, long)
        self._waiting.append(ticket)
        self._match()
        try:
            worker = await ticket.worker
        except asyncio.CancelledError:
            self._withdraw(ticket)
            raise
        if worker is None:
            return _later("the server is stopping")
        # Who asked may go away; the worker is busy all the same until it has answered.
        working = self._spawn(self._work(worker, pickle.dumps((work, arguments)), key, limit_s))
        return await asyncio.shield(working)

    def _withdraw(self, ticket: _Ticket) -> None:
        """Nobody waits for it any more."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        elif ticket.worker.done() and not ticket.worker.cancelled() and (worker := ticket.worker.result()) is not None:
            worker.busy = worker.long = False
            self._match()

    async def _work(self, worker: Worker, question: bytes, key: str, limit_s: float) -> Reply:
        try:
            async with asyncio.timeout(limit_s):
                reply = await worker.ask(question)
            worker.remember(key)
            if worker.memory > _MOST_MEMORY:
                worker.kill()
            else:
                worker.busy = worker.long = False
        except TimeoutError:
            worker.kill()
            return failure(504, f"not answered within {limit_s:g} s: ask for fewer tasks, or a smaller range")
        except EOFError:
            if self._closed:
                return _later("the server is stopping")
            return failure(500, "the process that worked on this ended; what is known stands in the server's output")
        self._match()
        return reply

    async def _live(self) -> None:
        """Start a worker, and another one in its place when it ends."""
        while not self._closed:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            worker = Worker(process)
            self._workers.append(worker)
            try:
                if self._closed:
                    return
                await worker.ask(b"")
                self._failed = 0
                worker.ready = True
                self._match()
                await process.wait()
            except EOFError:
                self._failed += 1
                if self._failed >= _STARTS and not self.broken.done():
                    self.broken.set_result(RigfitError("no worker process can be started; its output says why"))
                    return
            finally:
                self._workers.remove(worker)
                await worker.end()

    def _match(self) -> None:
        """Give questions to free workers, those that wait longest first."""
        for ticket in list(self._waiting):
            worker = self._free(ticket)
            if worker is not None:
                self._waiting.remove(ticket)
                worker.busy, worker.long = True, ticket.long
                ticket.worker.set_result(worker)

    def _free(self, ticket: _Ticket) -> Worker | None:
        free = [one for one in self._workers if one.ready and not one.busy and one.process.returncode is None]
        if not free:
            return None
        if ticket.long and self.limits.workers > 1:
            at_length = sum(one.long for one in self._workers)
            if at_length >= self.limits.workers - 1:
                return None
        return next((one for one in free if ticket.key and ticket.key in one.keys), free[0])

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _later(why: str) -> Reply:
    busy = failure(503, why)
    return Reply(busy.status, busy.body, busy.media, (("retry-after", "1"),))
