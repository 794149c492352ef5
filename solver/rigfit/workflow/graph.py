"""A workflow without its subgraphs: every node once for each place it works in, and what feeds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rigfit.errors import InputError

MOST_NODES = 5_000
"""Nodes after every subgraph has been put in its place."""
DEEPEST = 16
"""Subgraphs inside subgraphs."""
MUTED, BYPASSED = 2, 4
NOTES = frozenset({"Note", "MarkdownNote"})

Path = tuple[str | int, ...]
"""Steps from the document to a value."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An output of a node: its key and the number of the output."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class Value:
    """A value given from outside: what it is and where it is written."""

    value: Any
    places: tuple[Path, ...]


Source = Endpoint | Value


@dataclass(slots=True)
class Node:
    """A node in one place of the flattened workflow."""

    key: str
    """Its id, after those of the subgraph nodes it stands in: "57/28"."""
    type: str
    path: Path
    """Where it is written; nodes of one subgraph that is used twice share it."""
    mode: int = 0
    title: str | None = None
    inputs: dict[str, Source] = field(default_factory=dict)
    """What comes from elsewhere, by the name of the input."""
    order: tuple[str, ...] = ()
    """Names of its inputs that are drawn, in order."""
    widget_inputs: tuple[str, ...] = ()
    """Those of them that stand for a value of its own."""
    outputs: tuple[str, ...] = ()
    """Types."""
    values: Any = None
    """`widgets_values`, or the `inputs` of the API format."""
    named: dict[str, Any] = field(default_factory=dict)
    """Values by name, where the workflow writes them so."""
    properties: dict[str, Any] = field(default_factory=dict)
    api: bool = False

    @property
    def active(self) -> bool:
        """It works: neither muted nor bypassed."""
        return self.mode not in (MUTED, BYPASSED)


@dataclass
class Graph:
    """All nodes of a workflow by their keys."""

    nodes: dict[str, Node] = field(default_factory=dict)
    outlets: dict[Endpoint, Source | None] = field(default_factory=dict)
    """Outputs of subgraph nodes -> what stands behind them."""
    notes: list[str] = field(default_factory=list)
    """Texts of notes."""
    _settled: dict[Endpoint, Source | None] = field(default_factory=dict)
    """What stands behind an output, once it was looked for: long chains are gone through once."""
    subgraphs: int = 0
    """How many subgraphs were put in their place, one inside another counted too."""

    def source(self, node: Node, name: str) -> Source | None:
        """What feeds an input in the end: subgraphs, reroutes and bypassed nodes are passed through."""
        return self.settle(node.inputs.get(name))

    def settle(self, source: Source | None) -> Source | None:
        """The node that really gives a value; None where nothing does, or where the links go in a circle."""
        seen: dict[Endpoint, None] = {}
        while isinstance(source, Endpoint):
            if source in self._settled:
                source = self._settled[source]
                break
            if source in seen:
                source = None
                break
            seen[source] = None
            step = self._behind(source)
            if step is source:
                break
            source = step
        self._settled.update(dict.fromkeys(seen, source))
        return source

    def _behind(self, end: Endpoint) -> Source | None:
        """One step back from an output; the output itself where its node really makes it."""
        if end in self.outlets:
            return self.outlets[end]
        node = self.nodes.get(end.node)
        if node is None or node.mode == MUTED:
            return None
        return _through(node, end.slot) if node.type == "Reroute" or node.mode == BYPASSED else end

    def feeding(self, node: Node) -> Iterator[Node]:
        """The nodes that feed a node directly."""
        for name in node.inputs:
            source = self.source(node, name)
            if isinstance(source, Endpoint):
                yield self.nodes[source.node]

    def upstream(self, *starts: Node) -> dict[str, Node]:
        """Nodes and everything that feeds them, however far."""
        found, todo = {start.key: start for start in starts}, list(starts)
        while todo:
            for node in self.feeding(todo.pop()):
                if node.key not in found:
                    found[node.key] = node
                    todo.append(node)
        return found

    def sinks(self) -> list[Node]:
        """Active nodes whose outputs nobody takes: where results come out."""
        taken = {before.key for node in self.nodes.values() if node.active for before in self.feeding(node)}
        return [n for n in self.nodes.values() if n.active and n.key not in taken and n.type not in NOTES and n.inputs]


def _through(node: Node, slot: int) -> Source | None:
    """What a bypassed node or a reroute passes on: the input of the same type, the one at the same place first."""
    if node.type == "Reroute":
        return next(iter(node.inputs.values()), None)
    wanted = node.outputs[slot] if slot < len(node.outputs) else None
    types = node.properties.get("__input_types__", {})
    same = [name for name in node.order if types.get(name) == wanted and name in node.inputs]
    return node.inputs[same[0]] if same else None


def check_room(graph: Graph, where: str) -> None:
    """Refuse what grows without end.

    Raises:
        InputError: for more nodes than anybody draws.
    """
    if len(graph.nodes) > MOST_NODES or graph.subgraphs > MOST_NODES // 4:
        raise InputError(f"has more than {MOST_NODES:,} nodes", where=where)
