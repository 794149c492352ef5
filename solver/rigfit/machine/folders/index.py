"""The files of the catalog by the names they have on a disk, and how far from the listed size a whole one may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from rigfit.knowledge import Knowledge
from rigfit.schema.base import Basis, BytesFact
from rigfit.schema.catalog import Component, Variant, WeightFile

SUFFIXES = frozenset(
    {".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin", ".onnx", ".zip", ".tar", ".patch", ".mlmodelc"}
)
"""How files of weights end; everything else in a folder is passed over."""
ANYBODYS = ("diffusion_pytorch_model", "pytorch_model", "model.", "model-0", "adapter_model", "output.", "params_shard")
"""How the names begin that hundreds of repositories give their weights: such a name alone says nothing."""

# A size reckoned from parameters and bits leaves out headers and mixed layers; two downloads of one file differ less.
_RECKONED = 120
_LISTED_MOST = 50
_EXACT = 1  # permille: the same weights saved again with another header


@dataclass(frozen=True, slots=True)
class Size:
    """A size that a whole file may have."""

    value: int
    """Bytes."""
    tolerance: int
    """Bytes to either side that a whole file may be off."""
    firm: bool
    """Listed somewhere, not reckoned from parameters and bits."""
    exact: bool = False
    """Listed to the byte."""

    def fits(self, found: int) -> bool:
        """Whether a file of `found` bytes can be this one."""
        return abs(found - self.value) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Holding:
    """An entry that a file belongs to."""

    kind: Literal["component", "model", "loose"]
    id: str
    """Of the component, of the model whose checkpoint it is, or of the loose file."""
    key: str = ""
    """Of the variant or checkpoint."""


@dataclass(slots=True)
class CatalogFile:
    """A file of the catalog."""

    key: str
    """Repository (or owner) and path, as items are keyed."""
    repo: str | None
    path: str
    """Its place inside the repository, without what names a part of one file."""
    sizes: list[Size] = field(default_factory=list)
    holds: list[Holding] = field(default_factory=list)
    """What is in it; one file may hold several parts, and several entries may share it."""
    folder: str | None = None
    """Below ComfyUI's models/."""

    @property
    def base(self) -> str:
        """The file's own name, for comparing."""
        return self.path.rpartition("/")[2].casefold()

    @property
    def says_nothing(self) -> bool:
        """The name alone does not tell which file it is."""
        return self.base.startswith(ANYBODYS)

    def fits(self, found: int) -> bool:
        """Whether a file of `found` bytes is as large as this one should be."""
        return any(size.fits(found) for size in self.sizes)

    def is_cut_short(self, found: int) -> bool:
        """Whether a file of `found` bytes is smaller than any whole one."""
        return all(found < size.value - size.tolerance for size in self.sizes)


def listed(fact: BytesFact) -> Size:
    """The size that a fact states, as exactly as it states it: 23.8 GB may be 50 MB off, a count of bytes hardly."""
    if fact.basis in (Basis.DERIVED, Basis.PRIOR):
        return _roughly(fact.value)
    digits = len(str(fact.value).rstrip("0"))
    exact = digits >= 8
    half = 10 ** max(0, len(str(fact.value)) - digits) // 2
    tolerance = fact.value * _EXACT // 1000 if exact else min(half, fact.value * _LISTED_MOST // 1000)
    return Size(fact.value, tolerance, True, exact)


def _roughly(amount: int) -> Size:
    return Size(amount, amount * _RECKONED // 1000, False)


def catalog_files(knowledge: Knowledge) -> list[CatalogFile]:
    """Every file of the catalog once, with the sizes that entries give it: what is listed, else what is reckoned."""
    found: dict[str, CatalogFile] = {}
    parts: dict[tuple[str | None, str], list[CatalogFile]] = {}
    for file, holding, size in _mentions(knowledge):
        key = f"{file.repo or holding.id}/{file.name}"
        if key not in found:
            found[key] = CatalogFile(key, file.repo, _place(file.name), folder=file.folder)
            parts.setdefault((file.repo or holding.id, found[key].path), []).append(found[key])
        found[key].holds.append(holding)
        if size is not None and size not in found[key].sizes:
            found[key].sizes.append(size)
    for entry in found.values():
        entry.sizes = [size for size in entry.sizes if size.firm] or entry.sizes
    for together in parts.values():  # of one file that holds several parts, the whole is what lies on the disk
        if len(together) > 1 and all(entry.sizes for entry in together):
            whole = _roughly(sum(entry.sizes[0].value for entry in together))
            for entry in together:
                entry.sizes = [whole]
    return list(found.values())


def _mentions(knowledge: Knowledge) -> Iterator[tuple[WeightFile, Holding, Size | None]]:
    for component in knowledge.catalog.components:
        for variant in component.variants:
            if variant.file is not None:
                fact = variant.file.size or (None if variant.conversion else variant.size)
                size = listed(fact) if fact is not None else _reckoned(component, variant, knowledge)
                yield variant.file, Holding("component", component.id, variant.key), size
    for model in knowledge.catalog.models:
        for checkpoint in model.checkpoints:
            fact = checkpoint.file.size
            yield checkpoint.file, Holding("model", model.id, checkpoint.id), listed(fact) if fact is not None else None
    for loose in knowledge.catalog.loose_files:
        file = WeightFile(name=loose.name, repo=loose.repo, folder=loose.folder, size=loose.size)
        yield file, Holding("loose", loose.id), listed(loose.size) if loose.size is not None else None


def _reckoned(component: Component, variant: Variant, knowledge: Knowledge) -> Size | None:
    """Parameters x bits; of a file that is converted here the catalog knows only what comes out."""
    bits = knowledge.index("precisions")[variant.precision].bits
    if variant.conversion or component.params is None or bits is None:
        return None
    return _roughly(component.params.value * bits.value // 8000)


def _place(name: str) -> str:
    """The file itself where a name goes on to say which part of it is meant ("model.safetensors/vision")."""
    steps = name.split("/")
    for number, step in enumerate(steps[:-1], start=1):
        if "." in step and f".{step.rpartition('.')[2]}" in SUFFIXES:
            return "/".join(steps[:number])
    return name
