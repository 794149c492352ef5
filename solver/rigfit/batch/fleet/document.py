"""Fleets that are documents: tiers with a machine each, surveys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rigfit.batch.fleet import flat
from rigfit.batch.fleet.entries import Entry, Shelf
from rigfit.batch.population import members
from rigfit.knowledge.fleets import load_fleet


def entries(path: Path, shelf: Shelf) -> Iterator[Entry]:
    """The machines of a fleet document.

    Raises:
        InputError: when it is not one.
    """
    return (flat.entry(member.said, str(member.said["name"]), shelf) for member in members(load_fleet(path)))
