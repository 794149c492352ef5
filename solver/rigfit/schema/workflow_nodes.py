"""What nodes of ComfyUI workflows do with files and sizes, and files that workflows load beside any model.

Collections of the catalog like any other: a new loader, or a new node that sets a size, is an entry, not code.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from rigfit.schema.base import BytesFact, Entry, Id, Strict

Container = Literal["safetensors", "gguf", "svdquant", "bnb", "onnx", "other"]


class FileWidget(Strict):
    """An input of a loader that names a file."""

    folder: str
    """Folder below ComfyUI's models/ that it lists."""
    kind: str
    """What is in the file: denoiser, text_encoder, vae, checkpoint, lora, controlnet, ..."""


class Loader(Entry):
    """A node that loads files of weights."""

    node: str = Field(min_length=1)
    """Its type, as workflows write it."""
    needs_node: Id | None = None
    """The package it comes with; none for ComfyUI's own."""
    widgets: tuple[str, ...] = Field(min_length=1)
    """Its inputs with values of their own, in the order of `widgets_values`."""
    files: dict[str, FileWidget] = Field(min_length=1)
    """Those of them that name files."""
    outputs: tuple[str, ...] = ()
    """Types of its outputs, in order; a loader can stand in for another with the same ones."""
    containers: tuple[Container, ...] = ("safetensors",)
    """Kinds of file it loads."""
    families: tuple[Id, ...] = ()
    """Only models of these; empty for any."""
    plain_loras: bool = True
    """ComfyUI's own LoRA loaders work on what it gives."""
    defaults: dict[str, str | int | float | bool] = {}
    """Values of its other inputs when it takes another loader's place."""
    source: Id
    note: str | None = None

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        lost = sorted({*self.files, *self.defaults} - {*self.widgets})
        if lost:
            raise ValueError(f"{', '.join(lost)}: not among the widgets of {self.node}")
        return self


class SizeNode(Entry):
    """A node that says how large a result is."""

    node: str = Field(min_length=1)
    widgets: tuple[str, ...] = Field(min_length=1)
    """Its inputs in order; width, height, length or frames, batch_size and seconds count, other names hold places."""
    source: Id


class LooseFile(Entry):
    """A file that workflows load and that belongs to no model or add-on of the catalog: mostly LoRAs."""

    name: str
    """The file's own name."""
    kind: str
    folder: str
    repo: str | None = None
    size: BytesFact | None = None
    licence: Id | None = None
    """None where nobody says."""
    component: Id | None = None
    """Of which it is another copy, under another name."""
    precision: Id | None = None
    """Of such a copy."""

    @model_validator(mode="after")
    def _of_both(self) -> Self:
        if (self.component is None) != (self.precision is None):
            raise ValueError(f"{self.name}: a copy of a component names both the component and its precision")
        return self


class ServiceNodes(Entry):
    """Nodes that send the work to a service."""

    title: str
    prefixes: tuple[str, ...] = Field(min_length=1)
    """How their types begin."""
    but: tuple[str, ...] = ()
    """Types that begin so and work here."""
    source: Id

    def has(self, node: str) -> bool:
        """Whether a node of this type is one of them."""
        return node.startswith(self.prefixes) and not node.startswith(self.but or "\0")
