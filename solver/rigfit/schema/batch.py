"""Results of a batch: one row for each machine and request. Versioned; columns are added at the end, never renamed."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict

Verdict = Literal["resident", "offloaded", "streamed", "cpu", "cloud", "impossible", "undecided", "invalid"]


class Row(Strict):
    """One request on one machine. The columns of every output format, in this order; absent is empty in CSV."""

    machine: str
    """Name of the machine; the file and line (or number) it came from where it has none."""
    number: int
    """Of the machine in the fleet, from 1."""
    weight: float
    """How much the machine counts; 1 where nothing is stated."""
    os: str | None
    """None for a machine that could not be read, as with all that follows but the request and the reason."""
    gpu: str | None
    """Names of the cards, joined by " + "; "none" without one."""
    vram: int | None
    """Bytes of the largest card."""
    ram: int | None
    """Bytes."""
    request: str
    """The preset, or the request file without its ending."""
    verdict: Verdict
    """How the task runs that is most important (the first of those); impossible where the request has no bundle,
    undecided where the budget of the solver ran out, invalid where the machine could not be read."""
    bundle: str | None
    """The pipelines of the best bundle, joined by " + "; equal names are one bundle."""
    models: str | None
    """Its models, joined by " + "."""
    runtimes: str | None
    quality: int | None
    """Hundredths of a point: the mean over its tasks by their importance, rounded down."""
    peak_vram: int | None
    """Bytes on the card where its tasks need most, at the end of the interval that the request counts with."""
    peak_ram: int | None
    """Bytes, as peak_vram."""
    milliseconds: int | None
    """Expected, for one result of every task; None where one is unknown."""
    disk: int | None
    """New bytes on disk while it is installed."""
    download: int | None
    """Bytes to fetch."""
    stopped_by: str | None
    """Where there is no bundle: vram, ram, disk, or the rule that stops what comes closest."""
    reason: str | None
    """Where there is no bundle: what comes closest and why it does not do. Where the machine is invalid: the error."""
    record: str | None
    """Id of the decision: what `rigfit solve --json` gives as record.id."""


COLUMNS = tuple(Row.model_fields)
# Columns that one answer has the same for all machines it holds on.
ANSWER_COLUMNS = COLUMNS[COLUMNS.index("verdict") : COLUMNS.index("stopped_by")]


class Counted(Strict):
    """How often one verdict was given for one request."""

    request: str
    verdict: Verdict
    machines: int
    weight: float


class BatchSummary(Strict):
    """What `rigfit batch --json` prints when it is done."""

    schema_version: Literal["rigfit.batch/1"] = Field(default="rigfit.batch/1", alias="schema")
    out: str
    format: Literal["csv", "jsonl", "parquet"]
    requests: tuple[str, ...]
    machines: int
    invalid: int
    """Machines that could not be read: one row each, with the reason."""
    rows: int
    resumed: int
    """Rows that an earlier run had finished."""
    solves: int
    """How often an engine was asked in this run."""
    verdicts: tuple[Counted, ...]
