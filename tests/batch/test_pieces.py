"""Chunks in pieces: nothing is lost or done twice, and what can share stays together."""

from rigfit.batch.asked import asked
from rigfit.batch.canonical import canonical
from rigfit.batch.chunks import Chunk
from rigfit.batch.pieces import in_order, pieces
from rigfit.machine import simulate
from rigfit.schema.request import MachineRequest
from rigfit.whatif.classes import machine_kind

CARDS = ("rtx-4060", "rtx-3060-12gb", "rtx-4070", "rtx-4090", "rtx-3090", "gtx-1650", "rtx-4080")


def test_alike_machines_are_one_piece_and_large_work_comes_first(knowledge):
    machines = [canonical(simulate(knowledge, MachineRequest(gpus=(card,)))) for card in CARDS]
    requests = [one.request for one in asked(["lightweight", "video"], [], knowledge)]
    each = [(request, machine) for request in requests for machine in machines]
    chunks = [Chunk(n, r, m, tuple((point,) for point in range(n % 7 + 1))) for n, (r, m) in enumerate(each)]
    found = list(pieces(in_order(chunks)))
    assert sorted(chunk.number for piece in found for chunk in piece) == list(range(len(chunks)))
    kinds = [{(id(chunk.request), machine_kind(chunk.machine)) for chunk in piece} for piece in found]
    assert all(len(kind) == 1 for kind in kinds)
    assert len(found) == len({one for kind in kinds for one in kind}) < len(chunks)
    work = [sum(len(chunk.points) for chunk in piece) for piece in found]
    assert work == sorted(work, reverse=True)


def test_a_kind_of_many_classes_is_several_pieces(knowledge):
    machine = canonical(simulate(knowledge, MachineRequest(gpus=("rtx-4070",))))
    request = asked(["lightweight"], [], knowledge)[0].request
    chunks = [Chunk(n, request, machine, ((n,),)) for n in range(30)]
    found = list(pieces(in_order(chunks)))
    assert [chunk.number for piece in found for chunk in piece] == list(range(30))
    assert len(found) > 1
    assert max(map(len, found)) <= 8
