"""A run that is stopped anywhere and resumed writes what an undisturbed one writes."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from batches import batch, fleet, pretended
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rigfit.batch.pool import Serial
from rigfit.batch.run import run
from rigfit.errors import InputError, RigfitError
from rigfit.knowledge import load_knowledge

ROOT = Path(__file__).resolve().parents[2]


@cache
def known():
    return load_knowledge()


@pytest.fixture(scope="module")
def knowledge():
    return known()


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    """Nobody pulls the plug here: the disk need not keep up."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


def done(one, knowledge, **how):
    return run(one, knowledge, Serial(pretended), **how)


class StopError(Exception):
    pass


class Stopping:
    """Stops a run when so many rows are written, or so many chunks evaluated."""

    def __init__(self, *, rows: int = 10**9, chunks: int = 10**9) -> None:
        self.rows, self.chunks = rows, chunks

    def map(self, chunks):
        for chunk in chunks:
            self.chunks -= 1
            if self.chunks < 0:
                raise StopError
            yield pretended(chunk)

    def close(self) -> None: ...

    def reading(self, machines) -> None: ...

    def solving(self, done, of) -> None: ...

    def writing(self, done, of) -> None:
        self.rows -= 1
        if self.rows < 0:
            raise StopError


@pytest.fixture(scope="module")
def stopped(knowledge, tmp_path_factory):
    """A finished run, and the files of one that was stopped in its second segment."""
    folder = tmp_path_factory.mktemp("stopped")
    done(batch(folder, "whole.csv"), knowledge)
    one = batch(folder)
    with pytest.raises(StopError):
        stop = Stopping(rows=9)
        run(one, knowledge, stop, progress=stop)
    assert not one.out.exists()
    return folder


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(journal=st.integers(0, 100), partial=st.integers(0, 100), noise=st.binary(max_size=3))
def test_whatever_is_lost_of_the_files_the_end_is_the_same(journal, partial, noise, stopped, tmp_path):
    folder = tmp_path / "run"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(stopped, folder)
    for name, share in (("out.csv.journal", journal), ("out.csv.partial", partial)):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) * share // 100] + noise)
    done(batch(folder), known(), resume=True)
    assert (folder / "out.csv").read_bytes() == (stopped / "whole.csv").read_bytes()
    assert not [file.name for file in folder.iterdir() if file.suffix in (".partial", ".journal")]


def test_what_was_evaluated_is_not_evaluated_again(knowledge, tmp_path):
    one = batch(tmp_path)
    with pytest.raises(StopError):
        run(one, knowledge, Stopping(chunks=5))
    rest = done(one, knowledge, resume=True)
    other = batch(tmp_path, "other.csv")
    assert rest.solves == done(other, knowledge).solves - 5
    assert one.out.read_bytes() == other.out.read_bytes()


def test_the_summary_counts_what_an_earlier_run_did(stopped, knowledge, tmp_path):
    shutil.copytree(stopped, tmp_path / "run")
    found = done(batch(tmp_path / "run"), knowledge, resume=True)
    fresh = done(batch(tmp_path / "run", "fresh.csv"), knowledge)
    assert found.verdicts == fresh.verdicts
    assert (found.rows, found.resumed, fresh.resumed) == (120, 74, 0)
    assert sum(one.machines for one in found.verdicts) == 120


@pytest.mark.parametrize(
    ("change", "said"),
    [("fleet", "the fleet changed"), ("requests", "the requests changed"), ("block", "the size of blocks changed")],
)
def test_another_run_is_not_resumed(change, said, stopped, knowledge, tmp_path):
    shutil.copytree(stopped, tmp_path / "run")
    one = batch(tmp_path / "run")
    if change == "fleet":
        fleet(one.fleet, 59)
    changes = {"requests": one.requests[:1]} if change == "requests" else {"block": 5} if change == "block" else {}
    with pytest.raises(InputError, match=said):
        done(batch(tmp_path / "run", **changes), knowledge, resume=True)


