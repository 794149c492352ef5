"""What can be chosen: models and their components, runtimes, add-ons, nodes, cards, licences, presets, sources.

Every collection may stand in any file below catalog/, so that adding a model family is one YAML file.
"""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import (
    BandwidthFact,
    BytesFact,
    ComputeCapability,
    CountFact,
    Entry,
    FeatureId,
    FlopsFact,
    Grade,
    Id,
    Maturity,
    MemoryFact,
    PermilleFact,
    PointsFact,
    PowerFact,
    Strict,
    UsdFact,
)
from rigfit.schema.flags import FlagList, Setting
from rigfit.schema.pipelines import PipelineClass
from rigfit.schema.python import Distribution, Requirements
from rigfit.schema.request import Request
from rigfit.schema.safe import Address, Line, PlainPath, Repository
from rigfit.schema.workflow_nodes import Loader, LooseFile, ServiceNodes, SizeNode

Backend = Literal["cuda", "rocm", "mps", "xpu", "cpu"]
Os = Literal["linux", "windows", "macos"]
ComponentKind = Literal[
    "denoiser", "text_encoder", "vae", "llm", "controlnet", "adapter", "lora", "upscaler", "interpolation",
    "segmentation", "face", "vision", "speech", "audio", "embedding", "other",
]  # fmt: skip


class Source(Entry):
    """Where facts come from, named once."""

    title: str
    url: str | None = None
    document: str | None = None
    date: str | None = None
    kind: Literal["measured", "official", "file_size", "claim", "derived", "survey", "issue"]
    note: str | None = None


class Licence(Entry):
    """What a licence of weights or code allows."""

    title: str
    url: str | None = None
    commercial: Literal["yes", "no", "conditional"]
    """May the thing be used in commercial work? `conditional`: under a revenue cap or on registration."""
    output_sale: Literal["yes", "no", "unknown"] = "unknown"
    revenue_cap: UsdFact | None = None
    share_alike: bool = False
    excluded_territories: tuple[str, ...] = ()
    note: str | None = None
    source: Id


class Precision(Entry):
    """A numeric format of stored weights."""

    title: str
    short: str
    """What people write on one line: "Q4_K_S", "fp8 scaled"."""
    bits: CountFact | None = None
    """Bits a weight in thousandths (4500 = 4.5); used only to derive a size that no file listing gives."""
    tags: tuple[str, ...] = ()
    """What rules match on: fp8, gguf, k_quant, gguf_legacy, bnb, svdq_int4, svdq_fp4, half, full, ..."""
    container: Literal["safetensors", "gguf", "svdquant", "bnb", "exl2", "awq", "mlx", "coreml", "onnx", "other"]
    aliases: tuple[str, ...] = ()
    retention: dict[Literal["transformer", "unet", "text_encoder", "llm", "other"], PermilleFact]
    """Share of the full-precision quality that is kept, by kind of network; a file's own measured value wins."""
    note: str | None = None


class Architecture(Entry):
    """How a denoiser or decoder uses memory and arithmetic at a given size; what the estimator reads."""

    title: str
    network: Literal["transformer", "unet", "llm", "other"]
    latent_downscale: int = Field(default=8, ge=1)
    """Pixels of one side that make one latent position."""
    temporal_downscale: int = Field(default=1, ge=1)
    """Frames that make one latent frame (plus one for the first)."""
    patch: int = Field(default=2, ge=1)
    """Latent positions of one side in one token of the transformer."""
    temporal_patch: int = Field(default=1, ge=1)
    """Latent frames in one token of the transformer."""
    activation_per_position: CountFact | None = None
    """Bytes of denoising activations for each latent position at 16 bits, attention kernel without a score matrix."""
    fixed_activation: MemoryFact | None = None
    """Working memory that does not depend on the size asked for (whole-model figures of small models)."""
    flops_per_position: CountFact | None = None
    """Operations of one denoising step for each latent position, where the network is not a plain transformer."""
    decode_per_pixel: CountFact | None = None
    """Bytes the VAE needs to decode one pixel at 16 bits, untiled."""
    attention_per_pair: CountFact | None = None
    """Attention operations for each pair of positions of one frame, where the network is no plain transformer."""
    layers: CountFact | None = None
    """Layers with self-attention. For language models layers, key-value heads and head size make the KV cache."""
    hidden_size: CountFact | None = None
    """Width of the attention, heads x head size; with the layers it makes the attention of a transformer."""
    text_tokens: CountFact | None = None
    """Tokens of the prompt that attend together with those of the image; 0 where they come in by cross-attention."""
    kv_heads: CountFact | None = None
    head_size: CountFact | None = None
    decode_all_frames: bool = False
    """True where the VAE decodes all frames at once; false where it goes through them in pieces of its own."""
    decode_tile: int | None = Field(default=None, ge=64)
    """Side in pixels of a tile in tiled decoding, overlap included, where it is not the usual one."""
    guidance_apart: bool = False
    """Its pipelines run the two passes of guidance one after the other even in runtimes that put them in one batch."""
    window: CountFact | None = None
    """Tokens that a layer with sliding-window attention keeps of the context."""
    window_layers: CountFact | None = None
    """How many of a language model's layers slide."""


