"""What node packages and runtimes ask of Python, and facts about the distributions they ask for."""

from pydantic import Field

from rigfit.schema.base import Entry, Id, Strict


class Requirements(Entry):
    """The Python requirements of a node package or a runtime, whose id is the entry's own."""

    lines: tuple[str, ...]
    """As in requirements.txt, one distribution a line."""
    file: str | None = None
    """The file of its repository that they stand in."""
    commit: str | None = Field(default=None, pattern=r"^[0-9a-f]{40}$")
    """The commit at which they were read; installing that commit installs what was checked."""
    version: str | None = None
    """The package's own version there."""
    read: str | None = None
    """When they were read."""
    source: Id | None = None
    """What says so, where it was not read in the repository itself."""
    modules: tuple[str, ...] = ()
    """Modules it imports that not every owner of the files has, such as cv2.ximgproc."""
    reports: tuple[Id, ...] = ()
    """Sources that report a conflict as it happened to somebody."""
    note: str | None = None


class Needs(Strict):
    """What some releases of a distribution ask for in their turn."""

    versions: str = ""
    """Of which releases, as a version specifier; empty for all."""
    lines: tuple[str, ...]


class Distribution(Entry):
    """Facts about a Python distribution, whose id is its normalised name."""

    files: str | None = None
    """The import package whose files it installs, where other distributions install the same ones."""
    modules: tuple[str, ...] = ()
    """What it has of these files that other owners may lack."""
    build_tagged: bool = False
    """Its builds for one accelerator come from an index of their own (local versions like +cu130)."""
    releases: tuple[str, ...] = ()
    """All releases up to the date of the source, where it matters which exist."""
    needs: tuple[Needs, ...] = ()
    """A release outside all of these ranges is taken to ask for nothing."""
    source: Id
