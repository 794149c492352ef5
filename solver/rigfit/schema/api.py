"""What only the HTTP API has: bodies that carry a request and something beside it, and answers made for a page.

Everything else that goes over HTTP has the shape that `--json` prints.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from rigfit.schema.answer import Answer, Bundle
from rigfit.schema.base import FeatureId, Id, Strict, Usd
from rigfit.schema.flow import WizardAnswers
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.prices import PriceFile
from rigfit.schema.request import MachineRequest, Policies, Request
from rigfit.schema.whatif import Resource
from rigfit.schema.workflow import WorkflowReport
from rigfit.units import MAX_BYTES

Name = Annotated[str, Field(min_length=1, max_length=200)]
"""What a person calls a model, a card or a variant."""


Amount = Annotated[int, Field(ge=0, le=MAX_BYTES)] | Annotated[str, Field(max_length=40)]
"""Bytes, or a text with a unit: "12 GB"."""


class ErrorDetail(Strict):
    """What was wrong, in one line."""

    message: str
    where: str | None = None
    """The field, as a path: "body.tasks.0.size.width"."""
    nearest: tuple[str, ...] = ()
    """Known names most like one that is not known."""


class ErrorBody(Strict):
    """The body of every answer that is no success."""

    error: ErrorDetail


class About(Strict):
    """Which rigfit answers, and by which catalog and rules."""

    schema_version: Literal["rigfit.about/1"] = Field(default="rigfit.about/1", alias="schema")
    rigfit: str
    catalog: str
    rules: str
    counts: dict[str, int]
    """Collection of the catalog -> entries."""


class CardName(Strict):
    """A graphics card or chip, as much as a list to choose from needs."""

    id: Id
    title: str
    vram: int
    """Bytes; for a chip with unified memory, all of it."""
    aliases: tuple[str, ...]
    kind: str
    vendor: str
    backend: str
    unified: bool
    released: str | None


class CardNames(Strict):
    """Every card of the catalog."""

    schema_version: Literal["rigfit.gpus/1"] = Field(default="rigfit.gpus/1", alias="schema")
    gpus: tuple[CardName, ...]


class Word(Strict):
    """Something that a request can name."""

    id: str
    title: str
    note: str | None = None


class TaskWord(Strict):
    """A task, with what can be asked of it."""

    id: Id
    title: str
    unit: str
    """What one result is: image, clip, ..."""
    size: dict[str, int | float]
    """What is taken where nothing is stated: width, height, frames, fps, seconds, context, batch."""
    features: tuple[Id, ...]
    modes: tuple[FeatureId, ...]
    """Features of which one is needed; the first is taken where none is named."""


class FeatureWord(Strict):
    """A feature of some tasks."""

    id: Id
    title: str
    tasks: tuple[Id, ...]
    qualifiers: tuple[str, ...]
    """What may stand after a colon: "controlnet:depth"."""


class ModelWord(Strict):
    """A model, as much as a list to choose from needs."""

    id: Id
    title: str
    family: Id
    tasks: tuple[Id, ...]
    maturity: str


class Vocabulary(Strict):
    """The words of a request, with their titles: what controls are made of."""

    schema_version: Literal["rigfit.vocabulary/1"] = Field(default="rigfit.vocabulary/1", alias="schema")
    tasks: tuple[TaskWord, ...]
    features: tuple[FeatureWord, ...]
    styles: tuple[str, ...]
    profiles: tuple[Word, ...]
    """What `policies.prefer` takes."""
    runtimes: tuple[Word, ...]
    services: tuple[Word, ...]
    scenarios: tuple[Word, ...]
    """Usage scenarios of `/v1/cost`."""
    models: tuple[ModelWord, ...]


class CatalogEntry(Strict):
    """One entry of the catalog or the rules, and where its facts come from."""

    collection: str
    entry: dict[str, Any]
    """As `rigfit catalog show --json` prints it."""
    provenance: dict[str, Any]
    """As `rigfit catalog show --sources --json` prints it."""


class Quick(Strict):
    """The verdict and the bundles of an answer, without explanation and record.

    For a control that is being dragged: answered from what is proved already wherever that holds. Every field equals
    that of `/v1/solve` for the same request.
    """

    schema_version: Literal["rigfit.quick/1"] = Field(default="rigfit.quick/1", alias="schema")
    status: Literal["optimal", "infeasible", "undecided"]
    machine: Machine
    usable: dict[str, int]
    """Bytes that models may use: vram.0, vram.1, ..., ram, disk."""
    assumptions: tuple[Assumption, ...]
    bundles: tuple[Bundle, ...]


class FlowQuestion(Strict):
    """Answers to the wizard's questions so far."""

    answers: WizardAnswers = Field(default={}, max_length=100)
    outcomes_of: Id | None = None
    """Solve the options of this question on the machine, to show what each would give."""


