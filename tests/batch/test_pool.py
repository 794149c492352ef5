"""Processes: the same results as here, in whatever order; a process that dies costs nothing but time."""

import os
import signal
from pathlib import Path

import pytest
from batches import pretended

from rigfit.batch.chunks import Chunk
from rigfit.batch.pool import Local, Processes, Serial
from rigfit.errors import RigfitError
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.units import GB, GIB

MACHINE = Machine(simulated=True, os="linux", ram=8 * GIB, disk_free=GB)


def chunks(count, catalog=None):
    return [Chunk(n, Request(), MACHINE, ((8 * GIB, n * 20 * GB),), catalog) for n in range(count)]


def dies_once(chunk):
    """The first process to come here dies."""
    try:
        Path(chunk.catalog, "died").touch(exist_ok=False)
    except FileExistsError:
        return pretended(chunk)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def dies(chunk):
    os.kill(os.getpid(), signal.SIGKILL)


def ordered(found):
    return sorted(found, key=lambda one: one.number)


def test_a_process_that_dies_loses_nothing(tmp_path):
    engine = Processes(2, dies_once)
    try:
        found = ordered(engine.map(chunks(6, tmp_path)))
    finally:
        engine.close()
    assert found == ordered(Serial(pretended).map(chunks(6)))


@pytest.mark.slow  # starts processes three times
def test_work_that_kills_every_process_is_given_up():
    engine = Processes(1, dies)
    try:
        with pytest.raises(RigfitError, match="processes died 3 times"):
            list(engine.map(chunks(2)))
    finally:
        engine.close()


def test_little_work_starts_no_process(monkeypatch):
    engine = Local(2)
    monkeypatch.setattr(Processes, "map", lambda self, given: pytest.fail("started"))
    assert list(engine.map([])) == []