class WeightFile(Strict):
    """One file to download."""

    name: PlainPath
    size: BytesFact | None = None
    """Size on disk; where missing, the size of the variant it holds."""
    repo: Repository | None = None
    """Hugging Face repository "owner/name", or the address of a release."""
    folder: PlainPath | None = None
    """Folder below ComfyUI's models/ (checkpoints, diffusion_models, text_encoders, vae, loras, ...)."""


class Variant(Strict):
    """A component in one precision and file."""

    id: Id | None = None
    """Only where two variants share a precision; else the precision names it."""
    precision: Id
    size: BytesFact | None = None
    """Bytes of the weights as stored; where missing, derived from parameters and bits, and marked so."""
    file: WeightFile | None = None
    retention: PermilleFact | None = None
    conversion: Literal["source_once", "source_kept"] | None = None
    """The file is converted on the machine; what comes out lies beside it, and the source can go or is still needed."""
    only_runtimes: tuple[Id, ...] = ()
    """Only where a file's own packing limits it; what a precision needs in general stands in rules/."""
    note: str | None = None

    @property
    def key(self) -> str:
        """The name by which a request or an answer calls it."""
        return self.id or self.precision


class Component(Entry):
    """Denoiser, text encoder, VAE, adapter, ...: what models are made of, and share."""

    title: Line
    kind: ComponentKind
    architecture: Id | None = None
    params: CountFact | None = None
    licence: Id
    maturity: Maturity = Maturity.STABLE
    variants: tuple[Variant, ...] = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    note: str | None = None


class Disputed(Strict):
    """A claim about an entry that lost, kept with the reason."""

    says: str
    source: Id
    why_not: str


class Graded(Strict):
    """A feature that a model or add-on has, how well, and who says so."""

    grade: Grade
    source: Id
    note: str | None = None


class Serves(Strict):
    """What a model does for one task."""

    quality: PointsFact
    features: dict[FeatureId, Graded] = {}
    styles: dict[str, Graded] = {}
    steps: CountFact | None = None
    """Denoising steps the publisher recommends."""
    guidance_passes: Literal[1, 2] = 1
    """Forward passes a step: 2 with classifier-free guidance."""
    max_pixels: CountFact | None = None
    max_frames: CountFact | None = None
    work_flops: CountFact | None = None
    """Operations of one whole run at the task's default size, where steps and tokens say nothing."""
    tokens: CountFact | None = None
    """Tokens that the network writes one after the other for a result of the task's default size (speech, music)."""


class Checkpoint(Strict):
    """One file that holds several components of a model."""

    id: Id
    file: WeightFile
    contains: dict[str, Id]
    """Role -> variant id of what is inside."""


class RuntimeUse(Strict):
    """How one runtime runs a model."""

    since: str | None = None
    nodes: tuple[Id, ...] = ()
    """Node packages it needs there."""
    source: Id | None = None


