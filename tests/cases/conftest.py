from __future__ import annotations

from typing import Any

import pytest

from rigfit.cases import Evaluator
from rigfit.knowledge import Knowledge, load_knowledge
from rigfit.schema.case import CaseOut

MACHINE = {"gpu": "RTX 4090", "vram_gb": 24, "ram_gb": 64, "os": "linux"}


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load_knowledge()


@pytest.fixture(scope="session")
def evaluator(knowledge: Knowledge) -> Evaluator:
    return Evaluator(knowledge)


@pytest.fixture
def answer(evaluator: Evaluator):
    """The answer to a case; the machine is a large one unless the case says otherwise."""

    def answer(model: str, **fields: Any) -> CaseOut:
        return evaluator.answer({"model": model, "machine": MACHINE, **fields})

    return answer
