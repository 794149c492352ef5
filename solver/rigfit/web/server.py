"""Listening: the socket, the workers, signals, and an end without anything left behind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import uvicorn

from rigfit.errors import InputError, RigfitError
from rigfit.web.app import create_app
from rigfit.web.guard import Bounds
from rigfit.web.pool import Limits, Pool, worker_command
from rigfit.web.protocol import impatient

_STOP_S = 1
"""Seconds that questions in progress get at the end."""
_IDLE_S = 15
"""Seconds that a connection may stay open between two requests."""


@dataclass(frozen=True)
class Setup:
    """What is served, and where."""

    host: str = "127.0.0.1"
    port: int = 8765
    catalog: Path | None = None
    models: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)
    with_parent: bool = False
    """Stop when standard input ends."""


class _Server(uvicorn.Server):
    """Ends quietly: being told to stop is no failure."""

    def __init__(self, config: uvicorn.Config, pool: Pool) -> None:
        super().__init__(config)
        self._pool = pool

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """First end what works: then every question has an answer, and nothing has to be waited for."""
        await self._pool.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM; a second one does not wait for what is in progress."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
        before = {name: signal.signal(getattr(signal, name), self.handle_exit) for name in names}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(getattr(signal, name), handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks, the second insists."""
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        InputError: when the port is taken, or the address is not this computer's.
    """
    try:
        where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError):
        raise InputError(f"--host {host[:80]}: no such name or address", name=host) from None
    family, kind, protocol, _, address = where
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY): without it each waits 40 ms.
    found = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # elsewhere a second server could take the port over
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(256)
    except OSError as problem:
        found.close()
        if problem.errno == errno.EADDRINUSE:
            text = f"port {port} of {host} is in use: stop what listens there, or give --port (0 takes a free one)"
            raise InputError(text) from None
        raise InputError(f"cannot listen on {host} port {port}: {problem.strerror}") from None
    return found


def address_of(listening: socket.socket, host: str) -> str:
    """The address to type into a browser."""
    port = listening.getsockname()[1]
    try:
        if ipaddress.ip_address(host).is_unspecified:
            host = "127.0.0.1" if listening.family == socket.AF_INET else "::1"
    except ValueError:
        pass
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve(setup: Setup, started: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        setup: what and where.
        started: called with the address once questions are taken.

    Raises:
        InputError: when the port is taken.
        RigfitError: when no worker process can be started.
    """
    with listen(setup.host, setup.port) as listening:
        asyncio.run(_serve(setup, listening, started))


async def _serve(setup: Setup, listening: socket.socket, started: Callable[[str], None]) -> None:
    pool = Pool(setup.limits, worker_command(setup.catalog, setup.models))
    app = create_app(pool, setup.host, setup.bounds)
    server = _Server(
        uvicorn.Config(
            app,
            http=impatient(setup.bounds.head_s),
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_STOP_S,
            h11_max_incomplete_event_size=32 * 1024,
        ),
        pool,
    )

    async def announce() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        started(address_of(listening, setup.host))
        await app.state.service.here()

    def give_up(_: asyncio.Future[RigfitError]) -> None:
        server.should_exit = True

    if setup.with_parent:
        threading.Thread(target=_stop_at_end_of_input, args=(server,), daemon=True).start()
    try:
        pool.start()
        pool.broken.add_done_callback(give_up)
        announcing = asyncio.create_task(announce())
        await server.serve([listening])
        announcing.cancel()
    finally:
        await pool.close()
    if pool.broken.done():
        raise pool.broken.result()


def _stop_at_end_of_input(server: uvicorn.Server) -> None:
    # Not through sys.stdin: a thread that waits in its lock would keep the interpreter from ending.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    server.should_exit = True
