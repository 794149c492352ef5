"""How Diffusers builds a model: its classes, and the repository with the configurations of all parts."""

from typing import Annotated

from pydantic import Field, StringConstraints

from rigfit.schema.base import Entry, Id
from rigfit.schema.safe import Repository

PythonName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=80)]


class PipelineClass(Entry):
    """A pipeline class of Diffusers and the models that it runs."""

    name: PythonName
    """Of the class."""
    repos: dict[Id, Repository] = Field(min_length=1)
    """Model -> the repository in the layout of Diffusers."""
    denoiser: PythonName
    """Class of the denoiser."""
    parts: dict[Id, PythonName]
    """Role in the catalog -> attribute of the pipeline."""
    encoders: dict[Id, PythonName] = {}
    """Role -> class of Transformers, where a text encoder can be quantised."""
    nunchaku: PythonName | None = None
    """Class of nunchaku that takes the denoiser's place with SVDQuant weights."""
    single_file: bool = False
    """The denoiser's class reads single files and GGUF."""
    source: Id
