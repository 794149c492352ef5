"""What is allowed, what it costs, in which order things degrade and what is preferred: data in rules/.

A rule matches by typed fields only; there is no expression language. Every field of a `when` that is given must
agree (and); a list of values means any of them (or); a field that is absent does not matter.
"""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rigfit.schema.base import (
    ComputeCapability,
    CountFact,
    Entry,
    FeatureId,
    Grade,
    Id,
    Maturity,
    MemoryFact,
    Milliseconds,
    PermilleFact,
    Strict,
)
from rigfit.schema.catalog import ComponentKind
from rigfit.schema.cost_rules import CostTable
from rigfit.schema.flow import Question

Subject = Literal["variant", "feature", "model", "licence", "pipeline"]
Changeable = Literal["request", "policy", "machine", "nobody"]

# Which fields of `When` say something about which subject; a rule that tests another field is an error.
MACHINE_FIELDS = frozenset(
    {"backend", "os", "gpu_architecture", "compute_capability", "compute_capability_from", "compute_capability_below",
     "gfx", "quirk"}
)  # fmt: skip
SUBJECT_FIELDS: dict[str, frozenset[str]] = {
    "variant": MACHINE_FIELDS
    | {"runtime", "precision", "tag", "container", "component", "kind", "model", "family", "network", "placement"},
    "feature": MACHINE_FIELDS | {"runtime", "precision", "tag", "container", "model", "family", "feature", "network"},
    "model": MACHINE_FIELDS | {"runtime", "model", "family", "task", "maturity", "experimental_allowed"},
    "licence": frozenset({"licence", "commercial", "output_sale", "use", "sells_output", "covers"}),
    "pipeline": MACHINE_FIELDS | {"runtime", "model", "family", "task", "placement", "cache"},
}


class When(Strict):
    """What a rule looks at."""

    runtime: tuple[Id, ...] = ()
    backend: tuple[Literal["cuda", "rocm", "mps", "xpu", "cpu"], ...] = ()
    os: tuple[Literal["linux", "windows", "macos"], ...] = ()
    gpu_architecture: tuple[Id, ...] = ()
    compute_capability: tuple[ComputeCapability, ...] = ()
    """Exactly these: support is a set, not always a threshold (FlashAttention-3)."""
    compute_capability_from: ComputeCapability | None = None
    compute_capability_below: ComputeCapability | None = None
    gfx: tuple[str, ...] = ()
    quirk: tuple[Id, ...] = ()
    precision: tuple[Id, ...] = ()
    tag: tuple[str, ...] = ()
    """Tags of the precision."""
    container: tuple[str, ...] = ()
    component: tuple[Id, ...] = ()
    kind: tuple[str, ...] = ()
    network: tuple[Literal["transformer", "unet", "llm", "other"], ...] = ()
    model: tuple[Id, ...] = ()
    family: tuple[Id, ...] = ()
    task: tuple[Id, ...] = ()
    feature: tuple[FeatureId, ...] = ()
    placement: tuple[Literal["resident", "model_offload", "streamed", "cpu"], ...] = ()
    cache: tuple[Id, ...] = ()
    """Precision of a language model's key-value cache."""
    maturity: tuple[Maturity, ...] = ()
    experimental_allowed: bool | None = None
    licence: tuple[Id, ...] = ()
    commercial: tuple[Literal["yes", "no", "conditional"], ...] = ()
    output_sale: tuple[Literal["yes", "no", "unknown"], ...] = ()
    covers: tuple[Literal["weights", "code"], ...] = ()
    use: tuple[Literal["personal", "commercial"], ...] = ()
    sells_output: bool | None = None


class Admit(Strict):
    """The subject is supported. Variants and LoRA are closed worlds: what no rule admits is refused."""

    do: Literal["admit"]
    needs_node: Id | None = None


class Forbid(Strict):
    """The subject is refused, whatever admits it."""

    do: Literal["forbid"]
    changeable_by: Changeable


class Cost(Strict):
    """The subject runs, at a cost."""

    do: Literal["cost"]
    time: Annotated[int, Field(ge=100, le=100_000)] = 1000
    """Permille of the time it would take otherwise."""
    value: Annotated[int, Field(ge=0, le=1200)] = 1000
    """Permille of the quality."""
    vram: MemoryFact | None = None


