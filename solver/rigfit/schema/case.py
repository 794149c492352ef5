"""A case: one pipeline on one machine in loose names, and what becomes of it there. One line each of a cases file.

The shapes are those of `rigfit estimate --cases`: amounts of memory go in as binary gigabytes, as cards are sold, and
come out in bytes; seconds come out in seconds.
"""

from typing import Annotated, Literal

from pydantic import Field

from rigfit.schema.answer import FileUse, PhaseUse
from rigfit.schema.base import Strict
from rigfit.schema.machine import Assumption
from rigfit.schema.request import Confidence, Size

Name = Annotated[str, Field(min_length=1, max_length=200)]
# No machine of this field has a mebi-gigabyte; a larger number is a typing mistake or bytes.
Gigabytes = Annotated[float, Field(gt=0, le=1_048_576, allow_inf_nan=False)]
Verdict = Literal["resident", "offloaded", "streamed", "impossible"]


class CaseMachine(Strict):
    """The machine of a case. What is not stated is assumed, and every assumption is named in the output."""

    gpu: Name | tuple[Name, ...] | None = None
    """A card's name ("RTX 4090", "2x RTX 3090"), several, "none" for the processor alone, or null where only its memory
    is known."""
    vram_gb: Gigabytes | None = None
    """Memory of the card (of each, where there are several) in GiB."""
    ram_gb: Gigabytes | None = None
    """System memory in GiB."""
    disk_gb: Gigabytes | None = None
    """Free disk space in decimal gigabytes."""
    os: Literal["linux", "windows", "macos"] | None = None
    display: bool | None = None
    """The (first) card drives a screen."""
    reserve_vram_gb: Gigabytes | None = None
    """GiB kept free on every card, in place of what rules/ say."""
    reserve_ram_gb: Gigabytes | None = None


class CaseIn(Strict):
    """One line of a cases file."""

    id: str | int | float | None = None
    """Given back as it is."""
    model: Name
    """Id, alias, title or repository name; a precision in it ("flux1-dev-Q4_K_S.gguf") is for the main network."""
    variants: dict[str, str | None] | Name | None = None
    """Role, component or usual name -> variant or usual spelling; "none" leaves a part out. One word alone is for the
    main network."""
    task: str | None = None
    runtime: Name | None = None
    placement: Name | None = None
    """resident, model_offload, streamed, cpu, or what runtimes call them (sequential, lowvram, blockswap, ...)."""
    resident_share: Annotated[float, Field(ge=0, le=1)] | None = None
    """Share of the streamed weights that stays on the card."""
    tiled: bool | None = None
    """The decode goes tile by tile."""
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    batch: int | None = None
    context: int | None = None
    """Tokens."""
    kv_cache: Name | None = None
    """Precision of a language model's key-value cache: fp16 (the default), q8_0, q4_0."""
    steps: int | None = None
    seconds: float | None = None
    """Length of a clip, a song or a spoken text."""
    confidence: Confidence | None = None
    """Which end of the estimate is held against the machine; safe is the default."""
    machine: CaseMachine = CaseMachine.model_construct()
    note: str | None = None
    """Anything; not read."""

    def size(self) -> dict[str, int | float]:
        """What is stated of the size."""
        stated = {name: getattr(self, name) for name in Size.model_fields if hasattr(self, name)}
        return {name: value for name, value in stated.items() if value is not None}


class Amounts(Strict):
    """Low, expected and high end."""

    low: int
    expected: int
    high: int


class Seconds(Strict):
    """Low, expected and high end of a time in seconds, or of a rate."""

    low: float
    expected: float
    high: float


class Instead(Strict):
    """The best placement that fits, where the one asked for does not."""

    verdict: Literal["resident", "offloaded", "streamed"]
    placement: Literal["resident", "model_offload", "streamed", "cpu"]
    resident_share: float
    tiled: bool
    peak_vram: Amounts
    peak_ram: Amounts


class Part(Strict):
    """A component in the variant that was taken for it."""

    role: str
    component: str
    variant: str
    bytes: int
    basis: Literal["file", "derived"]
    """`derived`: from parameters and bits, because no file of this variant is known."""
    stated: bool
    """The case named it; otherwise it is the usual choice."""


class CaseOut(Strict):
    """What becomes of a case."""

    schema_version: Literal["rigfit.case/1"] = Field(default="rigfit.case/1", alias="schema")
    id: str | int | float | None
    peak_vram: Amounts
    """Bytes."""
    peak_ram: Amounts
    """Bytes."""
    phase: str
    """Where the VRAM peak is."""
    seconds: Seconds | None
    """For one result; null where unknown."""
    load_seconds: Seconds
    """A cold start: the weights from disk, and onto the card what belongs there."""
    tokens_per_second: Seconds | None = None
    """Tokens that a language model writes in a second, slowest to fastest; null for all else."""
    verdict: Verdict
    """What happens on this machine. Work that fits on the processor only counts as offloaded."""
    basis: str
    fits: bool
    """As asked for, at the confidence that was counted with."""
    confidence: Confidence
    reason: str
    """The verdict in words."""
    instead: Instead | None = None
    model: str
    title: str
    task: str
    variants: dict[str, str]
    parts: tuple[Part, ...]
    runtime: str
    placement: Literal["resident", "model_offload", "streamed", "cpu"]
    resident_share: float
    tiled: bool
    device: str
    gpu: int | None
    usable_vram: int
    """Bytes of that card that models may use; 0 on the processor."""
    usable_ram: int
    disk: int
    """Bytes of the files."""
    files: tuple[FileUse, ...]
    size: dict[str, int | float | None]
    phases: tuple[PhaseUse, ...]
    supported: bool
    """The rules know the runtime to load these variants on this device."""
    warnings: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()


class CaseError(Strict):
    """A line that could not be answered; the run goes on."""

    id: str | int | float | None
    error: str
