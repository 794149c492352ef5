"""Files and commands made from a bundle."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict
from rigfit.schema.safe import PlainPath


class EmittedFile(Strict):
    """A file that makes a part of the answer run."""

    path: PlainPath
    """Relative to the folder that the files are written to."""
    text: str
    executable: bool = False
    about: str
    """What it does, in a sentence."""


class Emitted(Strict):
    """What to write for a bundle, and what to run then."""

    schema_version: Literal["rigfit.emitted/1"] = Field(default="rigfit.emitted/1", alias="schema")
    record: str
    """Id of the decision record that the bundle comes from."""
    bundle: int
    """Its rank."""
    files: tuple[EmittedFile, ...]
    commands: tuple[str, ...]
    """To run in the folder of the files, in this order."""
    notes: tuple[str, ...]
    """What a person has to know or to do by hand."""
