"""The facts of one computer."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rigfit.schema.base import ComputeCapability, Id, MemoryBytes, StorageBytes, Strict

Backend = Literal["cuda", "rocm", "mps", "xpu"]


class Gpu(Strict):
    """One graphics card. Bandwidth in bytes a second, throughput in operations a second, None where unknown."""

    name: str
    spec: Id | None = None
    """The entry of the gpu catalog it was matched to."""
    vendor: Literal["nvidia", "amd", "intel", "apple"]
    backend: Backend
    architecture: Id
    compute_capability: ComputeCapability | None = None
    gfx: str | None = None
    vram: MemoryBytes
    """Total memory; for unified memory the share that the GPU may use."""
    vram_free: MemoryBytes | None = None
    unified: bool = False
    display: bool | None = None
    bandwidth: int | None = Field(default=None, ge=0)
    fp16_flops: int | None = Field(default=None, ge=0)
    fp32_flops: int | None = Field(default=None, ge=0)
    fp8_flops: int | None = Field(default=None, ge=0)
    pcie_bandwidth: int | None = Field(default=None, ge=0)
    driver: str | None = None
    pci: str | None = None
    """Bus address, like "0000:01:00.0": by it two sources know that they mean the same card."""
    slice_of: str | None = None
    """For a MIG slice: the card it is cut from."""
    quirks: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        backend_of = {"nvidia": "cuda", "amd": "rocm", "intel": "xpu", "apple": "mps"}
        if backend_of[self.vendor] != self.backend:
            raise ValueError(f"{self.name}: a card of {self.vendor} has no {self.backend} backend")
        if self.compute_capability is not None and self.vendor != "nvidia":
            raise ValueError(f"{self.name}: only NVIDIA cards have a compute capability")
        if self.vram_free is not None and self.vram_free > self.vram:
            raise ValueError(f"{self.name}: more memory is free than there is")
        return self


class Cpu(Strict):
    """The processor."""

    name: str = "unknown"
    cores: int = Field(default=4, ge=1, le=4096)
    """Physical cores."""
    architecture: str | None = None


class Assumption(Strict):
    """A fact nobody stated, what was assumed instead, and why."""

    field: str
    value: str
    rule: Id
    reason: str


class Unread(Strict):
    """Something detection could not read, and why."""

    probe: str
    reason: str


class InstalledFile(Strict):
    """A file of the catalog that already lies on the machine."""

    name: str
    """As the catalog calls it: repository and path, "black-forest-labs/FLUX.1-dev/ae.safetensors"."""
    bytes: StorageBytes
    path: str
    """Where it was found, as text: what is not UTF-8 in it is replaced."""
    by: Literal["repository", "name", "size"]
    """What it was recognised by: its place in its repository, its name and size, or its exact size alone."""


class Machine(Strict):
    """One computer, detected or simulated. A simulated machine inherits nothing from the host."""

    schema_version: Literal["rigfit.machine/1"] = Field(default="rigfit.machine/1", alias="schema")
    simulated: bool
    name: str | None = None
    os: Literal["linux", "windows", "macos"]
    os_version: str | None = None
    cpu: Cpu = Cpu.model_construct()
    gpus: tuple[Gpu, ...] = Field(default=(), max_length=64)
    ram: MemoryBytes
    disk_free: StorageBytes
    ram_available: MemoryBytes | None = None
    """What was free when the machine was detected."""
    disk_rotational: bool | None = None
    """True where models would lie on a spinning disk."""
    disk_kind: Literal["nvme", "ssd", "hdd"] | None = None
    """The drive that models would lie on: NVMe, another solid state disk (SATA, USB), a spinning disk."""
    environment: Literal["native", "wsl2", "container"] | None = None
    reserve_vram: MemoryBytes | None = None
    """Kept free on every card, in place of what rules/ say."""
    reserve_ram: MemoryBytes | None = None
    installed: tuple[InstalledFile | str, ...] = ()
    """Models already on the machine: found in a folder, or a bare file name that a person states."""
    assumptions: tuple[Assumption, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know about how these facts came about, like a container's memory limit."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        for gpu in self.gpus:
            if gpu.backend == "mps" and self.os != "macos":
                raise ValueError(f"{gpu.name}: the mps backend exists on macOS only, this machine runs {self.os}")
            if gpu.backend == "cuda" and self.os == "macos":
                raise ValueError(f"{gpu.name}: macOS has no CUDA backend")
            if gpu.unified and gpu.vram > self.ram:
                raise ValueError(f"{gpu.name}: its share of unified memory is larger than the memory")
        return self

    @property
    def installed_names(self) -> frozenset[str]:
        """The names of what is already there."""
        return frozenset(one if isinstance(one, str) else one.name for one in self.installed)

    @property
    def drive(self) -> Literal["nvme", "ssd", "hdd"] | None:
        """The kind of drive, as far as it is known: what does not spin is taken for the slower kind of the two."""
        if self.disk_kind is not None or self.disk_rotational is None:
            return self.disk_kind
        return "hdd" if self.disk_rotational else "ssd"
