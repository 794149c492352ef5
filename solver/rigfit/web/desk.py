"""What a worker process keeps between questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.machine import InstalledFile, Machine
from rigfit.schema.request import MachineRequest, Request

if TYPE_CHECKING:
    from rigfit.cases import Evaluator
    from rigfit.whatif.session import Session

# Pairs of a request and a class of machine that stay prepared, in each process.
_KEPT = 6


@dataclass(frozen=True)
class Here:
    """The computer as it was found, and the models that lie on it; found once and shared by all processes."""

    machine: Machine
    installed: tuple[InstalledFile, ...] = ()
    notes: tuple[str, ...] = ()


class Desk:
    """Catalog and rules, and all that was prepared and proved for earlier questions."""

    def __init__(self, knowledge: Knowledge, models: Sequence[Path] = ()) -> None:
        self.knowledge = knowledge
        self.models = tuple(models)

    @cached_property
    def session(self) -> Session:
        """Proved answers to whole requests."""
        from rigfit.whatif.session import Session

        return Session(self.knowledge, keep=_KEPT)

    @cached_property
    def evaluator(self) -> Evaluator:
        """Answers to single cases."""
        from rigfit.cases import Evaluator

        return Evaluator(self.knowledge)

    def machine(self, wish: MachineRequest | None, here: Here) -> Machine:
        """The machine that a request speaks of, with the models in the folders that the server was given.

        Raises:
            InputError: for what cannot be simulated, or cannot be stated of a computer that is there.
        """
        from rigfit.machine.stated import stated_machine, unitless

        wish = wish or MachineRequest()
        if bare := unitless(wish):
            raise InputError(bare[1], where=f"machine.{bare[0]}")
        machine = stated_machine(wish, self.knowledge, lambda: here.machine)
        if not self.models:
            return machine
        known = machine.installed_names
        more = tuple(one for one in here.installed if one.name not in known)
        return machine.model_copy(update={"installed": machine.installed + more, "notes": machine.notes + here.notes})

    def asked(self, request: Request, here: Here) -> Machine:
        """The machine of a request that asks for something.

        Raises:
            InputError: when it asks for nothing, or its machine cannot be.
        """
        if not request.tasks:
            raise InputError("nothing is asked for: give tasks (/v1/presets has requests to begin with)", where="tasks")
        return self.machine(request.machine, here)
