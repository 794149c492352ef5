"""A plan for installing node packages into a runtime: one requirement a distribution, one owner for each file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.specifiers import SpecifierSet

from rigfit.errors import InputError, unknown
from rigfit.knowledge import Knowledge
from rigfit.nodes.asks import Asked
from rigfit.nodes.conflicts import between
from rigfit.nodes.known import written_clash
from rigfit.nodes.owners import Owners
from rigfit.nodes.parties import Party, parties
from rigfit.nodes.universe import Universe, versions
from rigfit.schema.catalog import NodePackage
from rigfit.schema.clash import Clash
from rigfit.schema.nodes import Merged, NodePlan, PlannedPackage


def make_plan(
    node_ids: Sequence[str], runtime: str, knowledge: Knowledge, installed: Mapping[str, str] | None = None
) -> NodePlan:
    """See `rigfit.nodes.plan`.

    Args:
        node_ids: ids or aliases.
        runtime: its id.
        knowledge: catalog and rules.
        installed: distribution -> version in the environment, where that is known: builds in it are protected.
    """
    nodes = [find_node(name, knowledge) for name in dict.fromkeys(node_ids)]
    host_entry = knowledge.index("runtimes").get(runtime)
    if host_entry is None:
        raise unknown("runtime", runtime, knowledge.index("runtimes"))
    for node in nodes:
        if node.runtime != runtime:
            theirs = knowledge.index("runtimes")[node.runtime].title
            raise InputError(f"{node.id} extends {theirs}, not {host_entry.title}", name=node.id)
    host, packages = parties(knowledge.catalog, runtime, [node.id for node in nodes])
    universe = Universe(knowledge.catalog.distributions)
    choice = _Choice(host, packages, universe)
    protected = tuple(sorted({one.name for one in (*host.asks, *_all(packages)) if one.name in universe.tagged}))
    return NodePlan(
        runtime=runtime,
        packages=_packages(packages, choice, {node.id: node for node in nodes}),
        requirements=choice.merged(),
        constraints=_constraints(host, universe, installed or {}),
        protected=protected,
        excluded=choice.excluded,
        conflicts=_conflicts(host, packages, universe, knowledge),
        notes=tuple(_notes(packages, choice, protected, installed)),
    )


def find_node(name: str, knowledge: Knowledge) -> NodePackage:
    """A node package by its id, an alias or its title.

    Raises:
        InputError: when there is none.
    """
    nodes: dict[str, NodePackage] = knowledge.index("nodes")
    wanted = name.strip().casefold()
    names = {alias: node for node in nodes.values() for alias in (*node.aliases, node.title.casefold())} | nodes
    if wanted not in names:
        raise unknown("node package", name, names, more=" (rigfit catalog list nodes)")
    return names[wanted]


def _all(packages: Sequence[Party]) -> list[Asked]:
    return [asked for package in packages for asked in package.asks]


class _Choice:
    """For files that several distributions own the one that is installed, and why."""

    def __init__(self, host: Party, packages: Sequence[Party], universe: Universe) -> None:
        self.asked = _all(packages)
        self.owners = Owners(universe.facts.values())
        modules = {module for one in (host, *packages) for module in one.modules}
        # What comes along with other distributions counts here: its users get the owner that has all they may need.
        asked = [*host.asks, *self.asked]
        brought = [more for one in asked for band in universe.bands_within(one) for more in band.asks]
        named = sorted({one.name for one in (*asked, *brought) if one.name in self.owners.files})
        self.named = frozenset(named)
        self.chosen: dict[str, str] = {}
        """Import package -> the distribution that is installed for it."""
        for files in sorted({self.owners.files[name] for name in named}):
            of_these = [name for name in named if self.owners.files[name] == files]
            best = self.owners.best(modules, files, of_these) or self.owners.best(modules, files)
            self.chosen[files] = best or of_these[0]
        self.excluded = tuple(
            sorted(name for name, files in self.owners.files.items() if self.chosen.get(files, name) != name)
        )

    def stands_for(self, name: str) -> str:
        """What is installed where a distribution is asked for."""
        return self.chosen.get(self.owners.files.get(name, ""), name)

    def merged(self) -> tuple[Merged, ...]:
        """One requirement for each distribution, in the order of their names."""
        groups: dict[str, list[Asked]] = {}
        for one in self.asked:
            groups.setdefault(self.stands_for(one.name), []).append(one)
        return tuple(self._merge(name, groups[name]) for name in sorted(groups))

    @staticmethod
    def _merge(name: str, asked: list[Asked]) -> Merged:
        # Owners of the same files are numbered alike; where the ranges still exclude each other, its own count.
        both = SpecifierSet(",".join(sorted({str(one.specifier) for one in asked if one.everywhere} - {""})))
        if versions(str(both), previews=True).is_empty:
            both = SpecifierSet(",".join(sorted({str(one.specifier) for one in asked if one.name == name} - {""})))
        extras = sorted({extra for one in asked if one.name == name for extra in one.extras})
        url = next((one.url for one in asked if one.url is not None), None)
        text = name + (f"[{','.join(extras)}]" if extras else "")
        return Merged(
            distribution=name,
            requirement=f"{text} @ {url}" if url is not None else text + _ordered(both),
            by=tuple(sorted({one.by for one in asked})),
            replaces=tuple(sorted({one.name for one in asked} - {name})),
        )


def _ordered(specifiers: SpecifierSet) -> str:
    """Specifiers in an order of their own: the same whatever the order they came in."""
    return ",".join(sorted((str(one) for one in specifiers), key=lambda text: (text.lstrip("<>=!~"), text)))


def _packages(
    packages: Sequence[Party], choice: _Choice, nodes: Mapping[str, NodePackage]
) -> tuple[PlannedPackage, ...]:
    """In the order of installation: who asks for the owner that is to stay comes last, and so overwrites the others."""
    kept = set(choice.chosen.values())
    order = sorted(packages, key=lambda one: (any(asked.name in kept for asked in one.asks), one.id))
    return tuple(
        PlannedPackage(
            id=one.id,
            title=one.title,
            repo=nodes[one.id].repo,
            commit=one.entry.commit if one.entry is not None else None,
            version=one.entry.version if one.entry is not None else None,
            requirements_known=one.entry is not None,
        )
        for one in order
    )


def _constraints(host: Party, universe: Universe, installed: Mapping[str, str]) -> tuple[str, ...]:
    """What the runtime asks for, and the installed builds as they are."""
    lines = {one.name: f"{one.name}{_ordered(one.specifier)}" for one in host.asks if one.specifier}
    lines |= {name: f"{name}=={installed[name]}" for name in universe.tagged if name in installed}
    return tuple(lines[name] for name in sorted(lines))


def _conflicts(host: Party, packages: Sequence[Party], universe: Universe, knowledge: Knowledge) -> tuple[Clash, ...]:
    found = between(host, packages, universe, knowledge.catalog)
    here = {one.id for one in packages}
    derived = {clash.members for clash in found}
    written = [written_clash(c, knowledge) for c in knowledge.catalog.node_conflicts if here.issuperset(c.nodes)]
    found += [clash for clash in written if clash.members not in derived]
    return tuple(sorted(found, key=lambda clash: (len(clash.members), clash.id)))


def _notes(
    packages: Sequence[Party], choice: _Choice, protected: Sequence[str], installed: Mapping[str, str] | None
) -> list[str]:
    notes = [
        f"Nothing says what {one.title} asks of Python: install it last and look at what it changes."
        for one in packages
        if one.entry is None
    ]
    for files, chosen in sorted(choice.chosen.items()):
        replaced = sorted({name for name in choice.named if choice.owners.files[name] == files} - {chosen})
        if replaced:
            notes.append(
                f"{', '.join((chosen, *replaced))} install the same files ({files}): install {chosen} alone, it has "
                "all that is asked for."
            )
    notes += [f"{one.line}, asked for by {one.by}, is built from its repository." for one in choice.asked if one.url]
    notes += [
        f"{one.line}, asked for by {one.by}, holds on some machines only." for one in choice.asked if not one.everywhere
    ]
    if protected and installed is None:
        notes.append(
            f"Keep the builds of {', '.join(protected)} that are installed: add their lines of `pip freeze` to the "
            "constraints."
        )
    return notes
