"""What the routes share: asking the pool, this computer found once, answers that never change kept."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from fastapi.responses import Response

from rigfit.schema.api import ErrorBody
from rigfit.schema.request import Request as Asked
from rigfit.web.desk import Here
from rigfit.web.frames import Reply
from rigfit.web.pool import Work
from rigfit.web.work.machine import find_here

_DETECTION_S = 20.0
_KEPT = 2000


class Refused(Exception):  # noqa: N818  it carries an answer
    """Something that is needed first could not be had: the answer says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


class Answers(Protocol):
    """Who answers: `rigfit.web.pool.Pool`."""

    async def run(self, work: Work, *arguments: Any, key: str = "", limit_s: float = 30.0, long: bool = False) -> Reply:
        """Have a question answered; see `Pool.run`."""


@dataclass
class Service:
    """What the routes use of the server."""

    pool: Answers
    _kept: dict[tuple[Any, ...], Reply] = field(default_factory=dict)
    _here: asyncio.Task[Reply] | None = None

    async def here(self, *, again: bool = False) -> Here:
        """The computer, as it was found at the first question; found anew where asked for.

        Raises:
            Refused: when it cannot be found now.
        """
        task = self._here
        if task is None or again or (task.done() and (task.cancelled() or task.result().status != 200)):
            task = self._here = asyncio.create_task(self.pool.run(find_here, limit_s=_DETECTION_S))
        # Others wait for the same: who goes away must not take it with them.
        reply = await asyncio.shield(task)
        if reply.status != 200:
            raise Refused(reply)
        found: Here = reply.value
        return found

    async def kept(self, work: Work, *arguments: Any) -> Reply:
        """An answer that depends on catalog and rules alone, which stay what they are while the server runs."""
        key = (work.__name__, *arguments)
        reply = self._kept.get(key)
        if reply is None:
            reply = await self.pool.run(work, *arguments)
            if reply.status == 200 and len(self._kept) < _KEPT:
                self._kept[key] = reply
        return reply


def service(request: Request) -> Service:
    """The server's."""
    found: Service = request.app.state.service
    return found


Uses = Annotated[Service, Depends(service)]


def sent(reply: Reply) -> Response:
    """An answer of a worker, as it is."""
    return Response(reply.body, reply.status, dict(reply.headers), reply.media)


async def answered(request: Request, uses: Service, work: Work, *arguments: Any, **options: Any) -> Response:
    """The answer of a worker; whoever goes away meanwhile no longer waits for one."""
    asking = asyncio.create_task(uses.pool.run(work, *arguments, **options))
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return sent(asking.result()) if asking.done() else Response(status_code=499)
    finally:
        asking.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


_SAID = {
    400: "The body is no JSON, or nested too deeply.",
    403: "A page of another site asks.",
    404: "There is nothing of that name.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    421: "The name in `Host` is not one of this server's.",
    422: "What is asked cannot be understood, or names something that does not exist.",
    503: "Too many questions wait already; `Retry-After` says when to ask again.",
    504: "It takes longer than this question may.",
}


def errors(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Documentation of what may come in place of an answer."""
    return {code: {"model": ErrorBody, "description": _SAID[code]} for code in codes}


READ = errors(403, 421, 422, 503, 504)
"""Of a question without a body."""
NAMED = errors(403, 404, 421, 422, 503, 504)
"""Of a question by a name."""
ASKED = errors(400, 403, 408, 413, 415, 421, 422, 503, 504)
"""Of a question with a body."""


def key_of(asked: Asked) -> str:
    """Equal for requests that share what has to be prepared, on whatever machine."""
    from rigfit.whatif.classes import request_key

    return request_key(asked)
