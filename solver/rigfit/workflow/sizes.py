"""How large the results of a workflow are, as far as its nodes say."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rigfit.knowledge import Knowledge
from rigfit.workflow.graph import Graph, Node
from rigfit.workflow.uses import value_of

_FIELDS = {
    "width": "width", "height": "height", "length": "frames", "frames": "frames", "num_frames": "frames",
    "batch_size": "batch", "seconds": "seconds",
}  # fmt: skip
"""Names of inputs -> fields of a size."""
_SMALLEST = {"width": 64, "height": 64, "frames": 1, "batch": 1, "seconds": 1}
_LARGEST = {"width": 16384, "height": 16384, "frames": 10_000, "batch": 256, "seconds": 3600}


def size_of(graph: Graph, nodes: Iterable[Node], knowledge: Knowledge) -> dict[str, int | float]:
    """The largest size that some of a workflow's nodes state; empty where none does, or where it is worked out.

    Args:
        graph: the workflow.
        nodes: those that take part.
        knowledge: says which nodes set sizes.
    """
    known = {node.node: node.widgets for node in knowledge.catalog.size_nodes}
    sizes = [_stated(graph, node, known[node.type]) for node in nodes if node.active and node.type in known]
    return max((size for size in sizes if size), key=_amount, default={})


def _stated(graph: Graph, node: Node, widgets: tuple[str, ...]) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for name in widgets:
        field = _FIELDS.get(name)
        if field is None:
            continue
        value, _ = value_of(graph, node, name, widgets)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and _SMALLEST[field] <= value <= _LARGEST[field]:
            found[field] = value if field == "seconds" else int(value)
    return found


def _amount(size: dict[str, int | float]) -> float:
    return math.prod(size.get(name, 1) for name in _LARGEST)
