"""The API format: nodes by id, each with a class and its inputs, values and links alike."""

from __future__ import annotations

from typing import Any

from rigfit.workflow.document import Document
from rigfit.workflow.graph import Endpoint, Graph, Node, check_room


def read(document: Document) -> Graph:
    """The graph of a workflow in the API format.

    Raises:
        InputError: for more nodes than anybody draws.
    """
    graph = Graph()
    for key, content in document.content.items():
        given = content.get("inputs")
        values: dict[str, Any] = given if isinstance(given, dict) else {}
        meta = content.get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        node = Node(key, content["class_type"], (key,), title=title if isinstance(title, str) else None, api=True)
        for name, value in values.items():
            if _is_link(value, document.content):
                node.inputs[name] = Endpoint(value[0], value[1])
        node.named = {name: value for name, value in values.items() if name not in node.inputs}
        node.order = tuple(values)
        node.values = values
        graph.nodes[key] = node
        check_room(graph, document.name)
    return graph


def _is_link(value: Any, nodes: dict[str, Any]) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and value[0] in nodes
    )
