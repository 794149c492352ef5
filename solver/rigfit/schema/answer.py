"""The answer: ranked bundles, what they need, why they are what they are. Versioned; names are added, never renamed."""

from typing import ClassVar, Literal

from pydantic import Field

from rigfit.schema.base import Sparse, Strict
from rigfit.schema.clash import Clash
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.reason import CascadeStep, Conflict, GiveUp, Least, Proof
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
    weights: int = 0
    """Bytes of the expected amount that are weights; the rest is working memory."""


class LimitUse(Strict):
    """A limit and how much of it is used."""

    limit: str
    resource: Literal["vram", "ram", "disk", "download", "money"]
    used: int
    """Bytes (or millionths of a US dollar a month), at the end of the interval that the policy counts with."""
    capacity: int
    free: int
    """Bytes to spare."""
    phase: str | None = None
    """When that much is used, where it is not all the time: text_encode, denoise, decode or run."""
    rule: str


class FileUse(Strict):
    """A file that the bundle needs."""

    name: str
    bytes: int
    download: int
    """0 where it is already on the machine."""
    disk: int = 0
    """Bytes it takes while it is installed: an archive lies beside what it unpacks to."""
    repo: str | None = None
    folder: str | None = None


class Storage(Strict):
    """What a bundle takes on the disk and over the net; files that tasks share count once."""

    download: int
    """Bytes to fetch."""
    disk: int
    """New bytes that stay: less what is needed only to install (archives, sources of conversions)."""
    install_peak: int
    """New bytes while it is installed, when nothing is deleted before the end."""
    present: int
    """Bytes of its files that are already on the machine."""
    load: int
    """Bytes of weights that are read before every task has run once."""
    load_milliseconds: dict[Literal["nvme", "ssd", "hdd"], int]
    """How long reading them takes from each kind of drive."""
    drive: Literal["nvme", "ssd", "hdd"] | None
    """The machine's, as far as it is known."""
    advice: str | None = None
    """A sentence where the drive would be felt."""


class CloudUse(Strict):
    """A service that does a task, and what it charges. Money in millionths of a US dollar."""

    service: str
    title: str
    of: str | None
    """What is charged for, in the service's words."""
    price: Bounds
    """Of one result."""
    monthly_volume: int
    """Results a month."""
    per_month: Bounds
    source: str
    """Who says the price."""
    date: str | None


class TaskAnswer(Sparse):
    """The pipeline of one task."""

    silent: ClassVar[frozenset[str]] = frozenset({"cloud"})

    task: str
    pipeline: str
    """Its name among all pipelines of the request: equal names are one pipeline."""
    model: str
    title: str
    variants: dict[str, str]
    """Role -> variant."""
    runtime: str
    packaging: str
    placement: Literal["resident", "model_offload", "streamed", "cpu", "cloud"]
    resident_share: int
    """Permille of the denoiser, or of a language model's layers, that stays on the card."""
    layers_on_card: int | None = None
    """Of a language model; the processor works on the others."""
    cache: str | None = None
    """Precision of a language model's key-value cache."""
    tiled_decode: bool
    verdict: Literal["resident", "offloaded", "streamed", "cpu", "cloud"]
    device: str
    gpu: int | None
    size: dict[str, int | float | None]
    features: tuple[str, ...]
    """Needed features and the wishes that are met."""
    flags: tuple[str, ...] = ()
    """With which the runtime is started for this task."""
    addons: tuple[str, ...]
    quality: int
    """Hundredths of a point, after retention and grades."""
    phases: tuple[PhaseUse, ...]
    peak_phase: str
    peak_vram: Bounds
    peak_ram: Bounds
    milliseconds: Bounds | None
    load_milliseconds: Bounds
    """A cold start: its weights from disk, and onto the card what belongs there."""
    swap_milliseconds: Bounds
    """What belongs on the card onto it again, from RAM: after another task had its turn."""
    tokens_per_second: Bounds | None = None
    """Thousandths of a token that a language model writes in a second, slowest to fastest."""
    basis: str
    limits: tuple[LimitUse, ...]
    compute: tuple[ReasonText, ...]
    """How each stored precision is computed in, where it is not simply native."""
    warnings: tuple[ReasonText, ...]
    licences: tuple[str, ...]
    cloud: CloudUse | None = None
    """Where a service does it; all that speaks of this machine is then empty."""


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


class HeldOnCard(Strict):
    """What one task keeps on a card while another works."""

    number: int
    """Of the task in the bundle."""
    task: str
    held: int
    """Bytes, at the end of the interval that the policy counts with."""


