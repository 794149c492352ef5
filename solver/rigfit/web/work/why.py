"""Why a model is in an answer, and why another is not."""

from __future__ import annotations

from rigfit.schema.request import Request
from rigfit.schema.why import Why, WhyNot
from rigfit.web.desk import Desk, Here


def why(desk: Desk, request: Request, model: str, here: Here) -> Why:
    """Why it is in the answer."""
    from rigfit.whatif.asked import why
    from rigfit.whatif.naming import target_from

    target, unsure = target_from(model, desk.knowledge)
    found = why(request, desk.asked(request, here), desk.knowledge, target)
    return found.model_copy(update={"notes": unsure})


def why_not(desk: Desk, request: Request, model: str | None, here: Here) -> WhyNot:
    """Why it is not in the answer; the same for every variant of every model where none is named."""
    from rigfit.whatif.asked import why_not
    from rigfit.whatif.naming import target_from

    target, unsure = target_from(model, desk.knowledge) if model is not None else (None, ())
    found = why_not(request, desk.asked(request, here), desk.knowledge, target)
    return found.model_copy(update={"notes": (*unsure, *found.notes)})