def test_nothing_is_overwritten_unasked(stopped, knowledge, tmp_path):
    shutil.copytree(stopped, tmp_path / "run")
    with pytest.raises(InputError, match="--resume goes on with it"):
        done(batch(tmp_path / "run"), knowledge)
    with pytest.raises(InputError, match="is there already"):
        done(batch(tmp_path / "run", "whole.csv"), knowledge)
    assert done(batch(tmp_path / "run", "whole.csv"), knowledge, resume=True) is None
    assert done(batch(tmp_path / "run"), knowledge, overwrite=True).resumed == 0
    (tmp_path / "run" / "whole.csv").write_text("mine")
    done(batch(tmp_path / "run", "whole.csv"), knowledge, overwrite=True)
    assert (tmp_path / "run" / "whole.csv").read_bytes() == (stopped / "whole.csv").read_bytes()


def test_two_runs_do_not_write_one_file(knowledge, tmp_path):
    one = batch(tmp_path)

    class Meanwhile(Serial):
        def map(self, chunks):
            with pytest.raises(InputError, match="another run is writing"):
                done(one, knowledge, resume=True)
            return super().map(chunks)

    run(one, knowledge, Meanwhile(pretended))
    assert one.out.exists()


def test_a_full_disk_keeps_what_is_finished(knowledge, tmp_path):
    whole = batch(tmp_path, "whole.csv")
    done(whole, knowledge)
    one = batch(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (whole.out.stat().st_size // 2, before[1]))
    try:
        with pytest.raises(RigfitError, match=r"cannot be written: .*; the rows of \d+ machines are kept, --resume"):
            done(one, knowledge)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not one.out.exists()
    assert done(one, knowledge, resume=True).resumed > 0
    assert one.out.read_bytes() == whole.out.read_bytes()


# A process of its own, to be killed: it kills itself in the middle of the n-th write, or lives to be killed.
_CHILD = """
import os, signal, sys, time
from pathlib import Path
sys.path[:0] = [{root!r} + "/solver", {root!r} + "/tests/helpers"]
if __name__ == "__main__":
    from batches import batch, pretended
    from rigfit.batch import files, run as running
    from rigfit.batch.pool import Processes, Serial
    from rigfit.knowledge import load_knowledge

    at, engine, pause = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    flush = files._flush

    def flush_or_die(file):
        global at
        flush(file)
        time.sleep(pause)
        at -= 1
        if at == 0:
            if not file.name.endswith("journal"):
                os.truncate(file.name, max(0, os.path.getsize(file.name) - 9))
            os.kill(os.getpid(), signal.SIGKILL)

    files._flush = flush_or_die
    one = batch(Path({folder!r}))
    engine = Processes(2) if engine == "processes" else Serial(pretended)
    Path({folder!r}, "started").touch()
    running.run(one, load_knowledge(), engine, resume=True)
    engine.close()
"""


def start(folder, at=0, engine="serial", pause=0.0):
    child = folder / "child.py"
    child.write_text(_CHILD.format(root=str(ROOT), folder=str(folder)))
    return subprocess.Popen([sys.executable, str(child), str(at), engine, str(pause)], stderr=subprocess.PIPE)


@pytest.mark.parametrize("at", [2, 9, 33])
def test_killed_in_the_middle_of_a_write(at, knowledge, tmp_path):
    killed = start(tmp_path, at)
    assert killed.wait(60) == -signal.SIGKILL, killed.stderr.read()
    assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "out.csv.journal").exists()
    done(batch(tmp_path), knowledge, resume=True)
    done(batch(tmp_path, "whole.csv"), knowledge)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.slow
def test_killed_again_and_again_at_random_moments(knowledge, tmp_path):
    whole, solved = batch(tmp_path, "whole.csv"), batch(tmp_path, "solved.csv")
    done(whole, knowledge)
    run(solved, knowledge, Serial())
    moments = random.Random(20)
    for number in range(20):
        folder = tmp_path / str(number)
        folder.mkdir()
        kills = 0
        engine = "processes" if number % 5 == 4 else "serial"
        while True:
            (folder / "started").unlink(missing_ok=True)
            child = start(folder, engine=engine, pause=0.02)
            while not (folder / "started").exists() and child.poll() is None:
                time.sleep(0.01)
            try:
                # Later from time to time, so that every run ends at last.
                code = child.wait(moments.uniform(0, 1.5 + kills))
                assert code == 0, child.stderr.read()
                break
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                kills += 1
                assert not (folder / "out.csv").exists() or not (folder / "out.csv.partial").exists()
        expected = (solved if engine == "processes" else whole).out.read_bytes()
        assert (folder / "out.csv").read_bytes() == expected, f"run {number}, killed {kills} times"