class Swap(Strict):
    """Weights that come back onto a card when a task has its turn after another.

    The times of results, and the criterion `seconds`, count weights that are in place: what a change of task costs
    stands here.
    """

    number: int
    """Of the task in the bundle."""
    task: str
    source: Literal["ram", "disk"]
    """Where the weights come from on this machine."""
    from_ram: Bounds
    """Milliseconds."""
    from_disk: Bounds


class CardUse(Strict):
    """How tasks share a card."""

    gpu: int
    device: str
    how: Literal["alone", "together", "side_by_side", "in_turn"]
    """One task; tasks that were asked to hold their weights together; tasks in turn that all fit at the same time, so
    that nothing has to move; tasks in turn of which each needs the room of others."""
    tasks: tuple[HeldOnCard, ...]
    used: int
    """Bytes at the highest peak, with what others hold meanwhile."""
    capacity: int
    swaps: tuple[Swap, ...] = ()
    ram_to_swap: int | None = None
    """Bytes of RAM that keep the weights of all tasks in turn: with less they come from disk."""


class Bundle(Sparse):
    """One answer: a pipeline for each task, and all it takes."""

    silent: ClassVar[frozenset[str]] = frozenset({"money"})

    rank: int
    tasks: tuple[TaskAnswer, ...]
    disk_bytes: int
    """New bytes on disk while it is installed, shared files once; `storage` says what of it stays."""
    download_bytes: int
    storage: Storage
    files: tuple[FileUse, ...]
    licences: tuple[str, ...]
    nodes: tuple[str, ...]
    runtimes: tuple[str, ...]
    flags: tuple[str, ...]
    cards: tuple[CardUse, ...] = ()
    """How the tasks share each card."""
    limits: tuple[LimitUse, ...]
    criteria: tuple[Criterion, ...]
    why: tuple[str, ...]
    """Sentences: what decided for it."""
    money: Bounds | None = None
    """Millionths of a US dollar that services charge a month, where some do a task."""


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


class NextStep(Strict):
    """The least that would have to grow for a better pipeline of one task, all else as it is."""

    task: str
    model: str
    title: str
    variants: dict[str, str]
    runtime: str
    placement: str
    resource: Literal["vram", "ram", "disk"]
    gpu: int | None = None
    """The card that needs more, for VRAM."""
    needs: int
    """Bytes that models must be able to use."""
    has: int
    """Bytes that they can use now."""
    extra: int
    criterion: str
    """The first one on which the answer would be better."""
    better_by: int
    unit: str
    least: bool
    """Proved: with one byte less the best bundle would stay what it is. Not claimed where several tasks compete."""
    text: str


class Explanation(Strict):
    """Why the answer is what it is."""

    summary: str
    left_out: tuple[LeftOut, ...] = ()
    closest: tuple[Closest, ...] = ()
    conflict: Conflict | None = None
    """Where there is no bundle: a smallest set of things that cannot hold together."""
    packages: Clash | None = None
    """Where node packages keep the tasks apart: which, and the requirements that clash."""
    give_ups: tuple[GiveUp, ...] = ()
    """Where there is no bundle: the least costly sets of wishes and policies without which there is one."""
    least: tuple[Least, ...] = ()
    """Where there is no bundle: for each resource the least that would do, all else as it is."""
    cascade: tuple[CascadeStep, ...] = ()
    """Where there is no bundle: the steps that were tried, in order."""
    proof: Proof | None = None
    """Where it was asked for: what was solved again to check the explanation."""
    would_change: tuple[WouldChange, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    """What one step up would take: for each task and resource the least extra amount."""
    notes: tuple[str, ...] = ()


class ProvedBest(Strict):
    """The best that exists on one level of the objective, proved by the engine. Costs: less is better."""

    criterion: str
    best: int
    within: int
    """Permille of it that later levels may give away; 0 where it is kept."""


class Record(Strict):
    """What is needed to decide the same thing again, and to check it; the machine stands beside it in the answer."""

    id: str
    """Digest of all that decides: request, machine, catalog, rules, version."""
    catalog: str
    """Digest of everything that the catalog says."""
    rules: str
    rigfit: str
    """Version."""
    engine: str
    status: Literal["optimal", "infeasible", "undecided"]
    bound: tuple[ProvedBest, ...] = ()
    """Level by level; empty unless the status is optimal."""
    request: Request
    rules_fired: tuple[str, ...]
    """Rules that matched something that was considered."""
    rules_not_fired: tuple[str, ...]
    entries: dict[str, str]
    """Catalog entry that the bundles use ("models/flux1-dev") -> digest of what it says."""
    statistics: dict[str, int] = {}
    """Of the engine; they decide nothing."""


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
