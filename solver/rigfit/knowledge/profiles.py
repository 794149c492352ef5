"""Objective profiles by name."""

from __future__ import annotations

from rigfit.errors import unknown
from rigfit.knowledge.loader import Knowledge
from rigfit.schema.rules import Profile


def find_profile(name: str, knowledge: Knowledge) -> Profile:
    """The objective profile of a name or alias.

    Raises:
        InputError: with the nearest names.
    """
    for profile in knowledge.rulebook.profiles:
        if name == profile.id or name in profile.aliases:
            return profile
    raise unknown("preference", name, [p.id for p in knowledge.rulebook.profiles])
