"""What `rigfit hardware --json` prints."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Id, Strict
from rigfit.schema.machine import Machine


class UsableAmounts(Strict):
    """Bytes that models may use, after what the system, the screen and other programs keep."""

    vram: tuple[int, ...]
    """One amount for each GPU, in the machine's order."""
    ram: int
    disk: int
    notes: tuple[str, ...] = ()


class FeatureSupport(Strict):
    """What one card does with one number format, kernel or engine."""

    feature: Id
    title: str
    kind: Literal["format", "attention", "engine"]
    support: Literal["native", "emulated", "no", "unknown"]
    reason: str
    source: Id
    source_title: str
    origin: str
    storage: str | None = None
    fallback: tuple[str, ...] = ()


class HardwareReport(Strict):
    """What `rigfit hardware --json` prints."""

    schema_version: Literal["rigfit.hardware/1"] = Field(default="rigfit.hardware/1", alias="schema")
    machine: Machine
    usable: UsableAmounts
    features: dict[str, tuple[FeatureSupport, ...]] | None = None
    """Name of the card -> verdicts; with --features."""
