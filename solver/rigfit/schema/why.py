"""What `rigfit why-not` and `rigfit why` print: what became of a model, and what would make it the best."""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import Bundle, NextStep
from rigfit.schema.base import Strict
from rigfit.schema.machine import Machine
from rigfit.schema.reason import ChangeableBy, Gained, Hint, Reason
from rigfit.schema.request import Request

Verdict = Literal["chosen", "beaten", "too_large", "refused"]


class Regret(Strict):
    """One level of the objective: the best bundle that is forced to have it, less the best bundle there is."""

    criterion: str
    cost: int
    """In the criterion's own unit; positive is worse, negative better."""
    unit: str
    decides: bool
    """The first level on which they differ, or the one whose slack it exceeds."""
    text: str


class Judgement(Strict):
    """What became of one model, or of one variant of it, for one task."""

    task: str
    model: str
    title: str
    role: str | None = None
    """Of the variant; None where any variant may be taken."""
    variant: str | None = None
    verdict: Verdict
    """chosen: in a bundle; beaten: it would do, others are better; too_large: it fits nowhere here; refused."""
    rank: int | None = None
    """Of the first bundle that has it."""
    text: str
    best: Gained | None = None
    """Its best pipeline here; None where it has none."""
    regrets: tuple[Regret, ...] = ()
    others_held: bool = False
    """The regrets hold for the other tasks as the best bundle has them; those giving way could make them less."""
    limit: str | None = None
    """Where it is too large: which limit its nearest pipeline breaks most."""
    needs: int | None = None
    """Bytes that the nearest pipeline needs of it."""
    has: int | None = None
    reasons: tuple[Reason, ...] = ()
    """Why it is refused: on the first card first."""


class Change(Strict):
    """A change of wish, policy or machine, solved anew."""

    effect: Literal["best", "possible"]
    """It would be in the best bundle, or only fit."""
    changeable_by: ChangeableBy
    text: str
    hints: tuple[Hint, ...] = ()
    prefer: str | None = None
    """Another profile of the objective."""
    resource: Literal["vram", "ram", "memory", "disk", "compute_capability"] | None = None
    gpu: int | None = None
    has: int | str | None = None
    """What the machine has in all: bytes, or its compute capability."""
    needs: int | str | None = None
    """The least that would do in all, with what is kept for the system. Exact: one MiB less would not do."""
    gains: tuple[Gained, ...] = ()
    """The best bundle then."""


class Winner(Strict):
    """The pipelines of the best bundle."""

    tasks: tuple[Gained, ...]
    title: str


class WhyNot(Strict):
    """What became of a model, or with `--all` of every variant of every model."""

    schema_version: Literal["rigfit.why-not/1"] = Field(default="rigfit.why-not/1", alias="schema")
    status: Literal["optimal", "infeasible", "undecided"]
    """Of the request."""
    request: Request
    machine: Machine
    catalog: str
    rules: str
    rigfit: str
    winner: Winner | None
    """None where there is no bundle."""
    asked: str | None
    """The model and variant in question, as they are called here; None for all."""
    judgements: tuple[Judgement, ...]
    changes: tuple[Change, ...] = ()
    """What would make it the best, then what would make it possible, the smallest first; empty where nothing would."""
    notes: tuple[str, ...] = ()


class Against(Strict):
    """The best bundle without the model, and how much worse it is."""

    title: str
    regrets: tuple[Regret, ...]
    text: str


class Why(Strict):
    """Why a model is in the answer."""

    schema_version: Literal["rigfit.why/1"] = Field(default="rigfit.why/1", alias="schema")
    status: Literal["optimal", "infeasible", "undecided"]
    record: str
    model: str
    title: str
    variant: str | None
    rank: int | None
    """None where it is not in the answer."""
    text: str
    sentences: tuple[str, ...] = ()
    bundle: Bundle | None = None
    """With criteria whose parts add up, limits and warnings."""
    against: Against | None = None
    """What decided: the best bundle in which the task has another model."""
    next_steps: tuple[NextStep, ...] = ()
    notes: tuple[str, ...] = ()
