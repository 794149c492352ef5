"""The HTTP API: a slider that is dragged, against an endpoint that does nothing, and many clients at once."""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.measure import Row, environment, once_ms, python
from rigfit.knowledge import load_knowledge

PRESETS = ("photorealism", "video")
MOVES = 200
CLIENTS = 64
_JSON = {"content-type": "application/json"}


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def get(self, path: str) -> bytes:
        return self._asked("GET", path, None)

    def post(self, path: str, body: Any) -> bytes:
        return self._asked("POST", path, json.dumps(body).encode())

    def _asked(self, method: str, path: str, body: bytes | None) -> bytes:
        self._connection.request(method, path, body, _JSON)
        response = self._connection.getresponse()
        found = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {found[:300]!r}")
        return found


@contextmanager
def server(env: Mapping[str, str]) -> Iterator[int]:
    """A server of its own; gives its port."""
    command = python("-m", "rigfit", "serve", "--port", "0")
    with subprocess.Popen(command, env=dict(env), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().rpartition(":")[2])
        finally:
            process.terminate()


def run(quick: bool) -> list[Row]:
    """Drag sliders over two presets, then ask from many clients at once."""
    presets = load_knowledge().index("presets")
    rows: list[Row] = []
    with environment() as env, server(env) as port:
        client = Client(port)
        client.get("/v1/machine")
        for name in PRESETS:
            rows += drag(client, name, presets[name].request.model_dump(mode="json", by_alias=True), quick)
        rows += crowd(port, presets["photorealism"].request.model_dump(mode="json", by_alias=True), quick)
    return rows


def drag(client: Client, name: str, request: dict[str, Any], quick: bool) -> list[Row]:
    """Move the sliders for VRAM and RAM; each move is answered before the next, as the page does it."""
    positions = list(_moves(40 if quick else MOVES))

    def ask(path: str, vram: int, ram: int) -> bytes:
        machine = {"gpus": ["rtx-3060-12gb"], "vram": f"{vram} MiB", "ram": f"{ram} MiB"}
        return client.post(path, {**request, "machine": machine})

    first = once_ms(lambda: ask("/v1/quick", 12 * 1024, 32 * 1024))
    moved, bare = [], []
    for vram, ram in positions:
        bare.append(once_ms(lambda: client.get("/v1/about")))
        moved.append(once_ms(lambda vram=vram, ram=ram: ask("/v1/quick", vram, ram)))  # type: ignore[misc]
    sample = random.Random(3).sample(positions, 3 if quick else 12)
    same = all(_bundles(ask("/v1/quick", *one)) == _bundles(ask("/v1/solve", *one)) for one in sample)
    rest = median(once_ms(lambda one=one: ask("/v1/solve", *one)) for one in sample)  # type: ignore[misc]
    return [
        Row(f"{name}: dragging, median of {len(moved)} moves", median(moved), aim=30),
        Row(f"{name}: dragging, 95 of 100 moves within", _share(moved), aim=100),
        Row(f"{name}: an endpoint that does nothing, median", median(bare), note=f"95 of 100: {_share(bare):.1f} ms"),
        Row(f"{name}: the first question", first, note="prepares the request on that kind of card"),
        Row(f"{name}: the whole answer, where the slider rests", rest, note="all reasons included"),
        Row(f"{name}: bundles equal to those of the whole answer", None, held=same, note=f"{len(sample)} positions"),
    ]


def crowd(port: int, request: dict[str, Any], quick: bool) -> list[Row]:
    """Clients that ask at once, each a few different questions."""
    times: list[float] = []
    failed: list[Exception] = []
    gate = threading.Barrier(CLIENTS)

    def one(number: int) -> None:
        client = Client(port)
        machine = {"gpus": ["rtx-3060-12gb"], "vram": f"{6 + number % 19} GB", "ram": "32 GB"}
        case = {"model": "flux1-dev", "machine": {"gpu": "RTX 4070", "ram_gb": 16 + number}}
        gate.wait()
        try:
            for _ in range(1 if quick else 3):
                times.append(once_ms(lambda: client.post("/v1/quick", {**request, "machine": machine})))
                times.append(once_ms(lambda: client.post("/v1/estimate", case)))
                times.append(once_ms(lambda: client.get("/v1/presets")))
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    note = str(failed[0]) if failed else f"{len(times)} answers, slowest {max(times):.0f} ms"
    return [
        Row(f"{CLIENTS} clients at once: all are answered", None, held=not failed, note=note),
        Row(f"{CLIENTS} clients at once: median", median(times)),
        Row(f"{CLIENTS} clients at once: 95 of 100 within", _share(times)),
    ]


def _moves(count: int) -> Iterator[tuple[int, int]]:
    """MiB of VRAM and RAM: there and back in small steps, jumps between, then the other slider."""
    chance = random.Random(7)
    for number in range(count):
        phase = number % 50
        if number < count * 3 // 5:
            vram = 4096 + phase * 400 if phase < 40 else chance.randrange(4096, 24576)
            yield vram, 32 * 1024
        else:
            yield 12 * 1024, 8192 + phase * 1100 if phase < 40 else chance.randrange(8192, 65536)


def _share(times: list[float]) -> float:
    return sorted(times)[-(-len(times) * 95 // 100) - 1]


def _bundles(body: bytes) -> tuple[Any, ...]:
    answer = json.loads(body)
    return tuple(answer[name] for name in ("status", "machine", "usable", "assumptions", "bundles"))
