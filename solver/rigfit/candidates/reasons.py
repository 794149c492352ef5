"""Reasons as data: which rule, about what, who could change it, and a sentence made from the rule's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rigfit.problem import Changeable
from rigfit.schema.rules import MACHINE_FIELDS, Forbid, Rule


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused or warned of."""

    rule: str
    subject: str
    text: str
    changeable_by: Changeable
    source: str | None = None
    origin: str = ""
    """File and line of the rule."""
    amount: int = 0
    """How far it is from fine, where reasons of one rule can be compared: milliseconds."""
    guard: str = ""
    """What a person could change about it ("licence", "feature:lora", "architecture"); empty where nobody can."""


class Gate(list[Reason]):
    """Where the refusals of one model are noted. This one is closed: what is refused does not go on."""

    is_open = False

    def stop(self, found: Sequence[Reason], gpu: int | None = None) -> Held | None:
        """Refusals of something on a card: () when there are none, None when it is refused for good.

        A gate that is open (`rigfit.candidates.guards`) lets through what a person could change, and says with which
        guards it is held.
        """
        self.extend(found)
        return None if found else ()


Held = tuple[tuple[int, Reason], ...]
"""Numbers of guards that hold something back, each with the reason."""


def bits(held: Iterable[tuple[int, Reason]]) -> int:
    """Guards as one number, a bit each."""
    mask = 0
    for number, _ in held:
        mask |= 1 << number
    return mask


_NAME = re.compile(r"\{(\w+)\}")


def from_rule(rule: Rule, names: Mapping[str, str]) -> Reason:
    """A rule's reason with its {names} filled in; a name that says nothing here stays a plain word."""
    changeable: Changeable = rule.then.changeable_by if isinstance(rule.then, Forbid) else "nobody"
    text = _NAME.sub(lambda found: names.get(found.group(1), found.group(1)), rule.reason)
    return Reason(rule.id, names.get("subject", ""), text, changeable, rule.source, rule.origin, guard=_guard(rule))


def _guard(rule: Rule) -> str:
    """What a person could change so that a rule no longer forbids; empty for other effects and for nobody."""
    if not isinstance(rule.then, Forbid):
        return ""
    if rule.about == "licence":
        return "licence"
    if rule.then.changeable_by == "policy":
        return "experimental"
    of_machine = rule.when.model_fields_set & MACHINE_FIELDS
    if rule.then.changeable_by != "machine" or not of_machine:
        return ""
    return "platform" if of_machine <= {"backend", "os"} else "architecture"
