"""One machine of a fleet, or why it could not be read."""

from __future__ import annotations

import json
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rigfit.batch.canonical import Facts
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.machine import Machine
from rigfit.units import MAX_BYTES, UnitError, parse_bytes

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A machine as a fleet gives it."""

    shown: str
    """What it is called in the results."""
    weight: float
    facts: Facts | None
    """None where it could not be read."""
    disk: int = 0
    """Its free space; `facts` are shared with machines that differ in it."""
    own_name: str | None = None
    """The name that its machine file gives it."""
    error: str = ""

    @property
    def machine(self) -> Machine:
        """The whole machine."""
        if self.facts is None:
            raise InputError(self.error)
        return self.facts.with_own(self.own_name, self.disk)


class Shelf:
    """Keeps the facts of machines that were read, so that what is alike is checked once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._facts: OrderedDict[str, Facts] = OrderedDict()

    def facts(self, said: Any, make: Callable[[], Machine]) -> Facts:
        """The facts of what was said; made and checked on first sight.

        Raises:
            InputError: when what was said is no machine.
        """
        key = json.dumps(said, sort_keys=True, default=str)
        found = self._facts.get(key)
        if found is None:
            found = self._facts[key] = Facts(make(), self.knowledge)
            if len(self._facts) > _KEPT:
                self._facts.popitem(last=False)
        return found


def weight_of(value: Any) -> float:
    """How much a machine counts.

    Raises:
        InputError: when it is no number from 0 up.
    """
    try:
        weight = 1.0 if value in (None, "") else float(value)
    except (TypeError, ValueError):
        weight = math.nan
    if isinstance(value, bool) or not 0 <= weight < math.inf:
        raise InputError(f"weight: {value!r} is no number from 0 up")
    return weight


def disk_of(value: Any) -> int:
    """Free disk space in bytes.

    Raises:
        InputError: when it is no amount.
    """
    try:
        amount = parse_bytes(value)
    except UnitError as problem:
        raise InputError(f"disk: {problem}") from None
    if amount > MAX_BYTES:
        raise InputError(f"disk: {value!r} is out of range")
    return amount