class Warn(Strict):
    """The answer carries the rule's reason as a warning."""

    do: Literal["warn"]


class Compute(Strict):
    """How the arithmetic is done: the difference between storing a precision and computing in it."""

    do: Literal["compute"]
    mode: Literal["native", "dequantised", "emulated"]
    time: Annotated[int, Field(ge=100, le=100_000)] = 1000
    basis: str = "derived"


Effect = Annotated[Admit | Forbid | Cost | Warn | Compute, Field(discriminator="do")]


class RuleExample(Strict):
    """A case that stands beside a rule and must come out as it says."""

    gpu: Id | None = None
    """A card of the catalog; absent means the processor."""
    os: Literal["linux", "windows", "macos"] | None = None
    precision: Id | None = None
    component: Id | None = None
    model: Id | None = None
    """Its family, maturity and (for its denoiser) network follow."""
    runtime: Id | None = None
    feature: FeatureId | None = None
    placement: Literal["resident", "model_offload", "streamed", "cpu"] | None = None
    cache: Id | None = None
    task: Id | None = None
    licence: Id | None = None
    covers: Literal["weights", "code"] | None = None
    use: Literal["personal", "commercial"] | None = None
    sells_output: bool | None = None
    experimental_allowed: bool | None = None
    matches: bool
    """Whether the rule speaks of this case."""


class Rule(Entry):
    """A named, sourced statement."""

    title: str
    reason: str
    """A sentence for people; it may name {subject}, {runtime}, {machine}, {model}."""
    source: Id
    about: Subject
    when: When
    then: Effect
    monotone: bool
    """True where more hardware never turns it against a candidate."""
    examples: tuple[RuleExample, ...] = ()
    """At least one case it speaks of; `rigfit rules test` runs them."""

    @model_validator(mode="after")
    def _fields_fit_the_subject(self) -> Self:
        given = {name for name in self.when.model_fields_set if getattr(self.when, name) not in ((), None)}
        odd = sorted(given - SUBJECT_FIELDS[self.about])
        if odd:
            raise ValueError(f"a rule about a {self.about} cannot test {', '.join(odd)}")
        if not given:
            raise ValueError("`when` tests nothing: the rule would match everything")
        return self


class TaskRule(Entry):
    """A task: the sizes taken when none is stated, and how long a person waits for it."""

    title: str
    unit: str
    """What one result is: image, clip, song, ..."""
    width: int | None = None
    height: int | None = None
    batch: int = 1
    frames: int | None = None
    fps: int | None = None
    seconds: float | None = None
    context: int | None = None
    tokens: int | None = None
    """Tokens of one reply."""
    modes: tuple[FeatureId, ...] = ()
    """Features of which a request needs at least one; where it names none the first is assumed."""
    bearable: Milliseconds
    """Up to here time costs no points in the balanced profile."""
    ceiling: Milliseconds
    """Beyond this it fits, but is pointless; a request can lift it."""
    complexity: dict[Literal["simple", "standard", "advanced", "production"], tuple[FeatureId, ...]] = {}
    source: Id


class FeatureRule(Entry):
    """A capability a task may need; the taxonomy of features."""

    title: str
    tasks: tuple[Id, ...]
    qualifiers: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    source: Id


class Tier(Strict):
    """One level of a lexicographic objective."""

    criterion: Literal[
        "value", "net_value", "seconds", "cascade", "download", "disk", "runtimes", "nodes", "vram", "runtime",
        "money", "offload",
    ]  # fmt: skip
    """`offload` is put first by the policy on services; a profile need not name it."""
    within: Annotated[int, Field(ge=0, le=999)] = 0
    """Permille by which later tiers may fall short of the best of this one ("seconds first within 10 %")."""


