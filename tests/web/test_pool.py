"""Worker processes: whatever one of them is asked, the others answer."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import worker_calls as calls

from rigfit.web.frames import Reply
from rigfit.web.pool import Limits, Pool

# A worker without catalog and solver, that knows what tests ask: there in half a second.
_LIGHT = f"""
import sys
sys.path.insert(0, {str(Path(calls.__file__).parent)!r})
from rigfit.web import worker
worker.load_knowledge = worker._warm = lambda *_: None
worker.main([""])
"""
COMMAND = (sys.executable, "-c", _LIGHT)


def with_pool(test: Callable[[Pool], Awaitable[Any]], **limits: int) -> None:
    """Run a test with a pool, and see that nothing is left of it."""

    async def run() -> None:
        pool = Pool(Limits(**limits), COMMAND)
        pool.start()
        try:
            await test(pool)
        finally:
            there = pool.processes
            start = time.monotonic()
            await pool.close()
            assert time.monotonic() - start < 2
            assert not [pid for pid in there if psutil.pid_exists(pid)]

    asyncio.run(run())


def value(reply: Reply) -> Any:
    assert reply.status == 200, reply
    return json.loads(reply.body)


def message(reply: Reply) -> str:
    return json.loads(reply.body)["error"]["message"]


async def both(pool: Pool) -> list[int]:
    """The process ids of two workers, once both are there."""
    found: list[int] = []
    async with asyncio.timeout(60):
        while len(set(found)) < 2:
            replies = await asyncio.gather(*(pool.run(calls.process_id, 0.1) for _ in range(2)))
            found = [value(reply) for reply in replies]
    return found


def test_what_hangs_dies_or_fails_keeps_nobody_waiting() -> None:
    async def test(pool: Pool) -> None:
        first, second = await both(pool)
        assert first != second
        hanging = asyncio.create_task(pool.run(calls.hang, limit_s=1.5, long=True))
        await asyncio.sleep(0.05)
        for _ in range(5):  # the other one answers meanwhile
            start = time.monotonic()
            assert value(await pool.run(calls.process_id)) in (first, second)
            assert time.monotonic() - start < 1
        reply = await hanging
        assert reply.status == 504
        assert "within 1.5 s" in message(reply)
        assert len({*await both(pool)} - {first, second}) == 1  # another one took its place
        reply = await pool.run(calls.die)
        assert reply.status == 500
        assert "ended" in message(reply)
        assert len(set(await both(pool))) == 2
        reply = await pool.run(calls.fault)
        assert reply.status == 500
        assert "ZeroDivision" not in message(reply)
        reply = await pool.run(calls.wrong)
        assert (reply.status, json.loads(reply.body)) == (
            422, {"error": {"message": "no such thing", "where": "here", "nearest": ["thing"]}},
        )  # fmt: skip
        assert value(await pool.run(calls.noise, {"a": 1})) == {"a": 1}

    with_pool(test, workers=2)


def test_who_answered_before_answers_again_and_long_questions_leave_one_free() -> None:
    async def test(pool: Pool) -> None:
        await both(pool)
        first = value(await pool.run(calls.process_id, key="a"))
        taken = asyncio.create_task(pool.run(calls.process_id, 0.2, key="a"))
        await asyncio.sleep(0.05)
        other = value(await pool.run(calls.process_id, key="b"))  # the first is busy
        assert value(await taken) == first != other
        for key, pid in [("a", first), ("b", other), ("a", first), ("b", other)]:
            assert value(await pool.run(calls.process_id, key=key)) == pid
        long = [asyncio.create_task(pool.run(calls.process_id, 0.3, long=True)) for _ in range(2)]
        await asyncio.sleep(0.05)
        start = time.monotonic()
        await pool.run(calls.process_id)
        assert time.monotonic() - start < 0.25
        ones = [value(await one) for one in long]
        assert time.monotonic() - start >= 0.5, ones  # one after the other

    with_pool(test, workers=2)


def test_too_many_questions_are_told_to_come_back_and_who_leaves_is_forgotten() -> None:
    async def test(pool: Pool) -> None:
        await pool.run(calls.process_id)
        asked = [asyncio.create_task(pool.run(calls.process_id, 0.3)) for _ in range(4)]
        await asyncio.sleep(0.05)
        full = await pool.run(calls.process_id)
        assert (full.status, dict(full.headers)) == (503, {"retry-after": "1"})
        for one in asked[1:]:
            one.cancel()
        assert value(await asked[0])
        start = time.monotonic()
        assert value(await pool.run(calls.process_id))
        assert time.monotonic() - start < 0.25  # nobody worked for those that left

    with_pool(test, workers=1, waiting=3)


def test_who_leaves_while_it_is_worked_on_loses_nobody_a_worker() -> None:
    async def test(pool: Pool) -> None:
        pid = value(await pool.run(calls.process_id))
        leaving = asyncio.create_task(pool.run(calls.process_id, 0.2))
        await asyncio.sleep(0.05)
        leaving.cancel()
        assert value(await pool.run(calls.process_id)) == pid

    with_pool(test, workers=1)


def test_a_pool_that_cannot_start_says_so() -> None:
    async def run() -> None:
        pool = Pool(Limits(workers=1), (sys.executable, "-c", "raise SystemExit(3)"))
        pool.start()
        problem = await asyncio.wait_for(pool.broken, 60)
        assert "no worker process" in str(problem)
        await pool.close()

    asyncio.run(run())
