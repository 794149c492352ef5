"""What `rigfit diff` prints: how two bundles differ, and what in their inputs does."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict


class Change(Strict):
    """One thing that differs; None stands for what one side does not have."""

    what: str
    """"model", "variant denoiser", "quality", "ram", "node", ..."""
    before: int | float | str | bool | None
    after: int | float | str | bool | None
    unit: str | None = None
    """The base unit of numbers: bytes, ms, centipoints, permille, or the criterion's own."""
    by: int | None = None
    """After less before, for amounts."""
    text: str


class InputChange(Change):
    """One fact that went into the two decisions and differs; `what` is its path."""

    part: Literal["machine", "request", "catalog", "rules", "rigfit"]


class TaskDifference(Strict):
    """How the pipelines of one task differ."""

    task: str
    changes: tuple[Change, ...]


class Side(Strict):
    """One of the two bundles."""

    record: str
    status: Literal["optimal", "infeasible", "undecided"]
    rank: int | None
    """None where there is no bundle."""
    title: str
    """Its models, in words."""


class Difference(Strict):
    """All of it."""

    schema_version: Literal["rigfit.difference/1"] = Field(default="rigfit.difference/1", alias="schema")
    first: Side
    second: Side
    same: bool
    """The bundles do not differ, whatever the inputs do."""
    inputs: tuple[InputChange, ...]
    tasks: tuple[TaskDifference, ...]
    """Only those that differ."""
    bundle: tuple[Change, ...]
    """Storage, packages, licences and criteria of the whole."""
