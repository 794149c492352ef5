"""The editor's format, versions 0.4 and 1.0: nodes with links between them, and subgraphs drawn as nodes."""

from __future__ import annotations

from typing import Any

from rigfit.errors import InputError
from rigfit.workflow.document import Document
from rigfit.workflow.graph import (
    DEEPEST,
    MOST_NODES,
    NOTES,
    Endpoint,
    Graph,
    Node,
    Path,
    Source,
    Value,
    check_room,
)

_IN, _OUT = -10, -20
"""Ids of the two sides of a subgraph."""
_Ends = tuple[Any, int, Any, int]
"""Origin, its output, target, its input."""


def read(document: Document) -> Graph:
    """The graph of a workflow, every subgraph node replaced by what it holds.

    Raises:
        InputError: for subgraphs that hold themselves, lie too deep or make too many nodes.
    """
    reader = _Reader(document)
    reader.level(document.content, (), "", {}, ())
    return reader.graph


class _Reader:
    def __init__(self, document: Document) -> None:
        self.graph = Graph()
        self.where = document.name
        self.subgraphs: dict[str, tuple[dict[str, Any], Path]] = {}
        self._links: dict[int, dict[Any, _Ends]] = {}
        self._widgets: dict[str, set[Any]] = {}
        definitions = document.content.get("definitions")
        listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        for number, one in enumerate(_list(listed)):
            if isinstance(one, dict) and isinstance(one.get("id"), str):
                self.subgraphs[one["id"]] = one, ("definitions", "subgraphs", number)

    def level(
        self, content: dict[str, Any], path: Path, prefix: str, given: dict[int, Source | None], inside: tuple[str, ...]
    ) -> dict[int, Source | None]:
        """Add the nodes of the workflow or of one subgraph; what stands behind its outputs.

        Args:
            content: of the workflow or the subgraph.
            path: where it is written.
            prefix: of its nodes' keys.
            given: input of the subgraph -> what feeds it.
            inside: ids of the subgraphs around it.
        """
        if len(inside) > DEEPEST:
            raise InputError(f"has subgraphs more than {DEEPEST} levels deep", where=self.where)
        if len(_list(content.get("nodes"))) > MOST_NODES:
            raise InputError(f"has more than {MOST_NODES:,} nodes", where=self.where)
        ends = self._ends(content)
        for number, raw in enumerate(_list(content.get("nodes"))):
            if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
                continue
            here: Path = (*path, "nodes", number)
            node = self._node(raw, here, prefix, ends, given)
            if raw["type"] in NOTES:
                self.graph.notes += [text for text in _list(raw.get("widgets_values")) if isinstance(text, str)]
            elif raw["type"] in self.subgraphs and node.active:
                self._instance(node, raw, inside)
            else:
                self.graph.nodes[node.key] = node
                check_room(self.graph, self.where)
        return {
            slot: self._endpoint(origin, out, prefix, given)
            for origin, out, target, slot in ends.values()
            if target == _OUT
        }

    def _ends(self, content: dict[str, Any]) -> dict[Any, _Ends]:
        """The links of the workflow or of a subgraph, read once however often it stands somewhere."""
        key = id(content)
        if key not in self._links:
            self._links[key] = _links(content.get("links"))
        return self._links[key]

    def _endpoint(self, origin: Any, slot: int, prefix: str, given: dict[int, Source | None]) -> Source | None:
        return given.get(slot) if origin == _IN else Endpoint(f"{prefix}{origin}", slot)

    def _node(
        self, raw: dict[str, Any], path: Path, prefix: str, ends: dict[Any, _Ends], given: dict[int, Source | None]
    ) -> Node:
        properties = raw.get("properties")
        node = Node(
            f"{prefix}{raw.get('id')}",
            raw["type"],
            path,
            mode=raw["mode"] if isinstance(raw.get("mode"), int) else 0,
            title=raw["title"] if isinstance(raw.get("title"), str) else None,
            values=raw.get("widgets_values"),
            properties=dict(properties) if isinstance(properties, dict) else {},
        )
        named = raw.get("widgets_values_named")
        node.named = dict(named) if isinstance(named, dict) else {}
        drawn = [one for one in _list(raw.get("inputs")) if isinstance(one, dict) and isinstance(one.get("name"), str)]
        for one in drawn:
            link = one.get("link")
            if isinstance(link, int | str) and link in ends:
                origin, slot, _, _ = ends[link]
                source = self._endpoint(origin, slot, prefix, given)
                if source is not None:
                    node.inputs[one["name"]] = source
        node.order = tuple(one["name"] for one in drawn)
        node.widget_inputs = tuple(one["name"] for one in drawn if isinstance(one.get("widget"), dict))
        node.properties["__input_types__"] = {one["name"]: one.get("type") for one in drawn}
        node.outputs = tuple(str(one.get("type")) if isinstance(one, dict) else "" for one in _list(raw.get("outputs")))
        return node

    def _instance(self, node: Node, raw: dict[str, Any], inside: tuple[str, ...]) -> None:
        """Put a subgraph in the place of the node that stands for it."""
        self.graph.subgraphs += 1
        check_room(self.graph, self.where)
        if node.type in inside:
            raise InputError(f"has a subgraph that holds itself (node {node.key})", where=self.where)
        content, path = self.subgraphs[node.type]
        names = [one.get("name") if isinstance(one, dict) else None for one in _list(content.get("inputs"))]
        if node.type not in self._widgets:
            self._widgets[node.type] = _behind_widgets(content, names, self._ends(content))
        own = _own_values(node, names, self._widgets[node.type])
        given = {slot: node.inputs.get(name) or own.get(name) for slot, name in enumerate(names) if name is not None}
        behind = self.level(content, path, f"{node.key}/", given, (*inside, node.type))
        for slot in range(len(node.outputs) or len(behind)):
            self.graph.outlets[Endpoint(node.key, slot)] = behind.get(slot)


