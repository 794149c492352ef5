"""What is allowed, what it costs, in which order things degrade and what is preferred: data in rules/.

A rule matches by typed fields only; there is no expression language. Every field of a `when` that is given must
agree (and); a list of values means any of them (or); a field that is absent does not matter.
"""

from __future__ import annotations

from typing import Annotated, Literal

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
    "pipeline": MACHINE_FIELDS | {"runtime", "model", "family", "task", "placement"},
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
    def _fields_fit_the_subject(self) -> Rule:
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
        "value", "net_value", "seconds", "cascade", "download", "disk", "runtimes", "nodes", "vram", "runtime"
    ]  # fmt: skip
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


class MemoryConstants(Strict):
    """Constants of the estimator; each a fact."""

    context: MemoryFact
    """VRAM the driver context and the framework take before any tensor exists."""
    runtime_ram: MemoryFact
    """RAM of the runtime itself."""
    stream_floor: MemoryFact
    """VRAM for the block in flight when weights are streamed."""
    decode_elements: CountFact
    """Bytes a pixel to decode an image where the architecture says nothing."""
    tile_pixels: CountFact
    """Side of a tile in tiled decoding."""
    tile_overhead: PermilleFact
    """Extra memory of overlapping tiles, above one tile."""
    low: PermilleFact
    """Lower end of the interval: share taken off activations and overheads."""
    high: PermilleFact
    """Upper end: share added."""
    parked_low: PermilleFact
    """Share of the offloaded weights surely in RAM."""
    resident_shares: tuple[int, ...]
    """Permille of the denoiser kept on the card in each streamed placement that is offered, descending."""


class TimeConstants(Strict):
    """Constants of the first-cut time estimate."""

    efficiency: dict[Literal["cuda", "rocm", "mps", "xpu", "cpu"], PermilleFact]
    """Share of the dense throughput that denoising reaches."""
    cpu_core_flops: CountFact
    """Operations a second of one processor core."""
    llm_efficiency: PermilleFact
    """Share of the memory bandwidth that a language model reaches while it writes."""
    ram_bandwidth: CountFact
    """Bytes a second from system memory where the machine does not say."""
    pcie: CountFact
    """Bytes a second over the bus where the machine does not say."""
    disk_read: CountFact
    """Bytes a second from the disk."""


class AssumptionTable(Strict):
    """What a simulated machine has when nobody says."""

    ram: MemoryFact
    disk: CountFact
    os: Literal["linux", "windows", "macos"]
    os_datacenter: Literal["linux", "windows"] = "linux"
    """For cards that are sold for servers."""
    display: bool
    cpu_cores: CountFact
    generous_ram: MemoryFact
    """A larger amount tried afterwards, to say whether the assumption decided the answer."""
    generous_disk: CountFact


class Settings(Strict):
    """The tables of which there is one each."""

    grades: GradeTable | None = None
    cascade: CascadeTable | None = None
    memory: MemoryConstants | None = None
    time: TimeConstants | None = None
    assumptions: AssumptionTable | None = None


class HardwareVerdict(Strict):
    """What a card does with a number format or kernel; the first verdict whose `when` matches holds."""

    support: Literal["native", "emulated", "no", "unknown"]
    when: When = When()
    """Machine fields only; empty matches every card."""
    reason: str
    source: Id

    @model_validator(mode="after")
    def _about_the_machine(self) -> HardwareVerdict:
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
    settings: Settings = Settings()
