"""Files of weights in a folder, whatever its layout: bounded, and never stopped by what cannot be read."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rigfit.machine.folders.index import SUFFIXES

MOST_ENTRIES = 300_000
"""Entries looked at in all folders together; a collection of models has a few thousand."""
_DEEPEST = 16
_LARGEST_TEXT = 1_000_000
_UNFINISHED = (".part", ".partial", ".incomplete", ".crdownload", ".download", ".tmp", ".aria2", ".!qb")
_PACKAGES = (".mlmodelc", ".mlpackage")


@dataclass(frozen=True, slots=True)
class Found:
    """A file of weights."""

    path: str
    size: int
    place: str
    """Its place in its repository, or from two folders above the one that was named on, with "/" between the steps."""
    repo: str | None = None
    """The repository it surely belongs to, "owner/name"."""
    tag: str | None = None
    """For Ollama: what stands behind the colon."""


@dataclass
class Walk:
    """What was found, and what could not be looked at."""

    files: list[Found] = field(default_factory=list)
    unfinished: list[Found] = field(default_factory=list)
    troubles: Counter[str] = field(default_factory=Counter)
    """What went wrong, in words -> how often."""
    first: dict[str, str] = field(default_factory=dict)
    """What went wrong -> the first place where it did."""
    entries: int = 0
    folders: frozenset[str] = frozenset()
    """Names of folders that the catalog counts as one file, in lower case."""
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def trouble(self, what: str, where: str) -> None:
        """Note something that could not be read; one note for each kind."""
        self.troubles[what] += 1
        self.first.setdefault(what, where)

    def folder(self, top: Path) -> None:
        """Look through a folder, with the layouts that it or its children have."""
        for root in roots(top, self):
            # The folder that is named may itself be a repository, or lie in one of its owner.
            above = root.absolute()
            self._into(str(root), tuple(part for part in above.parts[-2:] if part != above.anchor), None, 0)

    def _into(self, path: str, steps: tuple[str, ...], repo: str | None, depth: int) -> None:
        entries = self._entries(path)
        names = {entry.name for entry in entries}
        if repo is None and {"blobs", "manifests"} <= names:
            self._ollama(path)
            return
        for entry in entries:
            name = entry.name
            try:
                if not entry.is_dir():
                    self._file(entry, steps, repo)
                    continue
            except OSError:
                self.trouble("could not be read", entry.path)
                continue
            if name.startswith(".") and name != ".cache":
                continue
            if name.lower().endswith(_PACKAGES) or name.lower() in self.folders:
                self._package(entry.path, (*steps, name), repo)
            elif depth >= _DEEPEST:
                self.trouble("lies too deep", entry.path)
            elif name.startswith("models--"):
                self._cached(entry.path, name)
            elif not name.startswith(("datasets--", "spaces--")):
                self._into(entry.path, (*steps, name), repo, depth + 1)

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        """What lies in a folder, in order of name; nothing where it was seen before or cannot be read."""
        try:
            about = Path(path).stat()
            # A link back to a folder above leads to one that was seen; Windows has no inode for every file system.
            if about.st_ino and (about.st_dev, about.st_ino) in self._seen:
                return []
            self._seen.add((about.st_dev, about.st_ino))
            with os.scandir(path) as listing:
                entries = []
                for entry in listing:
                    self.entries += 1
                    if self.entries > MOST_ENTRIES:
                        self.trouble(f"was passed over: only {MOST_ENTRIES:,} entries are looked at", path)
                        break
                    entries.append(entry)
        except PermissionError:
            self.trouble("may not be read", path)
            return []
        except OSError:
            self.trouble("could not be read", path)
            return []
        return sorted(entries, key=lambda entry: entry.name)

    def _file(self, entry: os.DirEntry[str], steps: tuple[str, ...], repo: str | None) -> None:
        stem, dot, end = entry.name.rpartition(".")
        unfinished = f"{dot}{end}".lower() in _UNFINISHED
        if f"{dot}{end}".lower() not in SUFFIXES and not unfinished:
            return
        try:
            size = entry.stat().st_size  # follows a link, as the caches of Hugging Face are made of
        except OSError:
            self.trouble("is a link that leads nowhere", entry.path)
            return
        found = Found(entry.path, size, "/".join((*steps, stem if unfinished else entry.name)), repo)
        (self.unfinished if unfinished else self.files).append(found)

    def _package(self, path: str, steps: tuple[str, ...], repo: str | None) -> None:
        """A folder that counts as one file, with all that lies in it."""
        size, waiting = 0, [path]
        while waiting:
            for entry in self._entries(waiting.pop()):
                try:
                    if entry.is_dir():
                        waiting.append(entry.path)
                    else:
                        size += entry.stat().st_size
                except OSError:
                    self.trouble("could not be read", entry.path)
        self.files.append(Found(path, size, "/".join(steps), repo))

    def _cached(self, path: str, name: str) -> None:
        """A repository in a cache of Hugging Face: snapshots of links to blobs, or of files where links are missing."""
        owner, _, rest = name.removeprefix("models--").partition("--")
        repo = f"{owner}/{rest}" if rest else owner
        for snapshot in self._entries(str(Path(path, "snapshots"))):
            self._into(snapshot.path, (), repo, 0)
        blobs = Path(path, "blobs")
        if blobs.is_dir():
            for blob in self._entries(str(blobs)):
                if blob.name.endswith(".incomplete"):
                    self.unfinished.append(Found(blob.path, _size(blob.path), "", repo))

    def _ollama(self, path: str) -> None:
        """Ollama's models: manifests name blobs by their digest."""
        top = Path(path, "manifests")
        for folder, inside, files in os.walk(top):
            inside.sort()
            self.entries += len(files)
            if self.entries > MOST_ENTRIES:
                self.trouble(f"was passed over: only {MOST_ENTRIES:,} entries are looked at", folder)
                return
            for tag in sorted(files):
                steps = Path(folder).relative_to(top).parts or ("",)
                repo = "/".join(steps[1:]) if steps[0] in ("hf.co", "huggingface.co") and len(steps) == 3 else None
                for digest in _layers(Path(folder, tag)):
                    blob = Path(path, "blobs", digest.replace(":", "-"))
                    if blob.is_file():
                        self.files.append(Found(str(blob), _size(str(blob)), "/".join((*steps, tag)), repo, tag=tag))


