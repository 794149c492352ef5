"""What a runtime can be started with: the options of one version of it, as facts."""

from typing import Annotated

from pydantic import Field, StringConstraints

from rigfit.schema.base import Entry, Id
from rigfit.schema.safe import Line

Flag = Annotated[str, StringConstraints(pattern=r"^--?[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]
"""An option of a command line."""
Setting = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=80)
]
"""A key of a settings file ("model.cache_mode") or a variable of the environment."""


class FlagList(Entry):
    """The options of one program, by what they take."""

    title: Line
    runtime: Id
    version: Line
    """Of the program whose list this is."""
    date: str = Field(pattern=r"^\d{4}-\d{2}(?:-\d{2})?$")
    """When it was read, or when that version came out."""
    source: Id
    program: tuple[Line, ...] = ()
    """What is started, before its options."""
    arguments: tuple[tuple[Line, ...], ...] = ()
    """Options that every start carries. "{model}", "{context}" and the like stand for what was chosen; a group whose
    value does not exist is left out."""
    switches: tuple[Flag, ...] = ()
    """They take nothing."""
    valued: tuple[Flag, ...] = ()
    """They take one value."""
    optional: tuple[Flag, ...] = ()
    """They take a value or none."""
    many: tuple[Flag, ...] = ()
    """They take any number of values."""
    aliases: dict[Flag, Flag] = {}
    """Another spelling -> the one above."""
    choices: dict[Flag | Setting, tuple[str, ...]] = {}
    """The values of those that take only some."""
    exclusive: tuple[tuple[Flag, ...], ...] = ()
    """Of each group at most one can be given."""
    environment: tuple[Setting, ...] = ()
    """Variables that the program reads."""
    settings: tuple[Setting, ...] = ()
    """Keys of its settings file."""
    note: Line | None = None
