"""Files on the disk held against the files of the catalog: by repository, by name and size, or by exact size."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine.detection import label
from rigfit.machine.folders.header import stated_size
from rigfit.machine.folders.index import SUFFIXES, CatalogFile, catalog_files
from rigfit.machine.folders.walk import Found, Walk
from rigfit.schema.machine import InstalledFile, Machine
from rigfit.units import format_file

_NAMED = 8  # unfinished files that get a sentence of their own
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})(?=\.)")
By = Literal["repository", "name", "size"]


@dataclass(frozen=True)
class Scan:
    """What of the catalog lies in some folders."""

    installed: tuple[InstalledFile, ...]
    notes: tuple[str, ...]
    """Sentences: what was found, what is unfinished, what could not be read."""


def scan_folders(folders: Sequence[Path], knowledge: Knowledge) -> Scan:
    """Look for files of the catalog in folders; reads names and sizes, and the header of what is recognised.

    Raises:
        InputError: for a folder that does not exist or is no folder.
    """
    index = catalog_files(knowledge)
    bare = {f.base for f in index if PurePath(f.base).suffix not in SUFFIXES}
    walk = Walk(folders=frozenset(bare))
    for folder in folders:
        path = folder.expanduser()
        try:
            if not path.is_dir():
                raise InputError("is no folder" if path.exists() else "no such folder", where=str(folder))
        except OSError as problem:
            raise InputError(f"cannot be read: {problem.strerror}", where=str(folder)) from None
        walk.folder(path)
    return Matcher(index).scan(walk, [str(folder) for folder in folders])


def with_installed(machine: Machine, folders: Sequence[Path], knowledge: Knowledge) -> Machine:
    """A machine with the files that lie in folders, beside those it has already; its notes say what was found.

    Raises:
        InputError: for a folder that does not exist or is no folder.
    """
    if not folders:
        return machine
    scan = scan_folders(folders, knowledge)
    known = machine.installed_names
    more = tuple(one for one in scan.installed if one.name not in known)
    return machine.model_copy(update={"installed": machine.installed + more, "notes": machine.notes + scan.notes})


class Matcher:
    """The files of the catalog by what one can recognise them by."""

    def __init__(self, index: list[CatalogFile]) -> None:
        self.by_place: dict[tuple[str, str], list[CatalogFile]] = defaultdict(list)
        self.by_repo: dict[str, list[CatalogFile]] = defaultdict(list)
        self.by_base: dict[str, list[CatalogFile]] = defaultdict(list)
        self.by_size: dict[int, list[CatalogFile]] = defaultdict(list)
        for file in index:
            self.by_base[_unsharded(file.base)].append(file)
            if file.repo is not None:
                self.by_place[(file.repo.casefold(), _unsharded(file.path.casefold()))].append(file)
                self.by_repo[file.repo.casefold()].append(file)
            for size in file.sizes:
                if size.exact:
                    self.by_size[size.value].append(file)

    def scan(self, walk: Walk, folders: list[str]) -> Scan:
        """The catalog's files among those that were found."""
        there: dict[str, InstalledFile] = {}
        short: dict[str, str] = {}
        # A downloader that takes the whole room at once leaves its notes beside the file until it is done.
        busy = {found.path[: -len(".aria2")] for found in walk.unfinished if found.path.lower().endswith(".aria2")}
        files, missing = _whole([found for found in walk.files if found.path not in busy])
        for found in files:
            wanted, by = self.candidates(found)
            right = [file for file in wanted if found.size and (not file.sizes or file.fits(found.size))]
            if right and (stated := stated_size(found)) is not None and stated > found.size:
                short.setdefault(found.path, _short(found, stated))
            elif right:
                for file in right:
                    one = InstalledFile(name=file.key, bytes=found.size, path=shown(found.path), by=by)
                    there.setdefault(file.key, one)
            elif wanted and all(file.is_cut_short(found.size) for file in wanted):
                least = min((size.value for file in wanted for size in file.sizes), default=0)
                short.setdefault(found.path, _short(found, least))
            elif wanted and by == "name":
                listed = " or ".join(sorted({format_file(size.value) for file in wanted for size in file.sizes}))
                what = f"{_own_name(found)} is not counted: {format_file(found.size)} where the catalog lists {listed}"
                short.setdefault(found.path, what)
        for found in (*walk.unfinished, *missing):
            if found.place == "" or self.candidates(found)[0]:
                name = _own_name(found) if found.place else shown(found.repo or "")
                what = f"an unfinished download of {name} ({format_file(found.size)} so far) is not counted"
                short.setdefault(found.path, what)
        installed = tuple(there[key] for key in sorted(there))
        return Scan(installed, tuple(_notes(walk, folders, installed, list(short.values()))))

    def candidates(self, found: Found) -> tuple[list[CatalogFile], By]:
        """What a file can be, whatever its size, and what says so."""
        if found.tag is not None:
            of_repo = self.by_repo.get((found.repo or "").casefold(), [])
            tag = found.tag.casefold()
            named = [f for f in of_repo if PurePath(f.base).stem.endswith(tag)]
            return (named, "repository") if named else (self.by_size.get(found.size, []), "size")
        place = found.place.casefold()
        if found.repo is not None:
            return self.by_place.get((found.repo.casefold(), place), []), "repository"
        steps = place.split("/")
        for cut in range(len(steps) - 2):  # LM Studio and plain copies keep owner/repository/file
            if owned := self.by_place.get(("/".join(steps[cut : cut + 2]), "/".join(steps[cut + 2 :]))):
                return owned, "repository"
        same = self.by_base.get(steps[-1], [])
        alone = [file for file in same if not file.says_nothing]
        # A name that anybody gives says something below a folder that is called like the repository.
        copied = [f for f in same if f.says_nothing and f.repo and f"{f.repo.casefold().rpartition('/')[2]}" in steps]
        if alone or copied:
            return alone or copied, "name"
        return self.by_size.get(found.size, []), "size"


