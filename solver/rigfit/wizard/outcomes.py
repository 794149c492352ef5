"""What an option would give on the machine: solved, not guessed, and once only."""

from __future__ import annotations

from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Bundle
from rigfit.schema.flow import Outcome
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.units import format_milliseconds
from rigfit.whatif.session import Session


class Outcomes:
    """Outcomes for one knowledge, kept for as long as the object is. Not safe for several threads at once."""

    def __init__(self, knowledge: Knowledge, session: Session | None = None) -> None:
        """Start with nothing known, or with what a session has proved already."""
        self._session = session or Session(knowledge)
        self._known: dict[tuple[str, str], Outcome] = {}

    def of(self, request: Request, machine: Machine) -> Outcome:
        """What the best bundle is without any service, in one line."""
        local = request.policies.model_copy(update={"cloud": "no"})
        request = request.model_copy(update={"policies": local, "machine": None, "top": 1})
        key = (request.model_dump_json(), machine.model_dump_json())
        if key not in self._known:
            status, bundles = self._session.bundles(request, machine)
            text = _line(bundles[0]) if bundles else "does not run on this machine"
            if not bundles and status.value == "undecided":
                text = "not decided within the budget of the solver"
            self._known[key] = Outcome(status=status.value, runs=bool(bundles), text=text)
        return self._known[key]


def _line(bundle: Bundle) -> str:
    first, *others = bundle.tasks
    time = first.milliseconds
    parts = [" + ".join([first.title, *(task.title for task in others)]), f"{first.quality / 100:.1f} points"]
    if time is not None:
        parts.append(f"{format_milliseconds(time.low)} to {format_milliseconds(time.high)}")
    return " · ".join(parts)
