"""What worker processes are asked to do in tests of the pool."""

from __future__ import annotations

import os
import time
from typing import Any

from rigfit.errors import InputError
from rigfit.web.desk import Desk


def process_id(desk: Desk, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return os.getpid()


def hang(desk: Desk) -> None:
    while True:
        time.sleep(60)


def die(desk: Desk) -> None:
    os._exit(7)


def wrong(desk: Desk) -> None:
    raise InputError("no such thing", where="here", nearest=["thing"])


def fault(desk: Desk) -> None:
    raise ZeroDivisionError


def noise(desk: Desk, what: Any) -> Any:
    print("not an answer", flush=True)
    os.write(1, b"nor this\n")
    return what
