"""Matching by typed fields: what a `when` of rules/ wants against facts, on machines and on everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rigfit.schema.machine import Gpu
from rigfit.schema.rules import When


def machine_facts(os: str, gpu: Gpu | None) -> dict[str, Any]:
    """What rules may test of a machine; `gpu` is None for work on the processor."""
    if gpu is None:
        return {"backend": "cpu", "os": os, "quirk": ()}
    return {
        "backend": gpu.backend,
        "os": os,
        "gpu_architecture": gpu.architecture,
        "compute_capability": gpu.compute_capability,
        "gfx": gpu.gfx,
        "quirk": gpu.quirks,
    }


def capability(text: str) -> tuple[int, int]:
    """A compute capability as numbers that compare: "8.9" comes before "10.0"."""
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def agrees(field: str, wanted: Any, facts: Mapping[str, Any]) -> bool:
    """One condition of a `when` against what is known; what is not known never agrees."""
    if field in ("compute_capability_from", "compute_capability_below"):
        have = facts.get("compute_capability")
        if have is None:
            return False
        at_least = capability(have) >= capability(wanted)
        return at_least if field == "compute_capability_from" else not at_least
    have = facts.get(field)
    if field in ("tag", "quirk"):
        return not set(wanted).isdisjoint(have or ())
    if field == "feature":  # a rule about "controlnet" speaks of every kind of it
        return have in wanted or str(have).partition(":")[0] in wanted
    return have in wanted if isinstance(wanted, tuple) else have == wanted


def conditions(when: When) -> list[tuple[str, Any]]:
    """The fields that a `when` tests, with what it wants of them."""
    return [(name, value) for name, value in when if value not in ((), None)]
