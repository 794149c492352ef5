"""The wizard's questions."""

from __future__ import annotations

from rigfit.schema.flow import Flow, WizardAnswers
from rigfit.web.desk import Desk, Here


def flow(desk: Desk, answers: WizardAnswers, here: Here, of: str | None) -> Flow:
    """What is asked now, and the request that the answers add up to.

    Args:
        desk: knowledge, and outcomes that are known already.
        answers: so far.
        here: the machine that stands for "this one".
        of: solve the options of this question on the machine.
    """
    from rigfit.wizard import Outcomes, machine_request, questions, visible

    flow = questions(desk.knowledge)
    machine = desk.machine(machine_request(flow, answers, desk.knowledge), here)
    outcomes = None if of is None else Outcomes(desk.knowledge, desk.session)
    return visible(flow, answers, machine, desk.knowledge, outcomes=outcomes, of=of)
