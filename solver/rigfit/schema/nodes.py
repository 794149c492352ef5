"""What it takes to install node packages side by side."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict
from rigfit.schema.clash import Clash


class PlannedPackage(Strict):
    """A node package to install."""

    id: str
    title: str
    repo: str | None
    commit: str | None = None
    """The commit at which its requirements were read."""
    version: str | None = None
    requirements_known: bool
    """False where nothing says what it asks of Python."""


class Merged(Strict):
    """All that is asked of one distribution."""

    distribution: str
    requirement: str
    """One line for a requirements file."""
    by: tuple[str, ...]
    replaces: tuple[str, ...] = ()
    """Owners of the same files that were asked for too, and that it stands in for."""


class Confirmation(Strict):
    """What the real resolver says."""

    verdict: Literal["confirmed", "refused", "undecided"]
    """"undecided": it did not run to its end (no network, out of time, a build that fails)."""
    resolver: str
    """Its name and version."""
    resolved: tuple[str, ...] = ()
    """name==version of all that it would have installed."""
    replaced: tuple[str, ...] = ()
    """Build-tagged distributions of the environment that it would replace."""
    text: str = ""
    """Why not, in its own words, shortened."""


class NodePlan(Strict):
    """How to install node packages into a runtime."""

    schema_version: Literal["rigfit.nodes/1"] = Field(default="rigfit.nodes/1", alias="schema")
    runtime: str
    packages: tuple[PlannedPackage, ...]
    """In the order of installation."""
    requirements: tuple[Merged, ...]
    """Of the packages, not of the runtime."""
    constraints: tuple[str, ...]
    """Lines of a pip constraints file: what the runtime needs and no package may change."""
    protected: tuple[str, ...] = ()
    """Distributions whose installed build (torch+cuXXX) must stay: their lines of `pip freeze` belong into the
    constraints, and stand there where the environment was read."""
    excluded: tuple[str, ...] = ()
    """Distributions that must not be installed beside the chosen owner of their files."""
    conflicts: tuple[Clash, ...]
    notes: tuple[str, ...] = ()
    confirmation: Confirmation | None = None
