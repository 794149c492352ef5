"""How an answer changes with the machine."""

from __future__ import annotations

from rigfit import units
from rigfit.errors import InputError
from rigfit.schema.api import SpanQuestion, WhatIfQuestion
from rigfit.schema.request import MachineRequest
from rigfit.schema.whatif import WhatIf
from rigfit.web.desk import Desk, Here


def whatif(desk: Desk, asked: WhatIfQuestion, here: Here) -> WhatIf:
    """Steps along one resource, a map over two, verdicts on cards."""
    from rigfit.whatif.cards import named_cards
    from rigfit.whatif.sweep import Range, whatif

    if not asked.vary and not asked.gpus:
        raise InputError("nothing varies: give vary or gpus")
    request = asked.request
    machine = desk.asked(request, here)
    ranges = [Range(one.resource, *_ends(one, number)) for number, one in enumerate(asked.vary)]
    cards = named_cards(desk.knowledge, asked.gpus, machine, request.machine or MachineRequest())
    return whatif(request, machine, desk.knowledge, ranges, cards, desk.session, exact=asked.exact)


def _ends(span: SpanQuestion, number: int) -> tuple[int, int]:
    try:
        low, high = (units.parse_bytes(end, memory=span.resource != "disk") for end in (span.low, span.high))
    except units.UnitError as problem:
        raise InputError(str(problem), where=f"vary.{number}") from None
    return low, high
