"""What machines of one kind share: prepared with it, a machine is what it is when prepared alone."""

import numpy as np
import pytest

from rigfit.candidates.compiler import prepare
from rigfit.candidates.judged import Judged
from rigfit.machine import simulate
from rigfit.schema.request import MachineRequest, Request
from rigfit.whatif.classes import machine_class, machine_kind

FLOPS = ("fp16_flops", "fp32_flops", "bandwidth")
REQUESTS = {
    "video": {"tasks": [{"task": "video_generation", "wishes": ["lora"], "models": ["wan22", "ltx-video"]}]},
    "chat beside images": {
        "tasks": [
            {"task": "chat", "together": "both", "models": ["qwen3"]},
            {"task": "image_generation", "together": "both", "features": ["controlnet:depth"], "models": ["sdxl"]},
        ],
        "policies": {"cloud": "fallback"},
    },
}


def slower(machine, share, cores):
    """The same machine with so many thousandths of its card's speeds."""
    gpus = tuple(
        gpu.model_copy(update={name: getattr(gpu, name) and getattr(gpu, name) * share // 1000 for name in FLOPS})
        for gpu in machine.gpus
    )
    return machine.model_copy(update={"gpus": gpus, "cpu": machine.cpu.model_copy(update={"cores": cores})})


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("card", ["rtx-4070", "apple-m2-16gb"])
def test_a_later_machine_of_a_kind_is_prepared_as_if_alone(knowledge, name, card):
    request = Request.model_validate(REQUESTS[name])
    first = simulate(knowledge, MachineRequest(gpus=(card,)))
    machines = [first, slower(first, 100, 2), slower(first, 4000, 64), first]
    assert len({machine_kind(machine) for machine in machines}) == 1
    assert len({machine_class(machine) for machine in machines}) == 3
    judged = Judged()
    times = set()
    for machine in machines:
        shared, alone = prepare(request, machine, knowledge, judged), prepare(request, machine, knowledge)
        for one, other in zip(shared.gathered, alone.gathered, strict=True):
            assert one.expansion.refused == other.expansion.refused
            assert one.expansion.degraded == other.expansion.degraded
            assert (one.table is None) == (other.table is None)
            if one.table is None or other.table is None:  # too slow for anybody
                continue
            for column in vars(one.table.rows):
                if column != "needs":  # a number that only its own table knows
                    assert np.array_equal(getattr(one.table.rows, column), getattr(other.table.rows, column)), column
            assert np.array_equal(one.table.disk, other.table.disk)
            assert np.array_equal(one.table.download, other.table.download)
            times.add(one.table.rows.milliseconds.tobytes())
    assert len(times) > 1


def test_kinds_differ_in_what_rules_can_test(knowledge):
    cards = ("rtx-4070", "rtx-3060-12gb", "rx-7900-xtx", "apple-m2-16gb", "gtx-1650", "none")
    machines = [simulate(knowledge, MachineRequest(gpus=() if card == "none" else (card,))) for card in cards]
    machines.append(machines[0].model_copy(update={"os": "windows" if machines[0].os == "linux" else "linux"}))
    assert len({machine_kind(machine) for machine in machines}) == len(machines)
