"""What keeps node packages apart."""

from typing import Literal

from rigfit.schema.base import Strict

ConflictKind = Literal["file_ownership", "version", "build_tag"]
"""Several distributions own the same files; version ranges that cannot hold together; a package would replace a build
for one accelerator (torch+cuXXX)."""


class Ask(Strict):
    """One requirement, and who asks for it."""

    by: str
    """Id of a node package or a runtime."""
    requirement: str
    """As published."""
    source: str
    """The file at its commit, or the id of a source."""


class Clash(Strict):
    """Node packages that cannot be installed together, or one that cannot be installed into its runtime."""

    id: str
    kind: ConflictKind
    members: tuple[str, ...]
    """Ids of the node packages."""
    runtime: str
    with_runtime: bool = False
    """The requirements of the runtime itself take part."""
    distribution: str | None = None
    """What they clash over."""
    asks: tuple[Ask, ...] = ()
    """The requirements that clash: drop any one, and the rest can hold together."""
    reason: str
    source: str
    reports: tuple[str, ...] = ()
    """Titles and addresses of reports of it."""
    way_out: str | None = None
    derived: bool = True
    """From the requirements; else written down by hand in the catalog."""
