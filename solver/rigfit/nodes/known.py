"""The conflicts of a whole catalog: derived once and kept beside the cached knowledge: a warm start derives nothing."""

from __future__ import annotations

import json
from pathlib import Path

from rigfit.knowledge import Knowledge, cache
from rigfit.schema.catalog import NodeConflict
from rigfit.schema.clash import Ask, Clash


def clashes(knowledge: Knowledge) -> tuple[Clash, ...]:
    """Every known conflict between node packages or with their runtime: derived ones, then those written by hand.

    Raises:
        CatalogError: when a requirement or a fact about a distribution cannot be read.
    """
    return knowledge.once("clashes", lambda: (*_derived(knowledge), *_written(knowledge)))


def refused(knowledge: Knowledge) -> dict[str, Clash]:
    """Node packages that cannot be installed into their runtime as it is, each with why."""
    return knowledge.once("refused", lambda: {c.members[0]: c for c in clashes(knowledge) if len(c.members) == 1})


def kept_apart(knowledge: Knowledge) -> tuple[Clash, ...]:
    """Conflicts between node packages that can be installed by themselves."""
    return knowledge.once("kept apart", lambda: tuple(c for c in clashes(knowledge) if len(c.members) > 1))


def tangled(knowledge: Knowledge) -> frozenset[str]:
    """Node packages in conflicts of which every member can be needed by a pipeline."""

    def make() -> frozenset[str]:
        catalog = knowledge.catalog
        of_models = [use for model in catalog.models for use in model.runtimes.values()]
        of_addons = [use for addon in catalog.addons for use in addon.runtimes.values()]
        needed = {node for use in (*of_models, *of_addons) for node in use.nodes}
        for rule in knowledge.rulebook.rules:
            needed.add(getattr(rule.then, "needs_node", None) or "")
        return frozenset(
            node for clash in kept_apart(knowledge) if needed.issuperset(clash.members) for node in clash.members
        )

    return knowledge.once("tangled", make)


def _derived(knowledge: Knowledge) -> tuple[Clash, ...]:
    """From the requirements."""

    def make() -> tuple[Clash, ...]:
        from rigfit.nodes.conflicts import derive

        return derive(knowledge.catalog)

    def stored() -> tuple[Clash, ...]:
        here = Path(__file__).resolve().parent
        code = [*here.glob("*.py"), *(here.parent / "schema").glob("*.py")]
        return cache.derived("nodes", knowledge, code, make, _dump, _load)

    return knowledge.once("derived clashes", stored)


def _dump(found: tuple[Clash, ...]) -> bytes:
    return json.dumps([clash.model_dump() for clash in found]).encode()


def _load(body: bytes) -> tuple[Clash, ...]:
    """Without validation, which would cost each start more than reading: what is stored was made here, whole."""
    return tuple(
        Clash.model_construct(
            **entry
            | {name: tuple(entry[name]) for name in ("members", "reports")}
            | {"asks": tuple(Ask.model_construct(**ask) for ask in entry["asks"])}
        )
        for entry in json.loads(body)
    )


def _written(knowledge: Knowledge) -> tuple[Clash, ...]:
    found = {clash.members for clash in _derived(knowledge)}
    written = (written_clash(conflict, knowledge) for conflict in knowledge.catalog.node_conflicts)
    return tuple(clash for clash in written if clash.members not in found)


def written_clash(conflict: NodeConflict, knowledge: Knowledge) -> Clash:
    """A conflict that stands in the catalog, in the shape of a derived one."""
    nodes = knowledge.index("nodes")
    return Clash(
        id=conflict.id,
        kind=conflict.kind,
        members=tuple(sorted(conflict.nodes)),
        runtime=nodes[conflict.nodes[0]].runtime,
        reason=conflict.reason,
        source=conflict.source,
        derived=False,
    )