class Model(Entry):
    """One thing one can choose."""

    title: Line
    family: Id
    """Models of one family share LoRAs, ControlNets and adapters."""
    aliases: tuple[str, ...] = ()
    released: str | None = None
    maturity: Maturity = Maturity.STABLE
    code_licence: Id | None = None
    serves: dict[Id, Serves] = Field(min_length=1)
    """Task -> what it does there."""
    components: dict[str, Id] = Field(min_length=1)
    """Role (denoiser, clip_l, t5xxl, vae, ...) -> component."""
    checkpoints: tuple[Checkpoint, ...] = ()
    runtimes: dict[Id, RuntimeUse] = Field(min_length=1)
    """Runtime id -> how; `comfyui: {}` is enough."""
    lora: bool = False
    """True where LoRAs for the family exist and the network takes them; which runtime and precision do is in rules/."""
    exclude_from_defaults: str | None = None
    """Why it is offered only when asked for by name."""
    explanation: dict[Literal["selected", "rejected_vram", "rejected_platform"], str] = {}
    disputed: tuple[Disputed, ...] = ()
    """What other sources say of it and why that is not taken."""
    links: tuple[str, ...] = ()
    note: str | None = None


class Addon(Entry):
    """ControlNet, IP-Adapter, identity adapter, ...: gives models of some families a feature they lack."""

    title: str
    provides: dict[FeatureId, Graded] = Field(min_length=1)
    families: tuple[Id, ...] = ()
    models: tuple[Id, ...] = ()
    components: dict[str, Id] = {}
    """Role -> component held on the card beside the denoiser."""
    runtimes: dict[Id, RuntimeUse] = Field(min_length=1)
    vram_overhead: MemoryFact | None = None
    """Working memory above its own weights."""
    maturity: Maturity = Maturity.STABLE
    links: tuple[str, ...] = ()
    note: str | None = None


class NodePackage(Entry):
    """An extension of a runtime."""

    title: Line
    runtime: Id
    repo: Address | None = None
    licence: Id | None = None
    maturity: Maturity = Maturity.STABLE
    aliases: tuple[str, ...] = ()
    vram_overhead: MemoryFact | None = None
    note: str | None = None
    source: Id


class NodeConflict(Entry):
    """Node packages that cannot be installed together, though nothing that they ask of Python shows it."""

    nodes: tuple[Id, ...] = Field(min_length=2)
    kind: Literal["file_ownership", "version", "build_tag"]
    reason: str
    source: Id


class Container(Strict):
    """An image that runs a runtime on one backend."""

    image: str = Field(pattern=r"^[a-z0-9]+(?:[._/-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9._-]*$")
    home: str = Field(pattern=r"^/[A-Za-z0-9._/-]+$")
    """Folder of the program inside it."""
    arguments: Setting
    """Variable that takes its options."""
    port: int = Field(ge=1, le=65535)
    source: Id


class Gate(Entry):
    """Repositories that are opened to accounts that have accepted their terms."""

    repos: tuple[str, ...] = Field(min_length=1)
    """Names, or a beginning that ends with an asterisk."""
    source: Id


class Runtime(Entry):
    """What executes models."""

    title: Line
    licence: Id
    version: str | None = None
    platforms: dict[Backend, tuple[Os, ...]]
    """Backend -> operating systems it works on."""
    placements: tuple[Literal["resident", "model_offload", "streamed", "cpu"], ...]
    packagings: tuple[Literal["checkpoint", "split"], ...] = ("checkpoint", "split")
    """Whole checkpoints, or components in files of their own."""
    tiled_decode: bool = False
    """It can decode an image in tiles."""
    install_size: BytesFact | None = None
    performance: PointsFact | None = None
    """How it compares with other runtimes on the same job; decides only between otherwise equal bundles."""
    maturity: Maturity = Maturity.STABLE
    flags: dict[
        Literal["resident", "model_offload", "streamed", "cpu", "tiled_decode", "shared_card"], tuple[str, ...]
    ] = {}
    """Real launch flags for each placement; "{layers}" is the number of layers on the card. Those of `shared_card` make
    it leave the card to another program after each result."""
    caches: dict[Id, tuple[str, ...]] = {}
    """Precisions other than 16 bits that it keeps a key-value cache in, with the flags that ask for each."""
    containers: dict[Backend, Container] = {}
    """Images that people run it from."""
    aliases: tuple[str, ...] = ()
    repo: Address | None = None
    note: str | None = None
    source: Id