def _unsharded(name: str) -> str:
    return _SHARD.sub("", name)


def _whole(files: list[Found]) -> tuple[list[Found], list[Found]]:
    """Files with the shards of one taken together; and those of which shards are missing."""
    plain: list[Found] = []
    shards: dict[tuple[PurePath, str | None, str, int], dict[int, Found]] = defaultdict(dict)
    for found in files:
        shard = _SHARD.search(found.place)
        if shard is None:
            plain.append(found)
            continue
        of = int(shard[2])
        key = (PurePath(found.path).parent, found.repo, _unsharded(found.place), of)
        shards[key][int(shard[1])] = found
    missing: list[Found] = []
    for (_, repo, place, of), parts in shards.items():
        first = parts[min(parts)]
        # Numbered from 1 or from 0, all of them have to be there.
        joined = Found(first.path, sum(part.size for part in parts.values()), place, repo)
        (plain if len(parts) >= of else missing).append(joined)
    return plain, missing


def _short(found: Found, whole: int) -> str:
    return (
        f"{_own_name(found)} is not counted: {format_file(found.size)} of {format_file(whole)}, an unfinished download"
    )


def _own_name(found: Found) -> str:
    return shown(found.place.rpartition("/")[2])


def shown(path: str, limit: int = 160) -> str:
    """A path for people and for JSON: what is not UTF-8 is replaced, and its end is kept."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return label(text if len(text) <= limit else "..." + text[3 - limit :], limit)


def _notes(walk: Walk, folders: list[str], installed: tuple[InstalledFile, ...], short: list[str]) -> list[str]:
    places = ", ".join(shown(folder) for folder in folders)
    total = sum({one.path: one.bytes for one in installed}.values())
    known = len({one.path for one in installed})
    others = len(walk.files) - known - len(short)
    notes = [
        f"{places}: {known} {'file' if known == 1 else 'files'} of the catalog ({format_file(total)})"
        + (f", {others:,} other model {'file' if others == 1 else 'files'}" if others > 0 else "")
    ]
    notes += short[:_NAMED]
    if len(short) > _NAMED:
        notes.append(f"{len(short) - _NAMED} more files are not counted: unfinished, or of another size")
    for what, times in sorted(walk.troubles.items()):
        more = f", and {times - 1:,} more like it" if times > 1 else ""
        notes.append(f"{shown(walk.first[what])} {what}{more}")
    return notes
