"""The API in this process, and as a server of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rigfit.web.desk import Desk
from rigfit.web.frames import Reply
from rigfit.web.server import Setup, _serve, listen
from rigfit.web.worker import answer

HOST = "http://127.0.0.1:8765"


class Inline:
    """In place of worker processes: the same questions, pickled as for them, answered in this process."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def run(self, work: Any, *arguments: Any, **_: Any) -> Reply:
        return pickle.loads(pickle.dumps(answer(pickle.dumps((work, arguments)), self.desk)))


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, path: str, body: Any = None, *, method: str | None = None, headers: dict[str, str] | None = None
) -> Answered:
    """One question on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        more = {"content-type": "application/json", **(headers or {})}
        connection.request(method or ("GET" if content is None else "POST"), path, content, more)
        response = connection.getresponse()
        return Answered(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Process:
    port: int
    process: subprocess.Popen[str]

    def stop(self, number: int = signal.SIGTERM, timeout: float = 10) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout)


@contextmanager
def process(*options: str, environment: dict[str, str] | None = None) -> Iterator[Process]:
    """`rigfit serve` on a free port."""
    command = [sys.executable, "-m", "rigfit", "serve", "--port", "0", *options]
    env = {**os.environ, **(environment or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env) as started:
        assert started.stdout is not None
        try:
            line = started.stdout.readline().strip()
            assert line.startswith("listening on http://127.0.0.1:"), (line, started.stderr and started.stderr.read())
            yield Process(int(line.rpartition(":")[2]), started)
        finally:
            if started.poll() is None:
                started.kill()


@contextmanager
def thread(setup: Setup) -> Iterator[int]:
    """A server in a thread of this process, with worker processes; gives its port."""
    import asyncio

    ready = threading.Event()
    stop: list[Any] = []

    async def serve() -> None:
        task = asyncio.current_task()
        stop.append((asyncio.get_running_loop(), task))
        await _serve(setup, listening, lambda _: ready.set())

    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(serve())

    running = threading.Thread(target=run)
    running.start()
    assert ready.wait(30)
    try:
        yield port
    finally:
        loop, task = stop[0]
        loop.call_soon_threadsafe(task.cancel)
        running.join(15)
        listening.close()


def share(times: Sequence[float], permille: int) -> float:
    """The time within which so many of a thousand lie."""
    return sorted(times)[-(-len(times) * permille // 1000) - 1]
