"""A workflow with files replaced: the old text, changed only where a replaced file is named or loaded."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rigfit.knowledge import Knowledge
from rigfit.workflow.document import Document
from rigfit.workflow.graph import Graph, Path
from rigfit.workflow.replace import Swap
from rigfit.workflow.spans import Span, applied, dumped, members, rebuilt, span
from rigfit.workflow.uses import value_of

_CORE = "comfy-core"


@dataclass(frozen=True)
class Fixed:
    """The new text, and what could not be written into it."""

    text: str
    written: tuple[Swap, ...]
    blocked: tuple[tuple[Swap, str], ...]


def fixed(document: Document, graph: Graph, swaps: Iterable[Swap], knowledge: Knowledge) -> Fixed:
    """Write replacements into a workflow; all files of one node are replaced, or none.

    Args:
        document: the workflow.
        graph: of it.
        swaps: what is proposed.
        knowledge: says which package a loader comes with.
    """
    writer = _Writer(document, graph, knowledge)
    written: list[Swap] = []
    blocked: list[tuple[Swap, str]] = []
    together: dict[Path, list[Swap]] = defaultdict(list)
    for swap in swaps:
        together[swap.given.use.node.path].append(swap)
    for path, group in together.items():
        why = writer.hindrance(path, group)
        if why is None:
            writer.write(path, group)
            written += group
        else:
            blocked += [(swap, why) for swap in group]
    return Fixed(applied(document.text, writer.edits), tuple(written), tuple(blocked))


class _Writer:
    def __init__(self, document: Document, graph: Graph, knowledge: Knowledge) -> None:
        self.document, self.graph, self.text = document, graph, document.text
        self.knowledge = knowledge
        self.edits: dict[Span, str] = {}

    def hindrance(self, path: Path, group: list[Swap]) -> str | None:
        """Why a node cannot be changed, in words; None where it can."""
        use = group[0].given.use
        loaders = {swap.loader.node for swap in group}
        if len(loaders) > 1:
            return "its files need different loaders"
        elsewhere = [node for node in self.graph.nodes.values() if node.path == path and node.key != use.node.key]
        keys = {swap.given.use.node.key for swap in group}
        if any(node.active and node.key not in keys for node in elsewhere):
            return "its subgraph is used in several places that do not load the same file"
        if any(not swap.given.use.places for swap in group):
            return "the file's name comes from another node"
        old, new = use.loader, group[0].loader
        if old is None or old.node == new.node:
            return None
        lost = [name for name in old.widgets if name not in new.widgets and name not in old.files]
        moved = [name for name in old.files if self._slot(name, use.node.type, group) != name]
        for name in (*lost, *moved):
            if name in use.node.inputs:
                return f"its input {name!r} is linked, and {new.node} has none of that name"
            if self._promoted(path, use.node.key, name):
                return f"its input {name!r} is shown on the subgraph, and {new.node} has none of that name"
        return None

    def write(self, path: Path, group: list[Swap]) -> None:
        """Note the changes of one node."""
        use = group[0].given.use
        old, new = use.loader, group[0].loader
        for swap in group:
            for place in swap.given.use.places:
                self.edits[span(self.text, place)] = dumped(_placed(swap))
        if old is not None and old.node != new.node:
            if self.document.format == "api":
                self._swap_api(path, group)
            else:
                self._swap_ui(path, group)
        elif self.document.format == "ui":
            self._properties(path, group, None)

    def _slot(self, widget: str, node_type: str, group: list[Swap]) -> str:
        """The new loader's input for one of the old one's that names a file: by name, else by place."""
        old, new = group[0].given.use.loader, group[0].loader
        assert old is not None
        return widget if widget in new.files else list(new.files)[list(old.files).index(widget)]

    def _values(self, group: list[Swap]) -> dict[str, str]:
        """Input of the new loader -> the text of its value; what stays is copied as it was written."""
        use, new = group[0].given.use, group[0].loader
        old = use.loader
        assert old is not None
        named = {swap.given.use.widget: dumped(_placed(swap)) for swap in group}
        found: dict[str, str] = {}
        for name in old.widgets:
            target = self._slot(name, use.node.type, group) if name in old.files else name
            if name in named and not self._outside(group, name):
                found[target] = named[name]
                continue
            value, places = value_of(self.graph, use.node, name, old.widgets)
            own = [place for place in places if place[: len(use.node.path)] == use.node.path]
            if own and target in new.widgets:
                start, end = span(self.text, own[0])
                found[target] = self.text[start:end]
            elif value is not None and target in new.widgets:
                found[target] = dumped(value)
        for name in new.widgets:
            if name not in found and name in new.defaults:
                found[name] = dumped(new.defaults[name])
        return {name: found[name] for name in new.widgets if name in found}

    def _outside(self, group: list[Swap], name: str) -> bool:
        """The name of the file is written outside the node, on the node of a subgraph."""
        use = next(swap.given.use for swap in group if swap.given.use.widget == name)
        return all(place[: len(use.node.path)] != use.node.path for place in use.places)

    def _swap_api(self, path: Path, group: list[Swap]) -> None:
        new, old = group[0].loader, group[0].given.use.loader
        assert old is not None
        self.edits[span(self.text, (*path, "class_type"))] = dumped(new.node)
        where = span(self.text, (*path, "inputs"))
        values = self._values(group)
        items: list[tuple[str | None, str]] = []
        for member in members(self.text, where[0]):
            name = member.key or ""
            target = self._slot(name, old.node, group) if name in old.files else name
            if target in values:
                items.append((target, values.pop(target)))
            elif name not in old.widgets or target in new.widgets:
                items.append((name, self.text[member.start : member.end]))
        items += [(name, value) for name, value in values.items()]
        self.edits[where] = rebuilt(self.text, where, items)

    def _swap_ui(self, path: Path, group: list[Swap]) -> None:
        new, old = group[0].loader, group[0].given.use.loader
        assert old is not None
        self.edits[span(self.text, (*path, "type"))] = dumped(new.node)
        values = self._values(group)
        for field in ("widgets_values", "widgets_values_named"):
            try:
                where = span(self.text, (*path, field))
            except KeyError:
                continue
            if self.text[where[0]] == "[":
                self.edits[where] = rebuilt(self.text, where, [(None, value) for value in values.values()])
            elif self.text[where[0]] == "{":
                self.edits[where] = rebuilt(self.text, where, list(values.items()))
        self._inputs(path, group)
        self._properties(path, group, new.node)

    def _inputs(self, path: Path, group: list[Swap]) -> None:
        """Drawn inputs that the new loader does not have go; only from the end, so that links keep their numbers."""
        new, old = group[0].loader, group[0].given.use.loader
        assert old is not None
        try:
            where = span(self.text, (*path, "inputs"))
        except KeyError:
            return
        inside = members(self.text, where[0]) if self.text[where[0]] == "[" else []
        drawn = [_get(self.document.content, (*path, "inputs", number)) for number in range(len(inside))]
        keep = len(inside)
        while keep and _is_lost(drawn[keep - 1], old.widgets, new.widgets):
            keep -= 1
        if keep < len(inside):
            items: list[tuple[str | None, str]] = [(None, self.text[m.start : m.end]) for m in inside[:keep]]
            self.edits[where] = rebuilt(self.text, where, items)

    def _properties(self, path: Path, group: list[Swap], node: str | None) -> None:
        """The node's name for search and replace, its package, and the addresses of its files."""
        try:
            where = span(self.text, (*path, "properties"))
        except KeyError:
            return
        package = self._package(group[0].loader.needs_node)
        items: list[tuple[str | None, str]] = []
        for member in members(self.text, where[0]):
            value = self.text[member.start : member.end]
            if node is not None and member.key == "Node name for S&R":
                value = dumped(node)
            elif node is not None and member.key == "cnr_id":
                value = dumped(package)
            elif node is not None and member.key in ("ver", "aux_id"):
                continue  # a version of the other package
            elif member.key == "models" and value.startswith("["):
                value = self._models((member.start, member.end), group)
            items.append((member.key, value))
        self.edits[where] = rebuilt(self.text, where, items)

    def _models(self, where: Span, group: list[Swap]) -> str:
        """What stands beside a loader of its files: name, address and folder; a hash of the old file goes."""
        by_name = {swap.given.use.base.casefold(): swap for swap in group}
        items: list[tuple[str | None, str]] = []
        for one in members(self.text, where[0]):
            text = self.text[one.start : one.end]
            inside = members(self.text, one.start) if text.startswith("{") else []
            values = {m.key: json.loads(self.text[m.start : m.end]) for m in inside}
            base = str(values.get("name", "")).replace("\\", "/").rpartition("/")[2].casefold()
            if base in by_name:
                swap = by_name[base]
                new = {
                    "name": swap.replaced.by_file,
                    "url": _address(swap),
                    "directory": swap.file.folder or values.get("directory"),
                }
                kept = [
                    (m.key, dumped(new[m.key]) if m.key in new else self.text[m.start : m.end])
                    for m in inside
                    if m.key not in ("hash", "hash_type")
                ]
                text = rebuilt(self.text, (one.start, one.end), kept)
            items.append((None, text))
        return rebuilt(self.text, where, items)

    def _package(self, needs: str | None) -> str:
        """The name under which ComfyUI's registry has a package: that of its repository."""
        if needs is None:
            return _CORE
        repo: str | None = self.knowledge.index("nodes")[needs].repo
        return repo.rstrip("/").rpartition("/")[2] if repo else needs

    def _promoted(self, path: Path, key: str, name: str) -> bool:
        """The node of the subgraph around it shows this input."""
        own = key.rpartition("/")[2]
        found = _proxies(self.document.content)
        return "/" in key and (own, name) in found


