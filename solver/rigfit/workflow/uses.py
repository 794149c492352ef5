"""Which files a workflow loads, through which nodes, and where their names are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.folders.index import SUFFIXES
from rigfit.schema.workflow_nodes import Loader
from rigfit.workflow.graph import BYPASSED, MUTED, Endpoint, Graph, Node, Path, Value

_REPOSITORY = re.compile(
    r"https?://(?:huggingface\.co|hf\.co|hf-mirror\.com)/([^/\s]+/[^/\s]+)/(?:resolve|blob)/[^/\s]+/([^?\s]+)"
)
_NOTED = re.compile(
    r"\[([^\[\]\n]{1,200})\]\((https?://[^()\s]{1,500})\)[^\S\n]*\(\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B\s*\)"
)
_SCALE = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_DEEPEST = 4
"""Lists and mappings inside the values of a node that is not known."""
MOST_FILES = 256
"""Files that the nodes of one workflow name; the largest official one names a tenth as many."""
_LONGEST = 300
_ENDINGS = SUFFIXES - {".zip", ".tar", ".patch"}
_PRIMITIVES = ("Primitive",)


@dataclass(frozen=True)
class Use:
    """A file named by a node."""

    node: Node
    widget: str | None
    """The input that names it; None where the node is not known."""
    name: str
    """As it is written, with the folder it may stand in."""
    places: tuple[Path, ...]
    """Where it is written in the document."""
    loader: Loader | None
    folder: str | None
    kind: str | None
    url: str | None = None
    hash: str | None = None
    noted: int | None = None
    """Bytes that the workflow itself states, in a note or beside the name."""
    idle: str | None = None
    """Why it is not needed: muted, bypassed, or nothing takes what the node gives."""

    @property
    def base(self) -> str:
        """The file's own name."""
        return self.name.replace("\\", "/").rpartition("/")[2]

    @property
    def repo(self) -> str | None:
        """Hugging Face repository that the workflow names for it."""
        found = _REPOSITORY.match(self.url or "")
        return found[1] if found else None

    @property
    def repo_path(self) -> str | None:
        """Its place in that repository."""
        found = _REPOSITORY.match(self.url or "")
        return found[2] if found else None


def uses_of(graph: Graph, knowledge: Knowledge) -> list[Use]:
    """Every file a workflow names, in the order of its nodes.

    Raises:
        InputError: for more files than any workflow has.
    """
    loaders = {loader.node: loader for loader in knowledge.catalog.loaders}
    noted = _noted(graph)
    busy = graph.upstream(*graph.sinks())
    found: list[Use] = []
    for node in graph.nodes.values():
        idle = "muted" if node.mode == MUTED else "bypassed" if node.mode == BYPASSED else None
        if idle is None and node.key not in busy:
            idle = "not connected"
        listed = _listed(node)
        loader = loaders.get(node.type)
        for widget, name, places, of in _named(graph, node, loader):
            base = name.replace("\\", "/").rpartition("/")[2]
            beside = listed.get(base.casefold(), {})
            folder = of.folder if of is not None else _text(beside.get("directory"))
            url = _text(beside.get("url"))
            found.append(
                Use(
                    node, widget, name, places, loader, folder, of.kind if of is not None else None, url,
                    _text(beside.get("hash")), noted.get(base.casefold()), idle,
                )
            )  # fmt: skip
            if len(found) > MOST_FILES:
                raise InputError(f"names more than {MOST_FILES} files: no workflow that anybody runs")
    return found


def value_of(graph: Graph, node: Node, name: str, widgets: tuple[str, ...]) -> tuple[Any, tuple[Path, ...]]:
    """The value of a node's input and where it is written: its own, or what a link brings.

    Args:
        graph: the workflow.
        node: any.
        name: of the input.
        widgets: names of its values in the order in which the editor's format writes them.

    Returns:
        None where it is worked out while the workflow runs.
    """
    if name in node.inputs:
        source = graph.source(node, name)
        if isinstance(source, Value):
            return source.value, source.places
        if isinstance(source, Endpoint):
            given = graph.nodes[source.node]
            if given.type.startswith(_PRIMITIVES):
                return _own(given, "value", ("value",))
            return None, ()
    return _own(node, name, widgets)


def _own(node: Node, name: str, widgets: tuple[str, ...]) -> tuple[Any, tuple[Path, ...]]:
    if node.api:
        return node.named.get(name), ((*node.path, "inputs", name),)
    places: list[Path] = []
    value = None
    if isinstance(node.values, dict) and name in node.values:
        value = node.values[name]
        places.append((*node.path, "widgets_values", name))
    elif isinstance(node.values, list) and name in widgets and widgets.index(name) < len(node.values):
        value = node.values[widgets.index(name)]
        places.append((*node.path, "widgets_values", widgets.index(name)))
    if name in node.named:
        value = value if places else node.named[name]
        places.append((*node.path, "widgets_values_named", name))
    return value, tuple(places)


def _named(graph: Graph, node: Node, loader: Loader | None) -> Iterator[tuple[str | None, str, tuple[Path, ...], Any]]:
    """Files that a node names: by what is known of it, else whatever looks like one."""
    if loader is not None:
        for widget, of in loader.files.items():
            name, places = value_of(graph, node, widget, loader.widgets)
            if isinstance(name, str) and _is_file(name):  # "none", or something built in, like taesd
                yield widget, name, places, of
        return
    start: Path = (*node.path, "inputs" if node.api else "widgets_values")
    for name, place in _looking_like_files(node.values, start, 0):
        yield None, name, (place,), None


def _is_file(text: str) -> bool:
    return len(text) <= _LONGEST and "\n" not in text and PurePosixPath(text.casefold()).suffix in _ENDINGS


def _looking_like_files(value: Any, path: Path, depth: int) -> Iterator[tuple[str, Path]]:
    if isinstance(value, str):
        if _is_file(value):
            yield value, path
    elif depth < _DEEPEST and isinstance(value, dict):
        if value.get("on") is not False:  # one of a list of LoRAs that is switched off
            for key, item in value.items():
                yield from _looking_like_files(item, (*path, key), depth + 1)
    elif depth < _DEEPEST and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _looking_like_files(item, (*path, number), depth + 1)


def _listed(node: Node) -> dict[str, dict[str, Any]]:
    """What templates write beside a loader: name, address, folder and hash of its files."""
    models = node.properties.get("models")
    return {
        one["name"].replace("\\", "/").rpartition("/")[2].casefold(): one
        for one in (models if isinstance(models, list) else [])
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    }


def _noted(graph: Graph) -> dict[str, int]:
    """Sizes that notes give beside the links to files; what they call GB is 2**30 bytes."""
    found: dict[str, int] = {}
    for text in graph.notes:
        for name, url, amount, unit in _NOTED.findall(text[:200_000]):
            size = int(float(amount) * _SCALE[unit])
            found.setdefault(name.casefold(), size)
            found.setdefault(url.partition("?")[0].rpartition("/")[2].casefold(), size)
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
