"""A worker process: reads a question from its standard input, answers it, waits for the next; ends with its parent.

A question is a pickled pair of a function of `rigfit.web.work` and its arguments; it comes from the server alone. What
the function returns goes back as it will be sent to the client.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rigfit.errors import RigfitError
from rigfit.knowledge import load_knowledge
from rigfit.web import frames
from rigfit.web.desk import Desk
from rigfit.web.failures import failure, misfit
from rigfit.web.frames import Reply


def main(arguments: Sequence[str]) -> None:
    """Answer until the standard input ends.

    Args:
        arguments: the catalog folder (empty for none), then folders with models.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server to handle
    questions, answers = _pipes()
    catalog, *models = arguments
    desk = Desk(load_knowledge(Path(catalog) if catalog else None), [Path(folder) for folder in models])
    frames.write(answers, pickle.dumps((Reply(200, b""), _memory())))
    _warm()
    # What is there now stays: looking for garbage in it, or often, would cost more than the answers.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    while (question := questions.get()) is not None:
        frames.write(answers, pickle.dumps((answer(question, desk), _memory())))


def _pipes() -> tuple[queue.SimpleQueue[bytes | None], BinaryIO]:
    """Questions, and where answers go; a stray print goes to the standard error in place of among the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def listen() -> None:
        while (content := frames.read(sys.stdin.buffer)) is not None:
            asked.put(content)
        os._exit(0)  # the server is gone: nobody waits for what is being worked on

    threading.Thread(target=listen, daemon=True).start()
    return asked, answers


def _warm() -> None:
    """Import what the first question would wait for."""
    from rigfit.engines.ortools_import import cp_model  # noqa: F401
    from rigfit.whatif.session import Session  # noqa: F401


def _memory() -> int:
    """Bytes that the process holds."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def answer(question: bytes, desk: Desk) -> Reply:
    """The answer to a question; whatever goes wrong is one too."""
    try:
        function, arguments = pickle.loads(question)
        return _reply(function(desk, *arguments))
    except RigfitError as problem:
        return failure(422, problem.message, problem.where, problem.nearest)
    except (OverflowError, RecursionError, MemoryError) as problem:
        return failure(422, misfit(problem))
    except Exception:
        traceback.print_exc()
        return failure(500, "a fault of rigfit; what is known of it stands in the server's output")


def _reply(found: Any) -> Reply:
    """A document as the JSON that `--json` prints, one line of it."""
    if isinstance(found, Reply):
        return found
    if hasattr(found, "model_dump_json"):
        return Reply(200, found.model_dump_json(by_alias=True).encode())
    if isinstance(found, Iterable) and not isinstance(found, dict):
        return Reply(200, b"[" + b",".join(_reply(one).body for one in found) + b"]")
    return Reply(200, json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
