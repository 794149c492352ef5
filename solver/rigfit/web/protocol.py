"""HTTP connections that are cut when they are slow: a head that does not arrive, or more connections than are borne."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 512


class Impatient(H11Protocol):
    """uvicorn waits for a request's head without end; this does not."""

    head_s = 10.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait until the head is whole."""
        before = self.cycle
        if self._waiting is None and self.conn.their_state is h11.IDLE:
            self._wait()
        super().data_received(data)
        if self.cycle is not before or self.conn.their_state is not h11.IDLE:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """A request that came in while another was answered may have begun already."""
        super().on_response_complete()
        if not self.transport.is_closing() and self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait()

    def timeout_keep_alive_handler(self) -> None:
        """A client that has not taken its answer by now does not hold the connection open by that."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(self.head_s, self._cut)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _cut(self, *_: Any) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.abort()


def impatient(head_s: float) -> type[Impatient]:
    """A protocol that waits so many seconds for a head."""
    return type("Impatient", (Impatient,), {"head_s": head_s})
