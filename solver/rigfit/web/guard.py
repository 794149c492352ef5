"""What every request goes through before anything reads it: names, origins, methods, sizes, nesting, time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rigfit.web.bounds import excess
from rigfit.web.failures import failure
from rigfit.web.frames import JSON, Reply
from rigfit.web.hosts import Names, foreign

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/v1/"
_KB = 1024
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        b"frame-ancestors 'none'",
    ),
)
_PATIENCE = 4
"""Times the allowed size that is read, and thrown away, before the connection ends."""
_NOT_KEPT = (b"cache-control", b"no-store")


@dataclass(frozen=True)
class Bounds:
    """What a request may be and take."""

    body: int = 512 * _KB
    """Bytes of a body."""
    bodies: Mapping[str, int] = field(
        default_factory=lambda: dict.fromkeys(("/v1/check", "/v1/fix"), 16 * _KB * _KB) | {"/v1/emit": 4 * _KB * _KB}
    )
    """The same for paths that take more."""
    head_s: float = 10.0
    """Seconds until a head is there, from the opening of a connection or from its first byte."""
    body_s: float = 10.0
    """Seconds until a body is there."""
    whole_s: float = 180.0
    """Seconds until an answer is sent, to a client that is slow to take it."""


class Guard:
    """Lets in what is well-formed and meant for this server; the rest is told why not."""

    def __init__(self, app: ASGIApp, names: Names, bounds: Bounds) -> None:
        self.app = app
        self.names = names
        self.bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_api = scope["path"].startswith(API)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                extra = (*_HEADERS, _NOT_KEPT) if is_api else _HEADERS
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            async with asyncio.timeout(self.bounds.whole_s):
                await self._handle(scope, receive, sending, is_api=is_api)
        except TimeoutError:
            if not begun:
                await _reply(failure(504, f"not answered within {self.bounds.whole_s:g} s"), sending)
            # Otherwise the client is too slow to take the answer: the connection ends in the middle of it.

    async def _handle(self, scope: Scope, receive: Receive, send: Send, *, is_api: bool) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope, headers, is_api=is_api)
        body = b""
        if refused is None:
            body, refused = await self._body(scope["path"], headers, receive)
        if refused is None and body and is_api:
            refused = _unfit(body, headers)
        if refused is None:
            await self.app(scope, _given(body, receive), send)
        else:
            # What is left of a body is not read: the connection ends with the answer.
            await _reply(refused, send)

    def _refused(self, scope: Scope, headers: Mapping[str, str], *, is_api: bool) -> Reply | None:
        host = headers.get("host", "")
        if not self.names.known(host):
            return failure(421, f"this server is not called {host[:80]!r}: ask it by the address that it printed")
        # A link on another site may lead to the page; asking the API is for our own page and for programs.
        if (is_api or scope["method"] not in ("GET", "HEAD")) and foreign(headers, host):
            return failure(403, "a page of another site asks: only this server's own page and programs may")
        return None

    async def _body(self, path: str, headers: Mapping[str, str], receive: Receive) -> tuple[bytes, Reply | None]:
        most = self.bounds.bodies.get(path, self.bounds.body)
        too_large = failure(413, f"the body is larger than {most // _KB} KB", "body")
        stated = headers.get("content-length", "0")
        if stated.isdigit() and int(stated) > _PATIENCE * most:
            return b"", too_large
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.bounds.body_s):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return b"", failure(400, "the client went away", "body")
                    size += len(message.get("body", b""))
                    if size <= most:
                        parts.append(message.get("body", b""))
                    else:  # read on for a while: a client that is still sending would not see why it was refused
                        parts.clear()
                    if not message.get("more_body", False) or size > _PATIENCE * most:
                        return (b"".join(parts), None) if size <= most else (b"", too_large)
        except TimeoutError:
            return b"", failure(408, f"the body was not there within {self.bounds.body_s:g} s", "body")


def _unfit(body: bytes, headers: Mapping[str, str]) -> Reply | None:
    media = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if media != JSON:
        return failure(415, f"the body must be JSON: send it as content-type {JSON}", "body")
    too_much = excess(body)
    return None if too_much is None else failure(400, f"the body is {too_much}", "body")


def _given(body: bytes, receive: Receive) -> Receive:
    """What was read already, then what the client does afterwards."""
    waiting = [body]

    async def receiving() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return receiving


async def _reply(reply: Reply, send: Send) -> None:
    headers = [
        (b"content-type", reply.media.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
