"""Finding a graphics card in the gpu catalog by the name a person or a driver gives it."""

from __future__ import annotations

import re

from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import GpuSpec
from rigfit.units import format_memory

# Said or left out at will; what distinguishes two cards (Ti, Super, Laptop, Mobile, Max-Q) is never dropped.
_NOISE = ("nvidia", "geforce", "amd", "radeon", "intel", "apple")
_TRADEMARKS = re.compile(r"\((?:r|tm|c)\)|[®™©]", re.IGNORECASE)

# What a driver reports may fall short of the nominal size (ECC, firmware), and hardly ever exceeds it.
REPORTED_SHARE = (0.85, 1.05)


def normalise(name: str) -> str:
    """The part of a card's name that tells it from others, without vendor words, spaces, dashes and case.

    "NVIDIA GeForce RTX 4070" and "rtx-4070" are the same card; "RTX 4070 Laptop" is another.
    """
    text = re.sub(r"[^a-z0-9+]", "", _TRADEMARKS.sub("", name).casefold())
    bare = text
    for word in _NOISE:
        bare = bare.replace(word, "")
    bare = bare.removesuffix("gpu")
    return bare or text


def _names(spec: GpuSpec) -> tuple[str, ...]:
    return (spec.id, spec.title, *spec.aliases)


def by_name(knowledge: Knowledge, name: str) -> list[GpuSpec]:
    """Every entry that a name means exactly, after normalisation; an id means its own entry only."""
    index = knowledge.index("gpus")
    if name.casefold() in index:
        return [index[name.casefold()]]
    wanted = normalise(name)
    if not wanted:
        return []
    return [spec for spec in knowledge.catalog.gpus if any(normalise(n) == wanted for n in _names(spec))]


def choose(knowledge: Knowledge, name: str, vram: int | None = None, ram: int | None = None) -> GpuSpec:
    """The one card a person means.

    Args:
        knowledge: holds the gpu catalog.
        name: id, title or alias.
        vram: total bytes, to tell cards of the same name apart.
        ram: the machine's memory in bytes; tells chips with unified memory apart.

    Raises:
        InputError: when no card or several have the name; the message lists the nearest or the choices.
    """
    found = by_name(knowledge, name)
    if not found:
        known = {n for spec in knowledge.catalog.gpus for n in (spec.id, spec.title)}
        raise unknown("gpu", name, known, more="; 'none' means a machine without a GPU")
    for amount, candidates in ((vram, found), (ram, [spec for spec in found if spec.unified])):
        if len(found) > 1 and amount is not None:
            found = [spec for spec in candidates if spec.memory.value == amount] or found
    if len(found) > 1:
        found = sorted(found, key=lambda s: (s.memory.value, s.id))
        choices = ", ".join(f"{s.id} ({format_memory(s.memory.value)}, {s.kind})" for s in found)
        text = f"gpu {name!r} could be any of: {choices}; name one by its id"
        raise InputError(text, name=name, nearest=[s.id for s in found])
    return found[0]


def reported(knowledge: Knowledge, name: str, memory: int | None) -> GpuSpec | None:
    """The entry for a card that a driver reports, or None where the name and memory do not settle it.

    A known name with a memory size that the entry does not have is another card (a modified one, a slice of one).
    """
    found = by_name(knowledge, name)
    if memory is not None:
        low, high = REPORTED_SHARE
        found = [s for s in found if low * s.memory.value <= memory <= high * s.memory.value]
        if len(found) > 1:
            found = sorted(found, key=lambda s: abs(s.memory.value - memory))
            if abs(found[0].memory.value - memory) < abs(found[1].memory.value - memory):
                found = found[:1]
    return found[0] if len(found) == 1 else None