class ModelQuestion(Strict):
    """A model or variant of a request's answer."""

    request: Request
    model: Name
    """A model, or a variant of it after a colon: "flux1-dev", "flux1-dev:fp8", a file's name."""


class WhyNotQuestion(Strict):
    """What became of a model; of every variant of every model where none is named."""

    request: Request
    model: Name | None = None
    """As in `/v1/why`; null asks about all."""


class SpanQuestion(Strict):
    """A range of one resource, both ends included, as one would buy it."""

    resource: Resource
    low: Amount
    high: Amount


class WhatIfQuestion(Strict):
    """A request, and what of its machine varies."""

    request: Request
    vary: tuple[SpanQuestion, ...] = Field(default=(), max_length=2)
    """One: exact steps. Two: a map."""
    gpus: tuple[Name, ...] = Field(default=(), max_length=40)
    """Cards to compare with the one there is."""
    exact: bool = False
    """Cut a map into exact regions too."""


class UpgradeQuestion(Strict):
    """A request, and which changes of its machine are looked at."""

    request: Request
    to: tuple[Name, ...] = Field(default=(), max_length=40)
    """Only these cards, with or without a price."""
    since: Annotated[int, Field(ge=1990, le=2999)] | None = None
    """Cards released from that year on."""
    budget: Usd | None = None
    """Nothing that costs more."""
    prices: PriceFile | None = None
    """Your own prices, in place of the catalog's."""


class CostQuestion(Strict):
    """A request, and what is known of the costs of this machine."""

    request: Request
    per_month: Annotated[int, Field(ge=1, le=10**9)] | None = None
    """Results of each task a month; the usage scenarios where absent."""
    scenarios: tuple[Id, ...] = Field(default=(), max_length=20)
    hardware: Usd | None = None
    """What the hardware costs, in place of its cards' prices."""
    owned: bool = False
    """The hardware is there anyway: only electricity counts."""
    watts: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """What the computer draws while it works."""
    months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """Months over which the hardware is spread."""
    service: Name | None = None
    """Compare with this service only."""
    cloud_price: Usd | None = None
    """Of one result elsewhere, in place of the catalog's."""
    prices: PriceFile | None = None


class EmitQuestion(Strict):
    """A bundle, of a request or of an answer that was made before."""

    request: Request | None = None
    answer: Answer | None = None
    """In place of a request: what `/v1/solve` gave."""
    bundle: Annotated[int, Field(ge=1, le=50)] = 1
    """Its rank."""
    only: tuple[Name, ...] = Field(default=(), max_length=100)
    """Only these files, or the files of these folders."""


class WorkflowQuestion(Strict):
    """A ComfyUI workflow, in the format of the editor or of the API."""

    workflow: dict[str, Any] | str
    """The workflow, or its text."""
    name: Name = "workflow"
    machine: MachineRequest | None = None
    policies: Policies = Policies.model_construct()


class FixedWorkflow(Strict):
    """A workflow that was checked, with what is proposed."""

    report: WorkflowReport
    changed: bool
    workflow: str
    """Its text; as it was given where nothing is proposed."""
