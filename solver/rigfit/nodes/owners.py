"""Which distributions install the same files, and what of them each one has."""

from __future__ import annotations

from collections.abc import Iterable

from rigfit.schema.python import Distribution


class Owners:
    """Distributions that own files which others own too."""

    def __init__(self, distributions: Iterable[Distribution]) -> None:
        owning = sorted((one for one in distributions if one.files is not None), key=lambda one: one.id)
        self.files = {one.id: one.files or "" for one in owning}
        """Distribution -> the import package it installs."""
        self.modules = {one.id: frozenset(one.modules) for one in owning}

    def of(self, files: str) -> tuple[str, ...]:
        """All owners of an import package."""
        return tuple(name for name, owned in self.files.items() if owned == files)

    def files_of(self, module: str) -> str | None:
        """The import package that a module belongs to; None for one that no owner is known to have."""
        return next((self.files[name] for name, modules in self.modules.items() if module in modules), None)

    def having(self, module: str) -> tuple[str, ...]:
        """Owners that have a module."""
        return tuple(name for name, modules in self.modules.items() if module in modules)

    def best(self, modules: Iterable[str], files: str, among: Iterable[str] | None = None) -> str | None:
        """The owner that has all of some modules and the most besides; of equals the one first in the alphabet.

        Args:
            modules: what must be there; those of other files do not matter.
            files: the import package.
            among: only these owners.
        """
        needed = {module for module in modules if self.files_of(module) == files}
        allowed = self.of(files) if among is None else [name for name in self.of(files) if name in set(among)]
        able = [name for name in allowed if needed <= self.modules[name]]
        return min(able, key=lambda name: (-len(self.modules[name]), name), default=None)
