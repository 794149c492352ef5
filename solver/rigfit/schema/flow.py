"""The wizard: its questions as rules/ hold them, the answers to them, and what a front end shows of both."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rigfit.schema.base import Entry, FeatureId, Id, MemoryFact, Strict
from rigfit.schema.machine import Machine
from rigfit.schema.request import Confidence, MachineRequest, ProfileId, Request, Style

WizardAnswers = dict[Id, str | tuple[str, ...]]
"""Question or detail -> the value of the option that was taken, several values, or what was typed."""

MOST_QUESTIONS = 5
"""Seed 000's onboarding has five questions, and more would be a form."""

Kind = Literal["one", "many", "card", "memory", "storage"]
"""One option, any number of them, or something typed: names of cards, an amount of memory or of disk space."""
From = Literal["presets", "tasks", "features", "profiles"]


class Condition(Strict):
    """When something is asked: every field that is given must hold; of the values in a list any one will do."""

    answered: dict[Id, tuple[str, ...]] = {}
    """Question -> values, of which the answer is one."""
    not_answered: dict[Id, tuple[str, ...]] = {}
    """Question -> values, of which the answer is none."""
    task: tuple[Id, ...] = ()
    """One of these jobs is asked for."""
    feature_of: Id | None = None
    """One of the jobs that are asked for can have this feature, and does not need it yet."""
    vram_below: MemoryFact | None = None
    """The machine's largest card has less."""


class PolicyChoice(Strict):
    """Policies that an option decides; the others stay as they are."""

    use: Literal["personal", "commercial"] | None = None
    sells_output: bool | None = None
    experimental: bool | None = None
    confidence: Confidence | None = None
    prefer: ProfileId | None = None
    cloud: Literal["no", "fallback", "preferred"] | None = None


class Sets(Strict):
    """What an answer does to the request."""

    preset: Id | None = None
    """The request starts as this preset."""
    task: Id | None = None
    """One more job."""
    needs: tuple[FeatureId, ...] = ()
    """Features that must work, of each job that can have them."""
    style: Style | None = None
    """Of the jobs that make pictures in a style."""
    policies: PolicyChoice = PolicyChoice.model_construct()
    os: Literal["linux", "windows", "macos"] | None = None


class Choice(Strict):
    """One option of a question."""

    value: Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[._:-][a-z0-9]+)*$", max_length=80)]
    label: str
    description: str = ""
    sets: Sets = Sets.model_construct()


class Ask(Strict):
    """What questions and their details share."""

    id: Id
    question: str
    help: str = ""
    kind: Kind = "one"
    options: tuple[Choice, ...] = ()
    options_from: From | None = None
    """Options for everything that a collection holds; those of `options` stand before them."""
    default: str | tuple[str, ...] = ""
    """The value taken where nothing is answered; for what is typed, empty leaves it as it is."""
    at_least_one: bool = False
    """Of many, one must be taken."""
    fills: Literal["gpus", "vram", "ram", "disk"] | None = None
    """Which field of the machine is typed here."""
    tried: bool = False
    """Each option is solved on the machine, and shown with what it would give."""
    show_if: tuple[Condition, ...] = ()
    """Asked where any one of these holds; always, where there is none."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        chosen = self.kind in ("one", "many")
        if chosen != bool(self.options or self.options_from):
            raise ValueError(f"a question of kind {self.kind} {'needs' if chosen else 'has no'} options")
        if chosen == (self.fills is not None):
            raise ValueError("`fills` belongs to what is typed, and only to that")
        if (self.kind in ("many", "card")) != isinstance(self.default, tuple):
            raise ValueError(
                f"the default of kind {self.kind} is {'a list' if self.kind in ('many', 'card') else 'one value'}"
            )
        values = [option.value for option in self.options]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise ValueError(f"the option {twice[0]!r} stands twice")
        return self


class Detail(Ask):
    """A smaller question on the screen of a larger one."""


class Question(Ask, Entry):
    """One screen."""

    position: Annotated[int, Field(ge=1, le=MOST_QUESTIONS)]
    title: str
    """Two or three words for a heading."""
    details: tuple[Detail, ...] = ()
    source: Id


class Outcome(Strict):
    """What an option gives on the machine, from the solver."""

    status: Literal["optimal", "infeasible", "undecided"]
    runs: bool
    text: str
    """One line: the model of the first job, its points and how long it takes; or what stands in the way."""


class ShownOption(Strict):
    """An option as it stands on the screen."""

    value: str
    label: str
    description: str
    outcome: Outcome | None = None
    """Where options are tried, and somebody asked for it."""


class ShownDetail(Strict):
    """A question or detail that is asked now."""

    id: Id
    question: str
    help: str
    kind: Kind
    options: tuple[ShownOption, ...]
    default: str | tuple[str, ...]
    value: str | tuple[str, ...]
    """What is answered, or else the default."""
    answered: bool
    at_least_one: bool
    tried: bool
    now: str = ""
    """For what is typed: what the machine has, so that a front end can show it where nothing is typed."""


class ShownQuestion(ShownDetail):
    """One screen as it is asked now."""

    number: int
    """Of the questions that are asked now, from 1."""
    title: str
    details: tuple[ShownDetail, ...]


class Flow(Strict):
    """The whole wizard at one moment: what GET gives with no answers and POST with some."""

    schema_version: Literal["rigfit.flow/1"] = Field(default="rigfit.flow/1", alias="schema")
    machine: Machine
    questions: tuple[ShownQuestion, ...]
    """Those that are asked now, in order."""
    answers: WizardAnswers
    """Every question that is asked with its answer or default: post it back, and nothing changes."""
    request: Request | None
    """What the answers add up to; None while a job is still to be chosen."""
    machine_request: MachineRequest
    """What the answers say of the machine; without cards it is the one that was found, with the amounts stated."""
