"""What the documents the catalog was made from name, and whether the catalog has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from rigfit.errors import CatalogError, nearest
from rigfit.knowledge import paths
from rigfit.knowledge.document import Document
from rigfit.knowledge.loader import Knowledge
from rigfit.knowledge.validate import validate
from rigfit.knowledge.yamlfile import read
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.coverage import CoverageFile, Covered, Named, Used
from rigfit.schema.request import Style
from rigfit.schema.rules import RulesFile

# A source says that something exists; it is not the thing.
_NO_ENTRIES = ("settings", "sources")


@dataclass(frozen=True)
class Missing:
    """Something named that points nowhere."""

    name: str
    entry: str
    where: str
    hint: str


@dataclass(frozen=True)
class Report:
    """One document against the catalog."""

    document: str
    title: str
    covered: tuple[Covered, ...]
    left_out: tuple[Covered, ...]
    missing: tuple[Missing, ...]
    """One for each name that is no entry; a thing with two of them stands here twice."""
    named: int
    """How many things the document names."""
    by_use: bool
    """The document says how often each thing is used."""
    use: int
    """Sum of the use of everything it names."""
    use_covered: int

    @property
    def share(self) -> float:
        """Share of the use that is covered."""
        return self.use_covered / self.use if self.use else 1.0


def load() -> list[tuple[Document, CoverageFile]]:
    """The coverage files, validated.

    Raises:
        CatalogError: when one has not the right shape, or names one thing twice.
    """
    found = []
    for path in paths.coverage_files():
        document = read(path, path.relative_to(paths.data_root()).as_posix())
        content = validate(CoverageFile, document, CatalogError)
        for field, entries in (("named", content.named), ("used", content.used)):
            first: dict[tuple[str, str], int] = {}
            for number, entry in enumerate(entries):
                key = (entry.kind if isinstance(entry, Named) else "", entry.name.casefold())
                if key in first:
                    line = document.where((field, first[key]))
                    raise CatalogError(
                        f"{entry.name!r} stands twice (first at {line})", where=document.where((field, number))
                    )
                first[key] = number
        found.append((document, content))
    return found


def entry_names(knowledge: Knowledge) -> set[str]:
    """Everything an entry of a coverage file may name: ids, features with qualifiers, styles, families, silicon."""
    parts = [name for shape in (CatalogFile, RulesFile) for name in shape.model_fields if name not in _NO_ENTRIES]
    known = {key for part in parts for key in knowledge.index(part)}
    known |= {f"{feature.id}:{q}" for feature in knowledge.rulebook.features for q in feature.qualifiers}
    known |= {model.family for model in knowledge.catalog.models}
    known |= {gpu.architecture for gpu in knowledge.catalog.gpus}
    return known | set(get_args(Style))


def report(knowledge: Knowledge) -> list[Report]:
    """Every document against the catalog, in the order of their names."""
    known = entry_names(knowledge)
    return [_report(document, content, known, knowledge) for document, content in load()]


def _report(document: Document, content: CoverageFile, known: set[str], knowledge: Knowledge) -> Report:
    sources = knowledge.index("sources")
    covered: list[Covered] = []
    missing: list[Missing] = []
    use = 0
    if content.source not in sources:
        where = document.where(("source",))
        missing.append(Missing("the document itself", content.source, where, _hint(content.source, sources)))
    for field, entries in (("named", content.named), ("used", content.used)):
        for number, entry in enumerate(entries):
            lost = [name for name in entry.entry if name not in known]
            where = document.where((field, number))
            missing += [Missing(entry.name, name, where, _hint(name, known)) for name in lost]
            if entry.entry and not lost:
                covered.append(entry)
                use += entry.use if isinstance(entry, Used) else 0
    everything: tuple[Covered, ...] = (*content.named, *content.used)
    return Report(
        document=content.document,
        title=sources[content.source].title if content.source in sources else content.source,
        covered=tuple(covered),
        left_out=tuple(entry for entry in everything if entry.left_out),
        missing=tuple(missing),
        named=len(everything),
        by_use=bool(content.used),
        use=sum(entry.use for entry in content.used),
        use_covered=use,
    )


def _hint(name: str, known: Iterable[str]) -> str:
    close = nearest(name, known)
    return f"; nearest: {', '.join(close)}" if close else ""
