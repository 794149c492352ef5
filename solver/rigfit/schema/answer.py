"""The answer: ranked bundles, what they need, why they are what they are. Versioned; names are added, never renamed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Request


class Bounds(Strict):
    """Low, expected and high end of a quantity in its base unit (bytes, milliseconds)."""

    low: int
    expected: int
    high: int


class ReasonText(Strict):
    """A reason: the rule, what it speaks of, in words, and where it is written."""

    rule: str
    subject: str
    text: str
    changeable_by: Literal["request", "policy", "machine", "nobody"] = "nobody"
    source: str | None = None
    origin: str = ""


class PhaseUse(Strict):
    """VRAM in one phase."""

    name: str
    vram: Bounds


class LimitUse(Strict):
    """A limit and how much of it is used."""

    limit: str
    resource: Literal["vram", "ram", "disk", "download"]
    used: int
    """Bytes, at the end of the interval that the policy counts with."""
    capacity: int
    rule: str


class FileUse(Strict):
    """A file that the bundle needs."""

    name: str
    bytes: int
    download: int
    """0 where it is already on the machine."""
    repo: str | None = None
    folder: str | None = None


class TaskAnswer(Strict):
    """The pipeline of one task."""

    task: str
    model: str
    title: str
    variants: dict[str, str]
    """Role -> variant."""
    runtime: str
    packaging: str
    placement: Literal["resident", "model_offload", "streamed", "cpu"]
    resident_share: int
    """Permille of the denoiser that stays on the card."""
    tiled_decode: bool
    verdict: Literal["resident", "offloaded", "streamed", "cpu"]
    device: str
    gpu: int | None
    size: dict[str, int | float | None]
    features: tuple[str, ...]
    """Needed features and the wishes that are met."""
    addons: tuple[str, ...]
    quality: int
    """Hundredths of a point, after retention and grades."""
    phases: tuple[PhaseUse, ...]
    peak_phase: str
    peak_vram: Bounds
    peak_ram: Bounds
    milliseconds: Bounds | None
    basis: str
    limits: tuple[LimitUse, ...]
    compute: tuple[ReasonText, ...]
    """How each stored precision is computed in, where it is not simply native."""
    warnings: tuple[ReasonText, ...]
    licences: tuple[str, ...]


class CriterionPart(Strict):
    """What one task, or the items they share, adds to a criterion."""

    of: str
    value: int


class Criterion(Strict):
    """One level of the objective; the parts sum to the value. Costs: less is better."""

    name: str
    value: int
    unit: str
    parts: tuple[CriterionPart, ...]


class Bundle(Strict):
    """One answer: a pipeline for each task, and all it takes."""

    rank: int
    tasks: tuple[TaskAnswer, ...]
    disk_bytes: int
    """New bytes on disk, shared files once."""
    download_bytes: int
    files: tuple[FileUse, ...]
    licences: tuple[str, ...]
    nodes: tuple[str, ...]
    runtimes: tuple[str, ...]
    flags: tuple[str, ...]
    limits: tuple[LimitUse, ...]
    criteria: tuple[Criterion, ...]
    why: tuple[str, ...]
    """Sentences: what decided for it."""


class LeftOut(Strict):
    """A model that is in no bundle, and why."""

    task: str
    model: str
    title: str
    kind: Literal["refused", "too_large", "beaten"]
    reason: ReasonText


class Closest(Strict):
    """Where nothing fits: what comes nearest for a task."""

    task: str
    model: str | None
    resource: Literal["vram", "ram", "disk"] | None
    needs: int | None
    has: int | None
    text: str


class WouldChange(Strict):
    """An assumption that decides the answer."""

    field: str
    assumed: str
    instead: str
    text: str


class Explanation(Strict):
    """Why the answer is what it is."""

    summary: str
    left_out: tuple[LeftOut, ...] = ()
    closest: tuple[Closest, ...] = ()
    would_change: tuple[WouldChange, ...] = ()
    notes: tuple[str, ...] = ()


class Record(Strict):
    """What is needed to decide the same thing again."""

    id: str
    catalog: str
    rules: str
    rigfit: str
    engine: str
    request: Request
    statistics: dict[str, int] = {}


class Answer(Strict):
    """All of it."""

    schema_version: Literal["rigfit.answer/1"] = Field(default="rigfit.answer/1", alias="schema")
    status: Literal["optimal", "infeasible", "undecided"]
    machine: Machine
    usable: dict[str, int]
    """Bytes that models may use: vram.0, vram.1, ..., ram, disk."""
    assumptions: tuple[Assumption, ...]
    bundles: tuple[Bundle, ...]
    explanation: Explanation
    record: Record
