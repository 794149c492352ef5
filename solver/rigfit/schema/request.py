"""What is wanted: tasks with features and sizes, plus policies. Any command line option can stand here."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rigfit.schema.base import FeatureId, Id, MemoryBytes, Milliseconds, Sparse, StorageBytes, Strict, Usd

Style = Literal[
    "photorealistic", "cinematic", "anime_illustration", "digital_art", "traditional_art", "3d_rendered", "stylized",
    "no_preference",
]  # fmt: skip
Confidence = Literal["safe", "expected", "optimistic"]
ProfileId = Id


class Size(Strict):
    """How large one result is; what is missing takes the task's default, named as an assumption."""

    width: Annotated[int, Field(ge=64, le=16384)] | None = None
    """Pixels."""
    height: Annotated[int, Field(ge=64, le=16384)] | None = None
    batch: Annotated[int, Field(ge=1, le=256)] | None = None
    """Results made at once."""
    frames: Annotated[int, Field(ge=1, le=10_000)] | None = None
    fps: Annotated[int, Field(ge=1, le=240)] | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    """Length of a clip, a song or a spoken text."""
    context: Annotated[int, Field(ge=128, le=10_000_000)] | None = None
    """Tokens."""
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None


class TaskRequest(Strict):
    """One job."""

    task: Id
    features: tuple[FeatureId, ...] = ()
    """All of them are needed. "controlnet" is met by any kind of ControlNet, "controlnet:depth" only by that one."""
    wishes: tuple[FeatureId, ...] = ()
    """Features that raise a pipeline's value but are not needed."""
    style: Style = "no_preference"
    complexity: Literal["simple", "standard", "advanced", "production"] | None = None
    """Seed 000's workflow complexity: rules/ say which features each step adds."""
    size: Size = Size.model_construct()
    models: tuple[str, ...] = ()
    """Only these models or families."""
    exclude: tuple[str, ...] = ()
    """None of these models or families."""
    variants: dict[str, Id] = {}
    """Role -> variant that must be used."""
    together: Id | None = None
    """Tasks with the same word here hold their weights at the same time."""
    importance: Annotated[int, Field(ge=1, le=100)] = 10


class Policies(Sparse):
    """What may and may not be used, and what counts."""

    silent: ClassVar[frozenset[str]] = frozenset({"cloud_over", "monthly_volume", "max_cost"})

    use: Literal["personal", "commercial"] = "personal"
    sells_output: bool = False
    revenue_usd: Annotated[int, Field(ge=0)] | None = None
    """Annual revenue of the person or company, for licences with a cap."""
    territory: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """Two-letter country, or EU, for licences that exclude places."""
    experimental: bool = False
    confidence: Confidence = "safe"
    prefer: ProfileId = "balanced"
    runtimes: tuple[Id, ...] = ()
    """Only these; empty means any."""
    cloud: Literal["no", "fallback", "preferred"] = "no"
    """`fallback`: a service does what nothing here can; `preferred`: a service does what it does better."""
    cloud_over: Milliseconds | None = None
    """A result that is expected to take longer than this here is better made by a service."""
    monthly_volume: Annotated[int, Field(ge=1, le=10**9)] | None = None
    """Results of each task a month, which services charge for."""
    max_cost: Usd | None = None
    """The most that services may charge a month."""
    max_time: Milliseconds | None = None
    """The longest one result may take; lifts the ceiling of the task."""
    max_disk: StorageBytes | None = None
    max_download: StorageBytes | None = None


class MachineRequest(Strict):
    """A simulated machine, as the options --gpu, --vram, --ram, --disk and --os describe it."""

    gpus: tuple[str, ...] = ()
    vram: MemoryBytes | None = None
    ram: MemoryBytes | None = None
    disk: StorageBytes | None = None
    os: Literal["linux", "windows", "macos"] | None = None
    display: bool | None = None
    """A screen is driven by the (first) card."""
    reserve_vram: MemoryBytes | None = None
    """Kept free on every card, in place of what rules/ say: what ComfyUI's --reserve-vram does."""
    reserve_ram: MemoryBytes | None = None


class Request(Strict):
    """A whole request: what a preset holds, what a request file says, what the options add up to."""

    schema_version: Literal["rigfit.request/1"] = Field(default="rigfit.request/1", alias="schema")
    title: str | None = None
    preset: Id | None = None
    """The preset it came from; its stated tier is then compared with the machine."""
    tasks: tuple[TaskRequest, ...] = Field(default=(), max_length=16)
    policies: Policies = Policies.model_construct()
    machine: MachineRequest | None = None
    top: Annotated[int, Field(ge=1, le=50)] = 3
    engine: Literal["cpsat", "exhaustive"] = "cpsat"
