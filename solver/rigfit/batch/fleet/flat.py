"""Machines as one line: name, weight, gpu, vram, ram, disk, os, display. Simulated as options of a command are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from rigfit.batch.fleet.entries import Entry, Shelf, disk_of, weight_of
from rigfit.errors import InputError, RigfitError, nearest
from rigfit.knowledge import Knowledge
from rigfit.machine.simulation import simulate
from rigfit.schema.machine import Machine
from rigfit.schema.request import MachineRequest
from rigfit.units import MIB

COLUMNS = ("name", "weight", "gpu", "vram", "ram", "disk", "os", "display")
# More cards than one are separated so; names may hold commas, blanks and "+".
_BETWEEN = ";"
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def check_columns(names: list[str], where: str) -> None:
    """Raise InputError for a column that no machine has."""
    for name in names:
        if name not in COLUMNS:
            close = nearest(name, COLUMNS)
            hint = f"; nearest: {', '.join(close)}" if close else ""
            raise InputError(f"unknown column {name!r}{hint}; known: {', '.join(COLUMNS)}", where=where)
        if names.count(name) > 1:
            raise InputError(f"the column {name!r} is there twice", where=where)
    if "gpu" not in names:
        raise InputError("the column 'gpu' is missing; 'none' in it means no card", where=where)


def entry(said: Mapping[str, Any], shown: str, shelf: Shelf) -> Entry:
    """The machine of one line; absent and empty values are assumed, as `rigfit solve --gpu NAME` does.

    What is wrong with it is told in the entry, not raised.
    """
    name = str(said.get("name") or shown)
    weight = 1.0
    try:
        weight = weight_of(said.get("weight"))
        wish = {key: said[key] for key in COLUMNS[2:] if key != "disk" and said.get(key) not in (None, "")}
        stated = said.get("disk") not in (None, "")
        disk = disk_of(said["disk"]) if stated else 0
        facts = shelf.facts(
            {**wish, "disk": stated}, lambda: _simulated(wish, shelf.knowledge, disk if stated else None)
        )
    except RigfitError as problem:
        return Entry(name, weight, None, error=problem.message)
    return Entry(name, weight, facts, disk if stated else facts.machine.disk_free)


def _simulated(said: Mapping[str, Any], knowledge: Knowledge, disk: int | None) -> Machine:
    wish: dict[str, Any] = dict(said)
    cards = wish.pop("gpu", None)
    if cards is None:
        raise InputError("gpu: no card is named; 'none' means that there is none")
    wish["gpus"] = [card.strip() for card in str(cards).split(_BETWEEN) if card.strip()]
    if "display" in wish and str(wish["display"]).lower() in _TRUTH:
        wish["display"] = _TRUTH[str(wish["display"]).lower()]
    try:
        request = MachineRequest.model_validate({**wish, "disk": disk})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{field}: {first['msg'].removeprefix('Value error, ')}") from None
    for field in ("vram", "ram"):
        amount = getattr(request, field)
        if amount is not None and 0 < amount < MIB:  # a bare number is bytes: nobody means so few
            raise InputError(f"{field}: {amount} has no unit; write it like '{amount} GB'")
    return simulate(knowledge, request)