def _proxies(content: Any) -> set[tuple[str, str]]:
    levels = [content]
    definitions = content.get("definitions")
    if isinstance(definitions, dict) and isinstance(definitions.get("subgraphs"), list):
        levels += [one for one in definitions["subgraphs"] if isinstance(one, dict)]
    found: set[tuple[str, str]] = set()
    for level in levels:
        for node in level.get("nodes") or []:
            properties = node.get("properties") if isinstance(node, dict) else None
            shown = properties.get("proxyWidgets") if isinstance(properties, dict) else None
            for pair in shown if isinstance(shown, list) else []:
                if isinstance(pair, list) and len(pair) >= 2:
                    found.add((str(pair[0]), str(pair[1])))
    return found


def _is_lost(one: Any, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    name = one.get("name") if isinstance(one, dict) else None
    return name in old and name not in new and one.get("link") is None


def _placed(swap: Swap) -> str:
    """How the new file is named: in the folder in which the old one was."""
    folder, slash, _ = swap.given.use.name.replace("\\", "/").rpartition("/")
    separator = "\\" if "\\" in swap.given.use.name else "/"
    return folder.replace("/", separator) + (separator if slash else "") + swap.replaced.by_file


def _address(swap: Swap) -> str:
    repo = swap.file.repo
    if repo is None:
        return ""
    return repo if "://" in repo else f"https://huggingface.co/{repo}/resolve/main/{swap.file.name}"


def _get(content: Any, path: Path) -> Any:
    for step in path:
        content = content[step]
    return content
