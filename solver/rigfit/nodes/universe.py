"""Whether requirements can hold together: a search over ranges of versions, transitive as far as facts go.

Sound, never complete: what is called impossible is impossible, as far as the facts are true; of what no fact says
anything it is assumed that it asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from packaging.ranges import VersionRange
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from rigfit.nodes.asks import Asked, parse
from rigfit.schema.python import Distribution

Ranges = dict[str, VersionRange]
"""Distribution -> the versions that are left of it."""


@dataclass(frozen=True)
class Band:
    """What some releases of a distribution ask for."""

    versions: str
    """As a specifier."""
    asks: tuple[Asked, ...]


@cache
def versions(specifier: str, previews: bool = False) -> VersionRange:
    """The versions that a specifier lets through; pre-releases only where somebody asks for one, as installers do."""
    return SpecifierSet(specifier, prereleases=previews).to_range()


class Universe:
    """The facts about distributions."""

    def __init__(self, distributions: Iterable[Distribution]) -> None:
        """Parse them.

        Raises:
            CatalogError: when a line cannot be read.
        """
        self.facts = {one.id: one for one in distributions}
        self.bands: dict[str, tuple[Band, ...]] = {
            one.id: tuple(
                Band(needs.versions, tuple(parse(line, one.id, one.source, one.origin) for line in needs.lines))
                for needs in one.needs
            )
            for one in self.facts.values()
            if one.needs
        }
        self._releases = {
            one.id: [Version(release) for release in one.releases] for one in self.facts.values() if one.releases
        }
        self.tagged = frozenset(one.id for one in self.facts.values() if one.build_tagged)

    def together(self, asked: Iterable[Asked], guarded: frozenset[str] = frozenset()) -> bool:
        """All requirements can hold at once.

        Args:
            asked: what is asked for; lines that hold on some machines only are left out.
            guarded: distributions whose installed build must stay: nobody may pin them.
        """
        return _Search(self, [one for one in asked if one.everywhere], guarded).possible()

    def bands_within(self, asked: Asked) -> list[Band]:
        """What the releases that a requirement lets through ask for in their turn."""
        previews = bool(asked.specifier.prereleases)
        mine = versions(str(asked.specifier), previews)
        return [b for b in self.bands.get(asked.name, ()) if not (mine & versions(b.versions, previews)).is_empty]

    def has_release(self, name: str, left: VersionRange, previews: bool) -> bool:
        """Some release lies in a range; one newer than all that are known is taken to exist."""
        if left.is_empty:
            return False
        known = self._releases.get(name)
        if known is None or any(release in left for release in known):
            return True
        return not (left & versions(f">{max(known)}", previews)).is_empty


class _Search:
    def __init__(self, universe: Universe, asked: list[Asked], guarded: frozenset[str]) -> None:
        self.universe = universe
        self.asked = asked
        self.guarded = guarded
        brought = (one for bands in universe.bands.values() for band in bands for one in band.asks)
        self.previews = {one.name for one in (*asked, *brought) if one.specifier.prereleases}

    def possible(self) -> bool:
        ranges = self._with({}, self.asked)
        return ranges is not None and self._decide(ranges, frozenset())

    def _range(self, name: str, specifier: str) -> VersionRange:
        return versions(specifier, name in self.previews)

    def _exists(self, name: str, left: VersionRange) -> bool:
        return self.universe.has_release(name, left, name in self.previews)

    def _with(self, ranges: Mapping[str, VersionRange], asked: Iterable[Asked]) -> Ranges | None:
        """The ranges with more asked; None where something is left without a release."""
        found = dict(ranges)
        for one in asked:
            if one.exact and one.name in self.guarded:
                return None
            mine = self._range(one.name, str(one.specifier))
            found[one.name] = found[one.name] & mine if one.name in found else mine
            if not self._exists(one.name, found[one.name]):
                return None
        return found

    def _decide(self, ranges: Ranges, decided: frozenset[str]) -> bool:
        """Some releases of what is not decided yet can be taken: for each distribution one of its bands, or none."""
        bands = self.universe.bands
        name = next((n for n in sorted(ranges) if n in bands and n not in decided), None)
        if name is None:
            return True
        rest = ranges[name]
        for band in bands[name]:
            mine = self._range(name, band.versions)
            common, rest = ranges[name] & mine, rest - mine
            if self._exists(name, common):
                more = self._with({**ranges, name: common}, band.asks)
                if more is not None and self._decide(more, decided | {name}):
                    return True
        return self._exists(name, rest) and self._decide({**ranges, name: rest}, decided | {name})
