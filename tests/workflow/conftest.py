"""A checker and a small machine for all tests of workflows."""

from __future__ import annotations

import pytest

from rigfit.machine import simulate
from rigfit.schema.request import MachineRequest
from rigfit.workflow.check import Checker


@pytest.fixture(scope="session")
def checker(knowledge):
    return Checker(knowledge)


@pytest.fixture(scope="session")
def machine_of(knowledge):
    """A simulated machine by card and GiB of memory."""

    def build(gpu: str = "RTX 4070", ram: int = 32):
        return simulate(knowledge, MachineRequest(gpus=(gpu,), ram=ram << 30))

    return build
