"""What presets take on the disk: `rigfit presets --storage --json`."""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import Storage
from rigfit.schema.base import Strict
from rigfit.schema.machine import Assumption


class StoredModel(Strict):
    """What serves one task."""

    task: str
    model: str
    title: str
    variants: dict[str, str]
    runtime: str


class PresetStorage(Strict):
    """A preset on the smallest card it is stated for."""

    preset: str
    title: str
    gpu: str
    """The card of the gpu catalog that was simulated."""
    models: tuple[StoredModel, ...]
    """Empty where the preset has no bundle there."""
    storage: Storage | None


class Together(Strict):
    """All presets installed beside each other; files and runtimes that they share count once."""

    download: int
    install_peak: int
    load_milliseconds: dict[Literal["nvme", "ssd", "hdd"], int]
    """To read as many bytes once."""
    shared: int
    """Bytes that the presets would fetch more if each were installed alone."""


class StorageReport(Strict):
    """All of it."""

    schema_version: Literal["rigfit.storage/1"] = Field(default="rigfit.storage/1", alias="schema")
    presets: tuple[PresetStorage, ...]
    together: Together
    assumptions: tuple[Assumption, ...]
    """What was assumed of every one of the machines."""
