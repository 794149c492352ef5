"""What a document names, and where the catalog has it: the shape of catalog/coverage/*.yaml."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from rigfit.schema.base import Id, Strict

NamedKind = Literal[
    "model", "format", "encoder", "vae", "controlnet", "adapter", "lora", "face", "upscaler", "interpolation",
    "segmentation", "embedding", "runtime", "node", "cloud", "partner", "preset", "tier", "gpu", "architecture",
    "flag", "feature", "style", "task", "rule",
]  # fmt: skip
# An id of any collection, a feature with its qualifier, or a style.
EntryName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*(?::[a-z0-9_]+)?$", max_length=120)]


def _several(value: Any) -> Any:
    """One entry may be written without brackets."""
    return (value,) if isinstance(value, str) else value


class Covered(Strict):
    """Where something named is found, or why it is nowhere."""

    name: str = Field(min_length=1)
    entry: Annotated[tuple[EntryName, ...], BeforeValidator(_several)] = ()
    """The entries that stand for it, in any collection."""
    left_out: str | None = None
    """Why no entry stands for it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.entry) == bool(self.left_out):
            raise ValueError(f"{self.name}: give either `entry: ID` or `left_out: reason`")
        return self


class Named(Covered):
    """A thing that a document names."""

    line: int | None = Field(default=None, ge=1)
    """Where it is named first."""
    kind: NamedKind


class Used(Covered):
    """A model that published workflows use."""

    use: int = Field(ge=0)
    """How often, in the unit of the document."""
    workflows: int | None = Field(default=None, ge=0)
    """In how many of its workflows."""


class CoverageFile(Strict):
    """The shape of one file below catalog/coverage/."""

    document: Id
    source: Id
    named: tuple[Named, ...] = ()
    used: tuple[Used, ...] = ()
    note: str | None = None
