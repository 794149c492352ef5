"""The node packages of a runtime, the runtime itself, and what each asks of Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rigfit.nodes.asks import Asked, asks
from rigfit.schema.catalog import CatalogFile, NodePackage, Runtime
from rigfit.schema.python import Requirements


@dataclass(frozen=True)
class Party:
    """Somebody who asks for distributions: a node package or a runtime."""

    id: str
    title: str
    entry: Requirements | None
    """None where nothing says what it asks for."""
    asks: tuple[Asked, ...]

    @property
    def modules(self) -> tuple[str, ...]:
        """Modules that it imports and not every owner of the files has."""
        return self.entry.modules if self.entry is not None else ()


def party(owner: NodePackage | Runtime, known: dict[str, Requirements]) -> Party:
    """A node package or a runtime with its requirements.

    Raises:
        CatalogError: when a line is no requirement.
    """
    entry = known.get(owner.id)
    return Party(owner.id, owner.title, entry, tuple(asks(entry, owner.repo)) if entry is not None else ())


def parties(catalog: CatalogFile, runtime: str, nodes: Iterable[str] | None = None) -> tuple[Party, list[Party]]:
    """A runtime and its node packages, by id.

    Args:
        catalog: where they stand.
        runtime: its id.
        nodes: only these node packages.
    """
    known = {entry.id: entry for entry in catalog.requirements}
    host = next(entry for entry in catalog.runtimes if entry.id == runtime)
    wanted = None if nodes is None else set(nodes)
    found = [
        party(node, known)
        for node in catalog.nodes
        if node.runtime == runtime and (wanted is None or node.id in wanted)
    ]
    return party(host, known), sorted(found, key=lambda one: one.id)
