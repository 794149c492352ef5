"""Requests answered: with all reasons, or as fast as what is proved already allows."""

from __future__ import annotations

from rigfit.schema.answer import Answer
from rigfit.schema.api import Quick
from rigfit.schema.request import Request
from rigfit.web.desk import Desk, Here


def solve(desk: Desk, request: Request, here: Here, explain: bool, prove: bool) -> Answer:
    """The whole answer."""
    return desk.session.solve(request, desk.asked(request, here), explain=explain, prove=prove)


def quick(desk: Desk, request: Request, here: Here) -> Quick:
    """Its bundles alone."""
    from rigfit.machine import usable
    from rigfit.solve import usable_amounts

    machine = desk.asked(request, here)
    status, bundles = desk.session.bundles(request, machine)
    return Quick(
        status=status.value,
        machine=machine,
        usable=usable_amounts(usable(machine, desk.knowledge)),
        assumptions=desk.session.assumptions(request, machine),
        bundles=bundles,
    )
