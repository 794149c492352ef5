"""Node packages and services that a workflow needs, by what its nodes say of themselves."""

from __future__ import annotations

import re
from collections import defaultdict

from rigfit.cases.words import fold
from rigfit.knowledge import Knowledge
from rigfit.nodes import kept_apart
from rigfit.schema.catalog import NodePackage
from rigfit.schema.workflow import PackageUse, ServiceUse
from rigfit.workflow.graph import NOTES, Graph, Node

_RUNTIME = "comfyui"
_CORE = "comfy-core"
_DRAWN = frozenset({"Reroute", "PrimitiveNode", *NOTES})
"""Nodes that only the editor knows."""
_API = "Api"
"""How ComfyUI ends the names of nodes for services of newer makers."""
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-")
_SAFE = re.compile(r"^[A-Za-z0-9._/@ -]{1,80}$")


def packages_of(graph: Graph, knowledge: Knowledge) -> tuple[tuple[PackageUse, ...], tuple[str, ...]]:
    """Packages of the nodes that work, and types of which nobody says where they come from."""
    by_node = {loader.node: loader for loader in knowledge.catalog.loaders}
    packages: dict[str, NodePackage] = knowledge.index("nodes")
    named = {fold(name): p for p in packages.values() if p.runtime == "comfyui" for name in _names(p)}
    types: dict[str, set[str]] = defaultdict(set)
    strange: set[str] = set()
    for node in graph.nodes.values():
        if not node.active or node.type in _DRAWN:
            continue
        stated = _stated(node)
        loader = by_node.get(node.type)
        if stated == _CORE or (stated is None and loader is not None and loader.needs_node is None):
            continue
        if loader is not None and loader.needs_node is not None:
            types[loader.needs_node].add(node.type)
        elif stated is not None:
            package = named.get(fold(stated.rpartition("/")[2])) or named.get(fold(stated))
            types[package.id if package is not None else stated].add(node.type)
        elif (
            not node.api
            and "cnr_id" not in node.properties
            and (_UUID.match(node.type) or node.type not in _old(knowledge))
        ):
            strange.add(node.type[:80])
    found = tuple(
        PackageUse(
            package=name,
            known=name in packages,
            repo=packages[name].repo if name in packages else None,
            types=tuple(sorted(kinds)),
        )
        for name, kinds in sorted(types.items())
    )
    return found, tuple(sorted(strange))


def conflicts_of(packages: tuple[PackageUse, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """Which of them cannot be installed together, in words."""
    there = {one.package for one in packages}
    return tuple(
        f"{' and '.join(clash.members)} cannot be installed together: {clash.reason}"
        for clash in kept_apart(knowledge)
        if clash.runtime == _RUNTIME and set(clash.members) <= there
    )


def services_of(graph: Graph, knowledge: Knowledge) -> ServiceUse | None:
    """Nodes that send the work to somebody's service."""
    owners = {
        node.key: owner for node in graph.nodes.values() if node.active and (owner := service_of(node, knowledge))
    }
    if not owners:
        return None
    types = {graph.nodes[key].type for key in owners}
    return ServiceUse(services=tuple(sorted(set(owners.values()))), types=tuple(sorted(types)), nodes=tuple(owners))


def service_of(node: Node, knowledge: Knowledge) -> str | None:
    """The service that does a node's work; None where it is done here."""
    for one in knowledge.catalog.service_nodes:
        if one.has(node.type):
            return one.title
    return node.type.removesuffix(_API) if node.type.endswith(_API) else None


def _stated(node: Node) -> str | None:
    for key in ("cnr_id", "aux_id"):
        value = node.properties.get(key)
        if isinstance(value, str) and _SAFE.match(value):
            return value
    return None


def _names(package: NodePackage) -> list[str]:
    repo = package.repo.rstrip("/").rpartition("/")[2] if package.repo else package.id
    return [package.id, repo, package.title, *package.aliases]


def _old(knowledge: Knowledge) -> frozenset[str]:
    """ComfyUI's own nodes that the catalog speaks of; older workflows do not say where a node comes from."""
    return frozenset(
        [one.node for one in knowledge.catalog.loaders] + [one.node for one in knowledge.catalog.size_nodes]
    )
