"""Conflicts of the three kinds, derived from what node packages and their runtime ask of Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import permutations

from rigfit.nodes.asks import Asked
from rigfit.nodes.minimal import minimal
from rigfit.nodes.owners import Owners
from rigfit.nodes.parties import Party, parties
from rigfit.nodes.universe import Universe
from rigfit.nodes.words import told
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.clash import Ask, Clash, ConflictKind


def derive(catalog: CatalogFile) -> tuple[Clash, ...]:
    """Every smallest conflict among the node packages of each runtime, and with the runtime itself.

    Raises:
        CatalogError: when a requirement or a fact about a distribution cannot be read.
    """
    universe = Universe(catalog.distributions)
    runtimes = sorted({node.runtime for node in catalog.nodes})
    found = [clash for runtime in runtimes for clash in between(*parties(catalog, runtime), universe, catalog)]
    return tuple(sorted(found, key=lambda one: (one.runtime, len(one.members), one.id)))


def between(host: Party, packages: Iterable[Party], universe: Universe, catalog: CatalogFile) -> list[Clash]:
    """The smallest conflicts among some node packages and with their runtime."""
    packages = list(packages)
    titles = {source.id: source.title for source in catalog.sources}
    finder = _Finder(host, packages, universe, titles)
    return [*finder.versions(), *finder.ownership()]


class _Finder:
    def __init__(self, host: Party, packages: list[Party], universe: Universe, titles: dict[str, str]) -> None:
        self.host = host
        self.packages = {one.id: one for one in packages}
        self.universe = universe
        self.owners = Owners(universe.facts.values())
        self.sources = titles
        # A runtime that leaves the version of torch open is installed with a build from an index of its own, and that
        # build must stay.
        pinned = {one.name for one in host.asks if one.exact}
        self.guarded = frozenset(one.name for one in host.asks if one.name in universe.tagged) - pinned
        self.names = {one.id: one.title for one in (host, *packages)}

    def versions(self) -> Iterator[Clash]:
        """Ranges that cannot hold together, and builds that would be replaced."""
        if not self.universe.together(self.host.asks, self.guarded):
            return  # the runtime contradicts itself: `rigfit catalog validate` says so
        bound = [one.id for one in self.packages.values() if any(self._binds(asked) for asked in one.asks)]
        for members in minimal(bound, self._holds):
            yield from self._clashes(tuple(sorted(members)))

    def _binds(self, asked: Asked) -> bool:
        return bool(asked.specifier) or asked.name in self.universe.bands

    def _holds(self, members: frozenset[str]) -> bool:
        asked = [one for member in sorted(members) for one in self.packages[member].asks]
        return self.universe.together([*self.host.asks, *asked], self.guarded)

    def _clashes(self, members: tuple[str, ...]) -> Iterator[Clash]:
        """Why some packages cannot stand together: for their versions, for a build that would be replaced, or both."""
        asked = [one for member in members for one in self.packages[member].asks] + list(self.host.asks)
        asked = [one for one in asked if self._binds(one)]
        of_builds = [one for one in asked if self._names(one) & self.guarded]
        if not self.universe.together(asked):
            yield self._clash(members, asked, frozenset())
        if not self.universe.together(of_builds, self.guarded):
            yield self._clash(members, of_builds, self.guarded)

    def _names(self, asked: Asked) -> set[str]:
        """The distributions that a requirement speaks of, itself or through what it brings."""
        return {asked.name, *(one.name for band in self.universe.bands_within(asked) for one in band.asks)}

    def _clash(self, members: tuple[str, ...], core: list[Asked], guarded: frozenset[str]) -> Clash:
        # What names a guarded distribution itself says it best, torch before those that go with it: it is tried last.
        for one in sorted(sorted(core, key=lambda one: one.name, reverse=True), key=lambda one: one.name in guarded):
            fewer = [other for other in core if other is not one]
            if not self.universe.together(fewer, guarded):
                core = fewer
        name = self._over(core, guarded)
        kind: ConflictKind = "build_tag" if name in self.universe.tagged else "version"
        guards = self.host.title if name in guarded and not self.universe.together(core, guarded) else None
        return Clash(
            id=".".join((kind, name, *members)),
            kind=kind,
            members=members,
            runtime=self.host.id,
            with_runtime=guards is not None or any(one.by == self.host.id for one in core),
            distribution=name,
            asks=tuple(Ask(by=one.by, requirement=one.line, source=one.source) for one in core),
            reason=told(core, name, self.names, self.universe, guards),
            source=core[0].source,
            reports=self._reports(members),
        )

    def _over(self, core: list[Asked], guarded: frozenset[str]) -> str:
        """The distribution that requirements clash over: what most of them speak of, a guarded one first."""
        touched = [self._names(one) for one in core]
        asked = [one.name for one in core]
        return min(
            set().union(*touched),
            key=lambda name: (name not in guarded, -sum(name in names for names in touched), -asked.count(name), name),
        )

    def _reports(self, members: Iterable[str]) -> tuple[str, ...]:
        """Where people met conflicts of these packages."""
        entries = [self.packages[member].entry for member in members]
        keys = dict.fromkeys(key for entry in entries if entry is not None for key in entry.reports)
        return tuple(self.sources.get(key, key) for key in keys)

    def ownership(self) -> Iterator[Clash]:
        """Somebody imports a module that only some owners of the files have, and somebody else asks for another owner.

        Only what is asked for by name counts: what comes along with other distributions comes to everybody who
        installs them, and the plan settles it by choosing one owner.
        """
        for one, other in permutations((self.host, *self.packages.values()), 2):
            for module in one.modules:
                files = self.owners.files_of(module)
                if files is None or module in other.modules:
                    continue
                fine = self.owners.having(module)
                owned = [asked for asked in other.asks if self.owners.files.get(asked.name) == files]
                worse = [asked for asked in owned if asked.name not in fine]
                if not worse:
                    continue
                wanted = [asked for asked in one.asks if asked.name in fine]
                members = tuple(sorted({one.id, other.id} - {self.host.id}))
                asked = [*wanted[:1], *worse[:1]]
                best = self.owners.best({*one.modules, *other.modules}, files)
                yield Clash(
                    id=".".join(("file_ownership", files, *members)),
                    kind="file_ownership",
                    members=members,
                    runtime=self.host.id,
                    with_runtime=self.host.id in (one.id, other.id),
                    distribution=worse[0].name,
                    asks=tuple(Ask(by=a.by, requirement=a.line, source=a.source) for a in asked),
                    reason=f"{one.title} needs {module}, which {wanted[0].name if wanted else fine[0]} has; "
                    f"{worse[0].name}, which {other.title} asks for, installs the same files without it",
                    source=asked[0].source,
                    reports=self._reports(members),
                    way_out=f"{best} alone has all that is asked for" if best is not None else None,
                )
