"""All smallest sets that cannot hold together, given a test that says whether a set can."""

from __future__ import annotations

from collections.abc import Callable, Iterable

# Enough for catalogs many times as tangled as ours; beyond it only the larger conflicts can be missed, and a plan for a
# set of packages asks about that very set.
_MOST_SETS = 5000

Set = frozenset[str]


def shrink(members: Iterable[str], holds: Callable[[Set], bool]) -> Set:
    """A smallest part that cannot hold of a set that cannot: drop any member, and the rest can."""
    left = sorted(members)
    for one in tuple(left):
        fewer = [other for other in left if other != one]
        if not holds(frozenset(fewer)):
            left = fewer
    return frozenset(left)


def minimal(members: Iterable[str], holds: Callable[[Set], bool]) -> list[Set]:
    """Every smallest set that cannot hold, the small ones first.

    A set that holds has no such part. Of one that does not, every other smallest part lacks a member of the part that
    was found: so it is enough to look at the set without each of these in turn.

    Args:
        members: what sets are made of.
        holds: whether a set can hold; never true of a set and false of a part of it.
    """
    found: list[Set] = []
    seen: set[Set] = set()
    waiting = [frozenset(members)]
    while waiting and len(seen) < _MOST_SETS:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        core = next((one for one in found if one <= here), None)
        if core is None:
            if holds(here):
                continue
            core = shrink(here, holds)
            found.append(core)
        waiting += [here - {one} for one in sorted(core)]
    return sorted(found, key=lambda one: (len(one), sorted(one)))