def roots(top: Path, walk: Walk) -> Iterator[Path]:
    """The folders to look through for one that was named: of a program its models, and what its paths file adds."""
    program = any((top / name).is_file() for name in ("main.py", "webui.py", "launch.py"))
    inside = [top / name for name in ("models", "embeddings")] if program else []
    yield from [path for path in inside if path.is_dir()] or [top]
    for folder in (top, top.absolute().parent):
        file = folder / "extra_model_paths.yaml"
        if file.is_file():
            yield from _extra(file, walk)


def _extra(file: Path, walk: Walk) -> Iterator[Path]:
    """The folders that ComfyUI's extra_model_paths.yaml names: sections with a base path and lists of folders."""
    import yaml

    try:
        content = yaml.safe_load(file.read_bytes()[:_LARGEST_TEXT])
    except (OSError, yaml.YAMLError, RecursionError, ValueError):
        walk.trouble("could not be read", str(file))
        return
    for section in _values(content):
        if not isinstance(section, dict):
            continue
        base = file.parent / _expanded(section.get("base_path", ""))
        for key, value in section.items():
            if key in ("base_path", "is_default", "custom_nodes", "configs") or not isinstance(value, str):
                continue
            for line in value.splitlines():
                path = base / _expanded(line)
                if not line.strip():
                    continue
                if _is_folder(path):
                    yield path
                else:
                    walk.trouble(f"is named in {file.name}, but is not there", str(path))


def _expanded(value: Any) -> Path:
    """A path as ComfyUI reads it: "~" and variables mean what they mean in a shell."""
    if not isinstance(value, str):
        return Path()
    try:
        return Path(os.path.expandvars(value.strip())).expanduser()
    except RuntimeError:  # "~nobody"
        return Path(value.strip())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _values(content: Any) -> Iterable[Any]:
    return content.values() if isinstance(content, dict) else ()


def _layers(manifest: Path) -> list[str]:
    """Digests of the weights that a manifest names."""
    try:
        with manifest.open("rb") as file:
            content = json.loads(file.read(_LARGEST_TEXT))
    except (OSError, ValueError, RecursionError):
        return []
    layers = content.get("layers") if isinstance(content, dict) else None
    named = [one for one in layers if isinstance(one, dict)] if isinstance(layers, list) else []
    models = [one.get("digest") for one in named if one.get("mediaType") == "application/vnd.ollama.image.model"]
    return [d for d in models if isinstance(d, str) and d.startswith("sha256:") and d[7:].isalnum()]


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
