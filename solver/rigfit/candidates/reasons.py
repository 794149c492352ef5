"""Reasons as data: which rule, about what, who could change it, and a sentence made from the rule's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rigfit.problem import Changeable
from rigfit.schema.rules import Forbid, Rule


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


_NAME = re.compile(r"\{(\w+)\}")


def from_rule(rule: Rule, names: Mapping[str, str]) -> Reason:
    """A rule's reason with its {names} filled in; a name that says nothing here stays a plain word."""
    changeable: Changeable = rule.then.changeable_by if isinstance(rule.then, Forbid) else "nobody"
    text = _NAME.sub(lambda found: names.get(found.group(1), found.group(1)), rule.reason)
    return Reason(rule.id, names.get("subject", ""), text, changeable, rule.source, rule.origin)