def _own_values(node: Node, names: list[Any], behind: set[Any]) -> dict[Any, Source]:
    """Values that the node of a subgraph gives to the inputs of the subgraph: by name, or where the counts agree."""
    where: Path = (*node.path, "widgets_values")
    named: Path = (*node.path, "widgets_values_named")
    values = node.values if isinstance(node.values, list) else []
    widgets = [name for name in names if name in behind]
    placed = {name: number for number, name in enumerate(widgets)} if len(widgets) == len(values) else {}
    found: dict[Any, Source] = {}
    for name in names:
        if name in node.named:
            places = ((*named, name), *(((*where, placed[name]),) if name in placed else ()))
            found[name] = Value(node.named[name], places)
        elif name in placed:
            found[name] = Value(values[placed[name]], ((*where, placed[name]),))
    return found


def _behind_widgets(content: dict[str, Any], names: list[Any], links: dict[Any, _Ends]) -> set[Any]:
    """Inputs of a subgraph that lead to a value of a node inside."""
    drawn = [raw for raw in _list(content.get("nodes")) if isinstance(raw, dict)]
    nodes = {raw["id"]: raw for raw in drawn if isinstance(raw.get("id"), int | str)}
    found = set()
    for origin, slot, target, place in links.values():
        inputs = _list(nodes[target].get("inputs")) if target in nodes else []
        there = origin == _IN and slot < len(names) and place < len(inputs) and isinstance(inputs[place], dict)
        if there and "widget" in inputs[place]:
            found.add(names[slot])
    return found


def _links(raw: Any) -> dict[Any, _Ends]:
    """Links by id, whichever way they are written."""
    found: dict[Any, _Ends] = {}
    for one in _list(raw):
        if isinstance(one, list) and len(one) >= 5:
            key, *ends = one[:5]
        elif isinstance(one, dict):
            key, *ends = (one.get(n) for n in ("id", "origin_id", "origin_slot", "target_id", "target_slot"))
        else:
            continue
        if all(isinstance(end, int | str) for end in (key, *ends)) and all(isinstance(ends[i], int) for i in (1, 3)):
            found[key] = (ends[0], ends[1], ends[2], ends[3])
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