class Profile(Entry):
    """An objective: what to prefer, in which order."""

    title: str
    reason: str
    tiers: tuple[Tier, ...] = Field(min_length=1)
    points_per_doubling: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Hundredths of a point that net_value loses for every doubling of the time past what is bearable."""
    indifference: Annotated[int, Field(ge=1, le=1000)] = 1
    """Hundredths of a point: net_value counts in steps of this, so that what nobody sees does not decide."""
    aliases: tuple[str, ...] = ()


class GradeTable(Strict):
    """What grades are worth, in permille of the base quality."""

    feature: dict[Grade, int]
    style: dict[Grade, int]
    style_missing: int
    """For a style the catalog says nothing about."""
    wish_missing: int
    source: Id


class CascadeTable(Strict):
    """How far down the resolution cascade each step goes."""

    quantization: int
    streaming: int
    """Weights pass over the bus while it works: what quantizing first avoids."""
    substitution: int
    workflow: int
    cloud: int
    source: Id


class ReserveRule(Entry):
    """Memory that is not for models, by platform."""

    os: tuple[Literal["linux", "windows", "macos"], ...]
    vram_display: MemoryFact
    """Kept free on a card that drives a screen."""
    vram_headless: MemoryFact
    ram: MemoryFact
    """What the system and a browser hold."""
    unified_share: tuple[tuple[int, PermilleFact], ...] = ()
    """(memory up to this many GiB, share the GPU may use), ascending."""


class WidePart(Strict):
    """Parts of some models that a program holds at 32 bits, in whatever 16-bit format they are asked for."""

    families: tuple[str, ...]
    kinds: tuple[ComponentKind, ...]
    source: Id
    note: str | None = None


class RuntimeMemory(Strict):
    """How some runtimes use the card; the first entry that names none is the usual way."""

    runtimes: tuple[Id, ...] = ()
    families: tuple[str, ...] = ()
    """Only with models of these families; the entry without any is for the others."""
    copies: CountFact
    """Copies of a transformer's hidden states, at 16 bits, that are held at once."""
    guidance_batched: bool
    """Classifier-free guidance runs both passes as one batch, whether memory is short or not."""
    immovable: tuple[Id, ...] = ()
    """Precisions whose weights cannot leave the card once they are on it."""
    products: dict[Id, CountFact] = {}
    """Precision of a transformer -> further copies that its products hold while they are worked out."""
    starts_on_card: bool = False
    """Denoiser and decoder are moved to the card at the start and lie there while the prompt is encoded."""
    at_32_bits: tuple[WidePart, ...] = ()
    ram_copy: PermilleFact | None = None
    """Share of the weights on the card that RAM holds a copy of; None where a part that moves leaves RAM."""
    note: str | None = None

    def further_copies(self, precisions: Iterable[str]) -> int:
        """Copies of the hidden states that products in the most demanding of some precisions need on top."""
        return max((self.products[one].value for one in precisions if one in self.products), default=0)

    def holds_wide(self, family: str | None, kind: str) -> bool:
        """A part of a model of a family takes 32 bits for each weight here."""
        return any(family in part.families and kind in part.kinds for part in self.at_32_bits)


