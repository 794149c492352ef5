"""Where every field of every entry is written: file and line."""

from __future__ import annotations

from pathlib import Path

from rigfit.knowledge import paths
from rigfit.knowledge.cache import PARTS
from rigfit.knowledge.document import Document
from rigfit.knowledge.yamlfile import read


class Places:
    """Files are read once more, because loaded entries remember only where they begin."""

    def __init__(self, extra: Path | None = None) -> None:
        self._at: dict[tuple[str, str], tuple[Document, int]] = {}
        for layer in paths.layers(extra):
            for part in PARTS:
                for path in paths.yaml_files(layer, part):
                    ours = layer == paths.data_root()
                    self._read(read(path, path.relative_to(layer).as_posix() if ours else str(path)))

    def _read(self, document: Document) -> None:
        for collection, entries in document.data.items():
            if not isinstance(entries, list):
                continue
            for number, entry in enumerate(entries):
                if isinstance(entry, dict) and "id" in entry:
                    self._at[(collection, str(entry["id"]))] = (document, number)

    def where(self, collection: str, entry: str, *path: str | int) -> str:
        """File and line of a field of an entry, or of the nearest thing around it."""
        found = self._at.get((collection, entry))
        if found is None:
            return "?"
        document, number = found
        return document.where((collection, number, *(path or ("id",))))
