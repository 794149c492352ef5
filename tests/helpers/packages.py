"""Small catalogs of node packages, and wheels of a few hundred bytes that a real resolver reads."""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rigfit.knowledge import Knowledge
from rigfit.knowledge.loader import build
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

SOURCE = {"id": "notes", "title": "Notes", "kind": "claim"}


def knowledge_of(
    asks: Mapping[str, Sequence[str]],
    distributions: Sequence[Mapping[str, Any]] = (),
    *,
    host: Sequence[str] = (),
    modules: Mapping[str, Sequence[str]] = {},
    written: Sequence[Mapping[str, Any]] = (),
) -> Knowledge:
    """A catalog of one runtime, `host`, and node packages.

    Args:
        asks: node package -> its requirement lines.
        distributions: facts, without their source.
        host: what the runtime asks for.
        modules: node package -> modules it needs.
        written: node conflicts by hand.
    """
    lines = {"host": host, **asks}
    catalog = {
        "sources": [SOURCE],
        "runtimes": [
            {
                "id": "host", "title": "Host", "licence": "free", "platforms": {"cuda": ["linux"]},
                "placements": ["resident"], "source": "notes",
            }
        ],
        "nodes": [{"id": name, "title": name.upper(), "runtime": "host", "source": "notes"} for name in asks],
        "requirements": [
            {"id": name, "lines": list(own), "source": "notes", "modules": list(modules.get(name, ()))}
            for name, own in lines.items()
        ],
        "distributions": [{**one, "source": "notes"} for one in distributions],
        "node_conflicts": list(written),
    }  # fmt: skip
    return build(CatalogFile.model_validate(catalog), RulesFile.model_validate({}))


def build_wheel(folder: Path, name: str, version: str, needs: Sequence[str] = ()) -> Path:
    """A wheel with metadata and nothing else."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = {
        f"{name.replace('-', '_')}.py": f"version = {version!r}\n",
        f"{info}/METADATA": "\n".join(
            [
                "Metadata-Version: 2.1",
                f"Name: {name}",
                f"Version: {version}",
                *(f"Requires-Dist: {one}" for one in needs),
            ]
        )
        + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in files.items():
            wheel.writestr(inside, text)
    return path


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