class GpuSpec(Entry):
    """A graphics card, or the graphics part of a chip, in one memory size."""

    title: str
    vendor: Literal["nvidia", "amd", "intel", "apple"]
    aliases: tuple[str, ...] = ()
    """Names people type. A name that several entries share is ambiguous, and the error lists them."""
    kind: Literal["desktop", "laptop", "workstation", "datacenter", "soc"] = "desktop"
    backend: Literal["cuda", "rocm", "mps", "xpu"]
    architecture: Id
    compute_capability: ComputeCapability | None = None
    gfx: str | None = None
    memory: MemoryFact
    """VRAM; for a chip with unified memory, all of it."""
    unified: bool = False
    bandwidth: BandwidthFact | None = None
    fp32: FlopsFact | None = None
    fp16: FlopsFact | None = None
    """Dense 16-bit matrix throughput (tensor cores where there are any)."""
    fp8: FlopsFact | None = None
    pcie_generation: int | None = Field(default=None, ge=1, le=7)
    quirks: tuple[Id, ...] = ()
    """Known defects that rules match on, like broken_fp16."""
    released: str | None = None
    list_price: UsdFact | None = None
    """What it was announced for, before tax; its date says when."""
    power: PowerFact | None = None
    """What the board may draw (TDP, TBP or TGP); for a part of a chip nobody says."""
    note: str | None = None


class Price(Strict):
    """What a service charges."""

    amount: UsdFact
    per: Literal[
        "image", "clip", "second", "minute", "hour", "generation", "month", "megapixel", "video_megapixel"
    ]  # fmt: skip
    """A megapixel of an image is 1024 x 1024, a part counts as a whole; one of video is a million pixels of frames."""
    of: str | None = None
    """What is charged for: a model, a card, a size."""
    up_to: UsdFact | None = None
    """The other end, where a range is published."""
    tasks: tuple[Id, ...] = ()
    """What one gets results of for it; a price without any cannot be compared with making them."""
    models: tuple[Id, ...] = ()
    """The models of the catalog that run there, where it is one of them; a service's own model has no entry."""
    seconds: CountFact | None = None
    """Length of the clip that a price per clip is for."""


class CloudService(Entry):
    """A platform that runs models elsewhere, or a model offered only as a service."""

    title: str
    kind: Literal["comfyui_platform", "gpu_rental", "model_api", "partner_node", "node_package"]
    url: str | None = None
    tasks: tuple[Id, ...] = ()
    models: tuple[str, ...] = ()
    """What it offers, in its own words or by model id."""
    prices: tuple[Price, ...] = ()
    billing: str | None = None
    source: Id
    note: str | None = None


class Preset(Entry):
    """A named request with some choices locked."""

    title: str
    description: str
    request: Request
    tier: MemoryFact
    """The smallest card the preset is stated for."""
    prompt_tags: tuple[str, ...] = ()
    source: Id


class CatalogFile(Strict):
    """The shape of one file below catalog/: any of the collections."""

    sources: tuple[Source, ...] = ()
    licences: tuple[Licence, ...] = ()
    precisions: tuple[Precision, ...] = ()
    architectures: tuple[Architecture, ...] = ()
    components: tuple[Component, ...] = ()
    models: tuple[Model, ...] = ()
    addons: tuple[Addon, ...] = ()
    nodes: tuple[NodePackage, ...] = ()
    node_conflicts: tuple[NodeConflict, ...] = ()
    requirements: tuple[Requirements, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    runtimes: tuple[Runtime, ...] = ()
    gpus: tuple[GpuSpec, ...] = ()
    presets: tuple[Preset, ...] = ()
    cloud: tuple[CloudService, ...] = ()
    flags: tuple[FlagList, ...] = ()
    pipelines: tuple[PipelineClass, ...] = ()
    gates: tuple[Gate, ...] = ()
    loaders: tuple[Loader, ...] = ()
    size_nodes: tuple[SizeNode, ...] = ()
    loose_files: tuple[LooseFile, ...] = ()
    service_nodes: tuple[ServiceNodes, ...] = ()