class MemoryConstants(Strict):
    """Constants of the estimator; each a fact."""

    context: MemoryFact
    """VRAM the driver context and the framework take before any tensor exists."""
    runtime_ram: MemoryFact
    """RAM of the runtime itself."""
    stream_floor: MemoryFact
    """VRAM for what is in flight when weights are streamed, where the layers of a network are not known."""
    stream_blocks: CountFact
    """Blocks of a network that are on the card at once while it streams: the one at work and those on their way."""
    decode_elements: CountFact
    """Bytes a pixel to decode an image where the architecture says nothing."""
    tile_pixels: CountFact
    """Side of a tile in tiled decoding."""
    tile_overhead: PermilleFact
    """Extra memory of overlapping tiles, above one tile."""
    low: PermilleFact
    """Lower end of the interval: share taken off activations and overheads."""
    high: PermilleFact
    """Upper end: share added to activations of denoisers and encoders."""
    decode_high: PermilleFact
    """Upper end: share added to decoding a still and to networks that run whole, whose figures are known less well."""
    clip_high: PermilleFact
    """Upper end: share added to decoding a clip, for whose decoders the published rates are furthest off."""
    weights_high: PermilleFact
    """Upper end: share added to the weights on a card."""
    parked_low: PermilleFact
    """Share of the offloaded weights surely in RAM."""
    parked_high: PermilleFact
    """Upper end: share added to the weights in RAM (copies while loading and moving, pinned buffers)."""
    resident_shares: tuple[int, ...]
    """Permille of the denoiser kept on the card in each streamed placement that is offered, descending."""
    layer_shares: tuple[int, ...]
    """The same for the layers of a language model, of which the processor works on the rest."""
    cache_bits: dict[Id, CountFact]
    """Precision of a key-value cache -> thousandths of a bit for each number."""
    encode: MemoryFact
    """Activations of text encoders while they read a prompt."""
    clip_bytes: CountFact
    """Bytes of finished frames that are held while a video is decoded, for each pixel of every frame."""
    runtimes: tuple[RuntimeMemory, ...] = Field(min_length=1)

    def of_runtime(self, runtime: str, family: str | None = None) -> RuntimeMemory:
        """The habits of a runtime: its own with models of a family, its own with any, or the usual ones."""
        own = [entry for entry in self.runtimes if runtime in entry.runtimes]
        found = next((entry for entry in own if family in entry.families), None)
        found = found or next((entry for entry in own if not entry.families), None)
        return found or next(entry for entry in self.runtimes if not entry.runtimes)

    @model_validator(mode="after")
    def _one_is_the_usual(self) -> Self:
        if sum(not entry.runtimes for entry in self.runtimes) != 1:
            raise ValueError("exactly one entry of `runtimes` names no runtime: the usual habits")
        if any(entry.families and not entry.runtimes for entry in self.runtimes):
            raise ValueError("an entry for some families names the runtimes, too")
        return self


BackendName = Literal["cuda", "rocm", "mps", "xpu", "cpu"]


class Spread(Strict):
    """How far a time may be off either way."""

    low: PermilleFact
    """The shortest as a share of the expected time."""
    high: PermilleFact
    """The expected time as a share of the longest."""


class LanguageSpeed(Strict):
    """How fast language models read and write."""

    bandwidth: dict[BackendName, PermilleFact]
    """Share of the memory bandwidth at which weights and cache are read for each token."""
    layer_time: dict[BackendName, CountFact]
    """Microseconds a layer takes for each token on top of reading its weights."""
    prompt: dict[BackendName, PermilleFact]
    """Share of the dense throughput that reading a prompt reaches."""
    prompt_most: CountFact
    """Operations a second beyond which no card reads a prompt."""
    prompt_tokens: CountFact
    """Tokens of the prompt of one reply that are new; those before it are in the cache."""


class TimeConstants(Strict):
    """Constants of the time estimate."""

    efficiency: dict[BackendName, PermilleFact]
    """Share of the dense throughput that a transformer reaches while it denoises."""
    efficiency_of: dict[Id, PermilleFact] = {}
    """The same for one architecture of cards, where it differs."""
    most: dict[Id, CountFact] = {}
    """Operations a second beyond which no card of an architecture denoises: memory, clock and power bind first."""
    unet: PermilleFact
    """What a UNet reaches of a transformer's speed."""
    decode: PermilleFact
    """What a VAE reaches of a transformer's speed."""
    pass_time: dict[BackendName, CountFact]
    """Microseconds that every pass takes, however small it is."""
    decode_flops: CountFact
    """Operations a VAE takes for one pixel."""
    prompt_tokens: CountFact
    """Tokens that the encoders of a prompt work on."""
    attention_width: CountFact
    """Width of the attention of a transformer whose architecture does not state it."""
    cpu_core_flops: CountFact
    """Operations a second of one processor core."""
    language: LanguageSpeed
    ram_bandwidth: CountFact
    """Bytes a second from system memory where the machine does not say."""
    pcie: CountFact
    """Bytes a second over the bus where the machine does not say."""
    disk_read: dict[Literal["nvme", "ssd", "hdd"], CountFact]
    """Bytes a second from the disk, as loaders of weights reach them."""
    spread: dict[Literal["default", "language", "prompt", "cuda", "rocm", "mps", "xpu", "cpu"], Spread]
    """Of denoising by backend, with a default, and of language models while they write and while they read."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := {"default", "language", "prompt"} - set(self.spread):
            raise ValueError(f"spread needs {' and '.join(sorted(missing))}")
        return self


class StorageTable(Strict):
    """What is said about drives; how fast each kind reads stands with the time constants."""

    bearable_load: Milliseconds
    """Reading all weights of a bundle once may take so long before the answer speaks of the drive."""
    source: Id


class AssumptionTable(Strict):
    """What a simulated machine has when nobody says."""

    ram: MemoryFact
    disk: CountFact
    os: Literal["linux", "windows", "macos"]
    os_datacenter: Literal["linux", "windows"] = "linux"
    """For cards that are sold for servers."""
    display: bool
    gpu_architecture: Id = "ampere"
    """Of a card of which only the memory is known, taken to be NVIDIA's."""
    gpu_compute_capability: ComputeCapability = "8.6"
    cpu_cores: CountFact
    generous_ram: MemoryFact
    """A larger amount tried afterwards, to say whether the assumption decided the answer."""
    generous_disk: CountFact


