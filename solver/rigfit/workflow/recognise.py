"""Which file of the catalog a name means: by repository and name, then by words and precision in the name.

The files are held against the catalog by the same matcher that looks through folders, the words are read by the same
resolver that `rigfit estimate` uses; what neither knows is judged by its size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rigfit.cases import words
from rigfit.cases.models import Models, main_component
from rigfit.cases.precisions import meanings, split_name
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.folders.index import CatalogFile, catalog_files
from rigfit.machine.folders.match import Matcher
from rigfit.machine.folders.walk import Found
from rigfit.schema.catalog import Component, Model
from rigfit.schema.workflow_nodes import LooseFile
from rigfit.workflow.uses import Use

_FOLDERS = {"unet": "diffusion_models", "clip": "text_encoders"}
"""Folders that ComfyUI has under two names."""
_MAIN = ("denoiser", "checkpoint")
By = Literal["catalog", "name", "size", "unknown"]


@dataclass(frozen=True)
class Known:
    """What a file is."""

    by: By
    """In the catalog; named like a model or part of it; only its size known; nothing known."""
    parts: tuple[tuple[str, str], ...] = ()
    """Component and variant (or a spelling of a precision), the likeliest first."""
    checkpoints: tuple[tuple[str, str], ...] = ()
    """Model and id of its checkpoint."""
    model: str | None = None
    """That its name speaks of."""
    loose: str | None = None
    """Id among the files that belong to no model."""
    bytes: int | None = None
    stated: Literal["catalog", "folder", "workflow"] | None = None
    """Who says its size."""
    precision: str | None = None
    keys: tuple[str, ...] = ()
    """Keys of the catalog's files, by which installed ones are known."""
    note: str | None = None


class Recogniser:
    """Recognises the files of workflows over one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._matcher = Matcher(catalog_files(knowledge))
        self._models = Models(knowledge)
        self._components: dict[str, Component] = knowledge.index("components")

    def known(self, use: Use, there: Mapping[str, int]) -> Known:
        """What a file is, as far as it can be told.

        Args:
            use: names it.
            there: name in lower case -> bytes of files on the disk.
        """
        files = self._files(use)
        if files:
            return self._of_catalog(files, use)
        size = there.get(use.base.casefold()) or use.noted
        stated: Literal["folder", "workflow"] | None = None
        if size is not None:
            stated = "folder" if use.base.casefold() in there else "workflow"
        _, spelling = split_name(use.base)
        precision = next(iter(meanings(spelling or use.base, self.knowledge)), None)
        named = self._by_name(use, precision or "fp16")
        if named is not None:
            model, parts, note = named
            return Known("name", parts, (), model, None, size, stated, precision, note=note)
        return Known("size" if size is not None else "unknown", bytes=size, stated=stated, precision=precision)

    def _files(self, use: Use) -> list[CatalogFile]:
        """Files of the catalog that have the name: those of the repository, then those for the folder."""
        place = use.repo_path or use.base
        found: list[CatalogFile] = []
        if use.repo is not None:
            found = self._matcher.candidates(Found("", 0, place, use.repo))[0]
            if found:
                return found
        folder = _folder(use.folder)
        tail = f"{use.repo}/{use.base}".casefold() if use.repo else use.base.casefold()
        named = self._matcher.candidates(Found("", 0, tail))[0]
        return [f for f in named if folder is None or f.folder is None or _folder(f.folder) == folder]

    def _of_catalog(self, files: list[CatalogFile], use: Use) -> Known:
        holds = [holding for file in files for holding in file.holds]
        sizes = [size.value for file in files for size in file.sizes]
        parts = tuple(dict.fromkeys((h.id, h.key) for h in holds if h.kind == "component"))
        loose: dict[str, LooseFile] = self.knowledge.index("loose_files")
        copies = [loose[h.id] for h in holds if h.kind == "loose"]
        parts += tuple(
            (c.component, c.precision) for c in copies if c.component is not None and c.precision is not None
        )
        precision = None
        if parts:
            component = self._components[parts[0][0]]
            precision = next((v.precision for v in component.variants if v.key == parts[0][1]), parts[0][1])
        return Known(
            "catalog",
            parts,
            tuple(dict.fromkeys((h.id, h.key) for h in holds if h.kind == "model")),
            None,
            next((h.id for h in holds if h.kind == "loose"), None),
            sizes[0] if sizes else use.noted,
            "catalog" if sizes else None if use.noted is None else "workflow",
            precision,
            tuple(file.key for file in files),
        )

    def _by_name(self, use: Use, spelling: str) -> tuple[str | None, tuple[tuple[str, str], ...], str | None] | None:
        """Model, parts and a remark for a file that is named like something of the catalog."""
        stem, _ = split_name(use.base)
        if use.kind in _MAIN:
            try:
                found = self._models.find(stem)
            except InputError:
                return None
            main = main_component(found.model, self._components)
            expert = self._expert(found.model, main, stem)
            return found.model.id, ((expert.id, self._variant(expert, spelling)),), found.note
        wanted = words.fold(stem)
        for component in self._components.values():
            if component.kind == use.kind and wanted in {
                words.fold(n) for n in (component.id, component.title, *component.aliases)
            }:
                return None, ((component.id, self._variant(component, spelling)),), None
        return None

    def _variant(self, component: Component, spelling: str) -> str:
        """A precision that has a size for a component: the one that is named, else its first."""
        bits = self.knowledge.index("precisions")[spelling].bits
        known = any(v.precision == spelling for v in component.variants)
        return spelling if known or (component.params is not None and bits is not None) else component.variants[0].key

    def _expert(self, model: Model, main: Component, stem: str) -> Component:
        """Of a model with a network for high and one for low noise, the one that the name speaks of."""
        folded = words.fold(stem)
        side = "high" if "high" in folded else "low" if "low" in folded else None
        for role, name in model.components.items():
            if side is not None and side in role and self._components[name].kind == "denoiser":
                return self._components[name]
        return main


def _folder(name: str | None) -> str | None:
    first = name.replace("\\", "/").partition("/")[0] if name else None
    return _FOLDERS.get(first, first) if first else None
