"""Where catalog/ and rules/ lie: inside an installed wheel, or at the top of a checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rigfit.errors import CatalogError

ENVIRONMENT = "RIGFIT_CATALOG"
COVERAGE = "coverage"
FLEETS = "fleets"


def data_root() -> Path:
    """The folder that holds catalog/ and rules/."""
    package = Path(__file__).resolve().parent.parent
    for root in (package / "_data", package.parent.parent):
        if (root / "catalog").is_dir() and (root / "rules").is_dir():
            return root
    raise CatalogError("the installation is incomplete: catalog/ and rules/ are missing; reinstall rigfit")


def layers(extra: Path | None = None) -> tuple[Path, ...]:
    """The folders to read, ours first: a user's own entries replace ours of the same id.

    Args:
        extra: what --catalog names; else the folder that RIGFIT_CATALOG names, if it is set.

    Raises:
        CatalogError: when the user's folder is not one.
    """
    root = data_root()
    if extra is None and os.environ.get(ENVIRONMENT):
        extra = Path(os.environ[ENVIRONMENT])
    if extra is None:
        return (root,)
    if not extra.is_dir():
        raise CatalogError("no such folder", where=str(extra))
    return (root, extra)


def yaml_files(layer: Path, part: str) -> list[Path]:
    """The YAML files of one part ("catalog" or "rules") of a layer, in a fixed order.

    A user's folder may hold the two parts as subfolders, or catalog files directly.
    """
    folder = layer / part
    if not folder.is_dir():
        if part == "rules" or (layer / "rules").is_dir():
            return []
        folder = layer
    found = (
        Path(place, name)
        for place, folders, files in os.walk(folder)
        for name in (*folders, *files)
        if name.endswith((".yaml", ".yml"))
    )
    return sorted(
        path
        for path in found
        # Editors keep their locks in hidden files; what documents name and fleets are no collections of the catalog.
        if not path.name.startswith(".") and not {COVERAGE, FLEETS} & set(path.relative_to(folder).parts[:-1])
    )


def coverage_files() -> list[Path]:
    """The files that say what documents name and where the catalog has it."""
    return sorted((data_root() / "catalog" / COVERAGE).glob("*.yaml"))


def shown(path: Path) -> str:
    """How a file is called in messages: relative to our data where it is ours, as given where it is the user's."""
    root = data_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def cache_dir() -> Path:
    """The user's folder for cached data of rigfit."""
    if override := os.environ.get("RIGFIT_CACHE"):
        return Path(override)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(home / "AppData" / "Local"))) / "rigfit" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "rigfit"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "rigfit"
