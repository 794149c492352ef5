"""Single cases: one model on one machine."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.errors import RigfitError
from rigfit.schema.case import CaseError, CaseIn, CaseOut
from rigfit.web.desk import Desk, Here
from rigfit.web.frames import Reply


def one(desk: Desk, case: CaseIn, here: Here) -> CaseOut:
    """A case; without a machine it is this computer."""
    stated = "machine" in case.model_fields_set
    return desk.evaluator.answer(case, None if stated else desk.machine(None, here), desk.models if stated else ())


def many(desk: Desk, cases: Sequence[CaseIn]) -> list[CaseOut | CaseError]:
    """Cases as the lines of `rigfit estimate --cases`: what is wrong with one stands in its answer."""
    answers: list[CaseOut | CaseError] = []
    for case in cases:
        try:
            answers.append(desk.evaluator.answer(case))
        except RigfitError as problem:
            answers.append(CaseError(id=case.id, error=problem.message))
    return answers


def lines(desk: Desk, cases: Sequence[CaseIn]) -> Reply:
    """The same, one line of JSON for each."""
    found = [answer.model_dump_json(by_alias=True) for answer in many(desk, cases)]
    return Reply(200, "".join(f"{line}\n" for line in found).encode())
