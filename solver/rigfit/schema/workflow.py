"""What becomes of a workflow on a machine: its files, its models, what is missing and what could stand in."""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import ReasonText
from rigfit.schema.base import Strict
from rigfit.schema.case import Amounts, Seconds
from rigfit.schema.case import Verdict as Placed
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Confidence

Verdict = Literal["resident", "offloaded", "streamed", "impossible", "unknown", "elsewhere"]
"""`unknown`: a file of which not even the size is known decides; `elsewhere`: services do the work."""


class NodeUse(Strict):
    """A node of the workflow that names a file."""

    node: str
    """Its id, after those of the subgraph nodes it stands in: "57/28"."""
    type: str
    widget: str | None
    idle: str | None = None
    """Why the file is not needed there: muted, bypassed, not connected."""


class FileReport(Strict):
    """A file that the workflow names."""

    name: str
    folder: str | None
    kind: str | None
    """What the loader expects in it; null where the node is not known."""
    needed: bool
    """Some node that works loads it."""
    by: Literal["catalog", "name", "size", "unknown"]
    """What it was recognised by: a file of the catalog; words in its name; only its size is known; nothing is."""
    components: tuple[str, ...] = ()
    variant: str | None = None
    precision: str | None = None
    model: str | None = None
    """Of the catalog, where it is one's."""
    bytes: int | None = None
    bytes_by: Literal["catalog", "folder", "workflow"] | None = None
    present: bool = False
    """It lies on this machine."""
    download: int | None = None
    """Bytes to fetch; null where the size is not known."""
    repo: str | None = None
    url: str | None = None
    licence: str | None = None
    nodes: tuple[NodeUse, ...] = ()
    note: str | None = None


class Replaced(Strict):
    """A file that another should take the place of."""

    role: str
    file: str
    variant: str
    by_file: str
    by_variant: str
    by_bytes: int
    by_repo: str | None = None
    by_folder: str | None = None
    download: int
    nodes: tuple[str, ...]
    """Ids of the nodes that load it."""
    loader: str
    """Type of those nodes."""
    by_loader: str
    """Type they have to have; the same where none has to change."""
    needs_node: str | None = None
    """Node package of that type."""
    blocked: str | None = None
    """Why `--fix` cannot write it; then it has to be done by hand."""


class Replacement(Strict):
    """What would make a model run, or keep it on the card."""

    verdict: Placed
    placement: str
    quality: int
    """Of the pipeline with the replacements, in hundredths of a point."""
    quality_cost: int | None = None
    """Points in hundredths that it loses against the files of the workflow; null where those are not comparable."""
    peak_vram: int
    seconds: Seconds | None = None
    files: tuple[Replaced, ...]
    reason: str


class PipelineReport(Strict):
    """A model of the workflow, held against the machine."""

    model: str | None
    """Id; null where the catalog does not know it."""
    title: str
    task: str | None
    variants: dict[str, str]
    size: dict[str, int | float | None]
    verdict: Verdict
    reason: str
    placement: str | None = None
    resident_share: float | None = None
    peak_vram: Amounts | None = None
    peak_ram: Amounts | None = None
    usable_vram: int | None = None
    usable_ram: int | None = None
    phase: str | None = None
    seconds: Seconds | None = None
    basis: str
    """What the figures rest on; "file size" where the model itself is not known."""
    files: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    replacement: Replacement | None = None
    no_replacement: str | None = None
    """Why nothing is proposed where something does not fit."""


class LicenceUse(Strict):
    """A licence and what of the workflow stands under it."""

    licence: str
    title: str
    commercial: Literal["yes", "no", "conditional"]
    files: tuple[str, ...]


class PackageUse(Strict):
    """A node package that the workflow needs."""

    package: str
    """Id in the catalog, or the name that the workflow gives it."""
    known: bool
    repo: str | None = None
    types: tuple[str, ...]
    """Node types of it."""


class ServiceUse(Strict):
    """Nodes that send the work to a service."""

    services: tuple[str, ...]
    types: tuple[str, ...]
    nodes: tuple[str, ...]
    """Their ids."""


class WorkflowReport(Strict):
    """The whole answer about a workflow."""

    schema_version: Literal["rigfit.workflow/1"] = Field(default="rigfit.workflow/1", alias="schema")
    workflow: str
    format: Literal["ui", "api"]
    nodes: int
    """Nodes that work, those of subgraphs counted wherever they stand."""
    subgraphs: int
    machine: Machine
    confidence: Confidence
    verdict: Verdict
    """Of the model that fares worst."""
    runs: bool
    """On this machine and under these policies, once everything is downloaded."""
    pipelines: tuple[PipelineReport, ...]
    files: tuple[FileReport, ...]
    download: int
    """Bytes of the files that are needed and missing, as far as their sizes are known."""
    total: int
    """Bytes of all files that are needed, as far as their sizes are known."""
    unsized: tuple[str, ...] = ()
    """Files that are needed and of which nobody says the size."""
    disk_free: int
    licences: tuple[LicenceUse, ...] = ()
    refusals: tuple[ReasonText, ...] = ()
    """What the policies forbid."""
    packages: tuple[PackageUse, ...] = ()
    conflicts: tuple[str, ...] = ()
    services: ServiceUse | None = None
    unknown_types: tuple[str, ...] = ()
    """Node types of which no package is named."""
    warnings: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
