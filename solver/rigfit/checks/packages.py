"""What node packages ask of Python must be sourced, mean something, and not be said twice."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.nodes import clashes


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Requirements without a source, unknown modules, contradictory runtimes, conflicts that are derived anyway."""
    from rigfit.nodes.owners import Owners
    from rigfit.nodes.parties import parties
    from rigfit.nodes.universe import Universe

    catalog = knowledge.catalog
    owners = Owners(catalog.distributions)
    for entry in catalog.requirements:
        if entry.source is None and (entry.file is None or entry.commit is None):
            text = "nothing says where they come from: give `file` and `commit`, or `source`"
            yield Problem(places.where("requirements", entry.id), entry.id, "source", text)
        for module in entry.modules:
            if owners.files_of(module) is None:
                text = f"no distribution is known to have {module}: correct it, or add it to one's `modules`"
                yield Problem(places.where("requirements", entry.id, "modules"), entry.id, "modules", text)
    for one in catalog.distributions:
        if one.files is not None and len(owners.of(one.files)) == 1:
            text = f"no other distribution installs {one.files}: leave `files` out, or add the other"
            yield Problem(places.where("distributions", one.id, "files"), one.id, "files", text)
    universe = Universe(catalog.distributions)
    for runtime in catalog.runtimes:
        host, _ = parties(catalog, runtime.id, ())
        if not universe.together(host.asks):
            text = "what it asks for cannot hold together, so nothing is said of its node packages: correct it"
            yield Problem(places.where("requirements", runtime.id, "lines"), runtime.id, "lines", text)
    derived = {clash.members: clash for clash in clashes(knowledge) if clash.derived}
    for conflict in catalog.node_conflicts:
        where = places.where("node_conflicts", conflict.id)
        known = derived.get(tuple(sorted(conflict.nodes)))
        if known is not None:
            text = f"the requirements say so already ({known.reason}): remove it"
            yield Problem(where, conflict.id, "nodes", text)
        if len({knowledge.index("nodes")[node].runtime for node in conflict.nodes}) > 1:
            text = "its packages extend different runtimes and never meet: remove it"
            yield Problem(where, conflict.id, "nodes", text)
