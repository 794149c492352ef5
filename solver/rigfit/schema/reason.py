"""Reasons as data: the conflict, what to give up, the least amounts that would do, the cascade. No wording is decided
here; `text` fields hold the sentences that `rigfit.explain` made from the other fields.
"""

from typing import Annotated, Literal

from pydantic import Field

from rigfit.schema.base import Strict

ChangeableBy = Literal["request", "policy", "machine", "nobody"]
GuardKind = Literal[
    "task", "feature", "size", "time", "models", "variants", "by_name", "together", "runtimes", "licence", "territory",
    "experimental", "max_disk", "max_download", "max_cost", "vram", "ram", "memory", "disk", "architecture",
    "platform", "card",
]  # fmt: skip
Resource = Literal["vram", "ram", "memory", "disk", "compute_capability", "time"]


class Quantity(Strict):
    """An evidence number."""

    name: Literal["needs", "has", "quality", "time"]
    value: int
    unit: Literal["B", "ms", "centipoints"]


class Reason(Strict):
    """One reason, with those beneath it."""

    rule: str
    subject: str
    text: str
    changeable_by: ChangeableBy
    numbers: tuple[Quantity, ...] = ()
    source: str | None = None
    origin: str = ""
    """File and line in rules/ or catalog/."""
    children: "tuple[Reason, ...]" = ()


class DropTask(Strict):
    """Ask for the other tasks only."""

    hint: Literal["drop_task"] = "drop_task"
    task: int


class DropFeature(Strict):
    """Do without a feature."""

    hint: Literal["drop_feature"] = "drop_feature"
    task: int
    feature: str


class LowerSize(Strict):
    """Make smaller results, and upscale or join them."""

    hint: Literal["lower_size"] = "lower_size"
    task: int
    width: int
    height: int
    frames: int
    seconds: float = 0
    """Length of a clip, a song or a spoken text."""
    batch: int
    context: int


class RaiseTime(Strict):
    """Wait longer."""

    hint: Literal["raise_time"] = "raise_time"
    task: int
    milliseconds: int | None = None
    """The least that would do, where it is known."""


class AllowModels(Strict):
    """Let other models in."""

    hint: Literal["allow_models"] = "allow_models"
    task: int


class AllowVariants(Strict):
    """Let other variants in."""

    hint: Literal["allow_variants"] = "allow_variants"
    task: int


class NameModel(Strict):
    """Ask by name for a model that is offered only so."""

    hint: Literal["name_model"] = "name_model"
    task: int
    model: str | None = None


class InTurn(Strict):
    """Let tasks take turns in place of holding their weights together."""

    hint: Literal["in_turn"] = "in_turn"
    group: str


class AllowRuntimes(Strict):
    """Let other runtimes in."""

    hint: Literal["allow_runtimes"] = "allow_runtimes"


class AllowLicence(Strict):
    """Use it personally only, and sell nothing made with it: or get another licence from the owner."""

    hint: Literal["allow_licence"] = "allow_licence"


class AllowTerritory(Strict):
    """Use it elsewhere."""

    hint: Literal["allow_territory"] = "allow_territory"


class AllowExperimental(Strict):
    """Let experimental models in."""

    hint: Literal["allow_experimental"] = "allow_experimental"


class RaiseBudget(Strict):
    """Allow more disk space, download or cost of services."""

    hint: Literal["raise_budget"] = "raise_budget"
    budget: Literal["max_disk", "max_download", "max_cost"]
    bytes: int | None = None
    money: int | None = None
    """Millionths of a US dollar a month, where it is what services charge."""


class FreeDisk(Strict):
    """Free disk space."""

    hint: Literal["free_disk"] = "free_disk"
    bytes: int | None = None
    """How much must be free."""


class MoreRam(Strict):
    """More system memory (on unified memory: memory)."""

    hint: Literal["more_ram"] = "more_ram"
    bytes: int | None = None
    """How much the machine must have."""


class MoreVram(Strict):
    """A card with more memory."""

    hint: Literal["more_vram"] = "more_vram"
    gpu: int
    bytes: int | None = None
    """How much the card must have."""


class OtherCard(Strict):
    """A card of another architecture."""

    hint: Literal["other_card"] = "other_card"
    gpu: int
    compute_capability: str | None = None
    """The least that would do, where it is known."""


class OtherPlatform(Strict):
    """Another operating system, or a card of another vendor."""

    hint: Literal["other_platform"] = "other_platform"
    gpu: int


class AddCard(Strict):
    """A graphics card."""

    hint: Literal["add_card"] = "add_card"


Hint = Annotated[
    DropTask | DropFeature | LowerSize | RaiseTime | AllowModels | AllowVariants | NameModel | InTurn | AllowRuntimes
    | AllowLicence | AllowTerritory | AllowExperimental | RaiseBudget | FreeDisk | MoreRam | MoreVram | OtherCard
    | OtherPlatform | AddCard,
    Field(discriminator="hint"),
]  # fmt: skip
"""What one could do: a closed set, one shape each."""


class Member(Strict):
    """One thing that a person could change, as part of a conflict."""

    kind: GuardKind
    text: str
    changeable_by: ChangeableBy
    field: str
    """Where it is said in a request or machine file, like "tasks.0.features"."""
    option: str | None = None
    """The command line option that says it."""
    stated: bool
    """A person stated it; otherwise it was assumed or detected."""
    hint: Hint
    evidence: tuple[Reason, ...] = ()
    """What would do if this alone were given up: the nearest pipelines, each with what it breaks."""


class Conflict(Strict):
    """The smallest set of wishes, policies and hardware limits that cannot hold together."""

    text: str
    members: tuple[Member, ...]


class Gained(Strict):
    """The pipeline of a task that one would get."""

    task: str
    model: str
    title: str
    variants: dict[str, str]
    runtime: str
    placement: str
    quality: int
    milliseconds: int | None
    selected: str = ""
    """What the catalog says for it."""
    variant: str = ""
    """The main part's variant as people write it; empty where only `variants` are known."""
    service: str = ""
    """The service that does it, where it is not this machine."""


class GiveUp(Strict):
    """Wishes or policies without which there is a bundle."""

    text: str
    cost: int
    hints: tuple[Hint, ...]
    gains: tuple[Gained, ...]
    """The bundle one would then get, solved anew."""


class Least(Strict):
    """The least of one resource that would do, all else as it is. Exact: one unit less would not do."""

    resource: Resource
    gpu: int | None = None
    has: int | str
    """What the machine has in all (bytes), or its compute capability."""
    needs: int | str | None
    """In all, with what is kept for the system; None where no amount would do."""
    unit: Literal["B", "ms", "compute capability"]
    usable: int | None = None
    """Of `needs`, the bytes for models."""
    text: str


class CascadeStep(Strict):
    """One step down the resolution cascade, and how far it went."""

    step: Literal["quantization", "streaming", "substitution", "workflow", "cloud"]
    task: str
    outcome: Literal["enough", "not_enough", "refused", "not_available"]
    model: str | None = None
    label: str | None = None
    resource: Resource | None = None
    needs: int | None = None
    has: int | None = None
    quality: int | None = None
    milliseconds: int | None = None
    text: str


class Proof(Strict):
    """What was solved again to check the explanation; None where there was nothing to check."""

    conflict_infeasible: bool
    conflict_minimal: bool
    give_ups_sufficient: bool | None
    give_ups_minimal: bool | None
    least_exact: bool | None
