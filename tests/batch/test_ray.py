"""The same work on a Ray cluster: the same bytes, whatever dies on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fleets import write_fleet
from invoke import assert_refused, invoke

from rigfit.batch.asked import asked
from rigfit.batch.chunks import Chunk
from rigfit.batch.pool import Serial
from rigfit.batch.ray import RayEngine
from rigfit.batch.run import Batch, run
from rigfit.errors import InputError
from rigfit.schema.machine import Machine
from rigfit.units import GB, GIB

MACHINE = Machine(simulated=True, os="linux", ram=8 * GIB, disk_free=GB)
CARDS = ("gtx-1650", "rtx-3060-12gb", "rtx-4060", "rtx-4090", "rx-7900-xtx", "apple-m2-16gb", "none")


def test_an_address_is_for_ray(tmp_path: Path) -> None:
    fleet = write_fleet(tmp_path / "f.csv", "a,1,none,16 GB,")
    arguments = ("batch", "--preset", "all", "--machines", fleet, "--out", tmp_path / "o.csv")
    assert_refused(invoke(*arguments, "--address", "x:6379"), "--engine ray")


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    """A head without cores of its own, and two nodes with one each."""
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    store = 80 * 2**20
    made = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": store, "include_dashboard": False}
    )
    made.nodes = [made.add_node(num_cpus=1, object_store_memory=store) for _ in range(2)]
    yield made
    made.shutdown()


@pytest.mark.slow
def test_a_node_that_dies_loses_nothing(cluster, tmp_path: Path, knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rigfit.batch.pieces._MOST", 1)  # many pieces, so that every node has one when it dies
    fleet = write_fleet(tmp_path / "f.csv", *(f"{n},1,{card},16 GB," for n, card in enumerate(CARDS)))
    requests = asked(["lightweight", "illustration"], [], knowledge)
    engine = RayEngine(cluster.address)
    killed: list[int] = []

    class Killing:
        def map(self, chunks):
            for done, found in enumerate(engine.map(chunks), start=1):
                yield found
                if not killed:
                    cluster.remove_node(cluster.nodes.pop(), allow_graceful=False)
                    killed.append(done)

        def close(self) -> None:
            engine.close()

    try:
        with pytest.raises(InputError, match="catalog or rules of a worker"):
            list(engine.map([Chunk(0, requests[0].request, MACHINE, ((8 * GIB, GB),), None, "other/digest")]))
        run(Batch(requests, fleet, tmp_path / "ray.csv", "csv"), knowledge, Killing())
    finally:
        engine.close()
    run(Batch(requests, fleet, tmp_path / "here.csv", "csv"), knowledge, Serial())
    assert killed == [1]
    assert (tmp_path / "ray.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


@pytest.mark.slow
def test_no_cluster_is_one_line(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    fleet = write_fleet(tmp_path / "f.csv", "a,1,none,16 GB,")
    arguments = ("batch", "--preset", "lightweight", "--machines", fleet, "--out", tmp_path / "o.csv")
    assert_refused(invoke(*arguments, "--engine", "ray", "--address", "nothing"), "no Ray cluster")
