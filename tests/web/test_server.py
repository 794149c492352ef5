"""A real server on loopback: slow and rude clients, many at once, and its end."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from invoke import assert_refused, invoke
from serving import ask, process, share, thread

from rigfit.web.guard import Bounds
from rigfit.web.pool import Limits
from rigfit.web.server import Setup

UPSCALING = {
    "tasks": [{"task": "upscaling", "models": ["real-esrgan-x4plus"]}],
    "machine": {"gpus": ["rtx-3060-12gb"], "ram": "32 GB"},
}
HEAD = b"POST /v1/machine HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
SECONDS = 1.0


@pytest.fixture(scope="module")
def port():
    bounds = Bounds(body=20_000, bodies={}, head_s=SECONDS, body_s=SECONDS)
    with thread(Setup(bounds=bounds, limits=Limits(workers=2))) as port:
        assert ask(port, "/v1/quick", UPSCALING).status == 200
        yield port


def cut_after(port: int, *parts: bytes) -> tuple[float, bytes]:
    """Send something and no more: seconds until the server ends the connection, and what it said."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        start = time.monotonic()
        said = b""
        try:
            while found := connection.recv(65536):
                said += found
        except ConnectionResetError:
            pass
        return time.monotonic() - start, said


def test_slow_clients_are_cut_and_harm_nobody(port) -> None:
    slow = {
        "nothing": (),
        "half a head": (b"GET /v1/about HTT",),
        "a head without end": (b"GET /v1/about HTTP/1.1\r\nHost: 127.0.0.1\r\nX: y\r\n",),
        "half a body": (HEAD + b'Content-Length: 100\r\n\r\n{"gpus": [',),
        "a chunk without end": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{    \r\n",),
    }
    with ThreadPoolExecutor(len(slow) * 8) as clients:
        waiting = {name: [clients.submit(cut_after, port, *parts) for _ in range(8)] for name, parts in slow.items()}
        times = []
        for _ in range(10):
            start = time.monotonic()
            assert ask(port, "/v1/quick", UPSCALING).status == 200
            times.append(time.monotonic() - start)
        found = {name: [one.result() for one in ones] for name, ones in waiting.items()}
    assert sorted(times)[5] < 0.5
    for name, ones in found.items():
        assert all(SECONDS * 0.5 < seconds < SECONDS * 5 for seconds, _ in ones), (name, ones)
    assert all(b" 408 " in said for _, said in found["half a body"] + found["a chunk without end"])


def test_a_head_that_drips_is_cut_too(port) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        start = time.monotonic()
        connection.sendall(b"GET /v1/about HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        with pytest.raises(OSError):
            for number in range(200):
                connection.sendall(b"X-%d: y\r\n" % number)
                time.sleep(0.1)
        assert time.monotonic() - start < SECONDS * 5


def test_a_body_without_end_is_refused(port) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        try:
            for _ in range(10_000):
                connection.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")
                sent += 4096
        except OSError:
            pass
        assert sent < 10_000_000


@pytest.mark.parametrize(
    "head",
    [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"GET /v1/about HTTP/1.1\r\n\r\n",
     b"\r\n" * 50 + b"x\r\n\r\n",
     b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"GET " + b"/" * 200_000,
     b"POST /v1/machine HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n"],
    ids=["TLS", "version", "no host", "no request", "two hosts", "long", "negative"],
)  # fmt: skip
def test_what_is_no_request_is_refused(port, head) -> None:
    _, said = cut_after(port, head)
    assert said == b"" or said.split(b" ")[1] in (b"400", b"421", b"505")
    assert ask(port, "/v1/about").status == 200


def test_many_clients_at_once_all_get_answers(port, record_property) -> None:
    gate = threading.Barrier(64)

    def client(number: int) -> list[float]:
        gate.wait()
        times = []
        machine = {"gpus": ["rtx-3060-12gb"], "vram": f"{2 + number % 20} GB", "ram": "16 GB"}
        questions = [("/v1/quick", {**UPSCALING, "machine": machine}), ("/v1/presets", None),
                     ("/v1/estimate", {"model": "real-esrgan-x4plus", "machine": {"gpu": "RTX 4070"}})]  # fmt: skip
        for path, body in questions:
            start = time.monotonic()
            assert ask(port, path, body).status == 200
            times.append(time.monotonic() - start)
        return times

    with ThreadPoolExecutor(64) as clients:
        times = [one for ones in clients.map(client, range(64)) for one in ones]
    assert len(times) == 3 * 64
    for name, permille in (("median", 500), ("p95", 950), ("slowest", 1000)):
        record_property(f"latency {name} s", round(share(times, permille), 3))
    assert max(times) < 30


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_it_stops_at_once_and_leaves_nothing_behind(number) -> None:
    with process("--workers", "1") as server:
        assert ask(server.port, "/v1/about").status == 200
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert len(workers) == 1
        busy = threading.Thread(target=lambda: _ignoring(server.port))
        busy.start()
        time.sleep(0.3)
        start = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - start < 5  # 1.3 s where nothing else runs
        busy.join(10)
        assert ended(workers)
        assert server.process.stderr is not None
        assert "Traceback" not in server.process.stderr.read()


def ended(processes: list[psutil.Process]) -> bool:
    """All of them, soon; one that nobody has asked about since is a zombie."""
    _, alive = psutil.wait_procs(processes, timeout=30)
    return all(one.status() == psutil.STATUS_ZOMBIE for one in alive)


def _ignoring(port: int) -> None:
    """A question that takes long, whatever becomes of it."""
    body = {"request": {"tasks": [{"task": "image_generation"}], "machine": {"gpus": ["none"]}}}
    with contextlib.suppress(OSError):
        ask(port, "/v1/why-not", body)


def test_workers_end_with_a_server_that_is_killed() -> None:
    with process("--workers", "1") as server:
        assert ask(server.port, "/v1/about").status == 200
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert workers
        server.stop(signal.SIGKILL)
        assert ended(workers)


def test_a_port_in_use_is_one_line(port) -> None:
    assert_refused(invoke("serve", "--port", port), f"port {port} of 127.0.0.1 is in use", "--port")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.org"])
def test_listening_to_others_must_be_meant(host) -> None:
    assert_refused(invoke("serve", "--host", host, "--port", 0), "can be reached by others", "--expose")


def test_bad_folders_are_named_before_anything_listens(tmp_path) -> None:
    assert_refused(invoke("serve", "--port", 0, "--models", tmp_path / "none"), "no such folder")
    (tmp_path / "models.yaml").write_text("models: [")
    assert_refused(invoke("serve", "--port", 0, "--catalog", tmp_path), "models.yaml")
    assert_refused(invoke("serve", "--port", 0, "--host", "no.such.name.invalid", "--expose"), "no such name")