class SmallerSize(Strict):
    """What is left of a size when it is made smaller to fit; one result at a time."""

    side: PermilleFact
    """Of width and height; the result is upscaled afterwards."""
    length: PermilleFact
    """Of frames and seconds."""
    context: PermilleFact
    """Of the tokens."""


class GiveUpTable(Strict):
    """What it costs to give something up, in points of one scale: the cheapest set is proposed first."""

    costs: dict[
        Literal[
            "experimental", "time", "size", "runtimes", "variants", "max_download", "max_disk", "max_cost", "models",
            "by_name", "together", "feature", "licence", "territory", "task",
        ],
        int,
    ]  # fmt: skip
    smaller: SmallerSize
    longest_wait: Milliseconds
    """Nobody is told to wait longer than that for one result."""
    source: Id


class Settings(Strict):
    """The tables of which there is one each."""

    grades: GradeTable | None = None
    cascade: CascadeTable | None = None
    memory: MemoryConstants | None = None
    time: TimeConstants | None = None
    assumptions: AssumptionTable | None = None
    storage: StorageTable | None = None
    give_ups: GiveUpTable | None = None
    costs: CostTable | None = None


class HardwareVerdict(Strict):
    """What a card does with a number format or kernel; the first verdict whose `when` matches holds."""

    support: Literal["native", "emulated", "no", "unknown"]
    when: When = When.model_construct()
    """Machine fields only; empty matches every card."""
    reason: str
    source: Id

    @model_validator(mode="after")
    def _about_the_machine(self) -> Self:
        given = {name for name in self.when.model_fields_set if getattr(self.when, name) not in ((), None)}
        odd = sorted(given - MACHINE_FIELDS)
        if odd:
            raise ValueError(f"a verdict about hardware cannot test {', '.join(odd)}")
        return self


class HardwareFeature(Entry):
    """A number format, an attention kernel or an engine, and which hardware has it: sets of cards, not thresholds."""

    title: str
    kind: Literal["format", "attention", "engine"]
    verdicts: tuple[HardwareVerdict, ...] = Field(min_length=1)
    storage: str | None = None
    """Where weights may be kept in this format although it is not computed in: storage is apart from compute."""
    fallback: tuple[str, ...] = ()
    """What to use instead, best first."""
    note: str | None = None


class PrecisionOrder(Entry):
    """Which precisions run best on a class of cards when memory allows any of them, best first."""

    title: str
    when: When
    order: tuple[str, ...] = Field(min_length=1)
    reason: str
    source: Id


class RulesFile(Strict):
    """The shape of one file below rules/: any of the collections and tables."""

    rules: tuple[Rule, ...] = ()
    tasks: tuple[TaskRule, ...] = ()
    features: tuple[FeatureRule, ...] = ()
    profiles: tuple[Profile, ...] = ()
    reserves: tuple[ReserveRule, ...] = ()
    hardware_features: tuple[HardwareFeature, ...] = ()
    precision_orders: tuple[PrecisionOrder, ...] = ()
    questions: tuple[Question, ...] = ()
    settings: Settings = Settings.model_construct()
