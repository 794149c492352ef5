"""Names for shell completion, from a small file beside the cached knowledge: nothing of the solver is loaded."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

_PARTS = ("presets", "gpus", "models", "runtimes", "tasks")


def completer(part: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """What completes the names of a collection."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            names = _names(ctx.params.get("catalog_dir"))[part]
        except Exception:  # a broken catalog must not break the shell; the command itself says what is wrong
            return []
        begun = incomplete.casefold()
        return [CompletionItem(name) for name in names if name.casefold().startswith(begun)]

    return complete


def _names(catalog_dir: Path | None) -> dict[str, list[str]]:
    from rigfit.knowledge import paths

    layers = paths.layers(catalog_dir)
    stamp = hashlib.sha256()
    for layer in layers:
        for part in ("catalog", "rules"):
            for file in paths.yaml_files(layer, part):
                stat = file.stat()
                stamp.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    kept = paths.cache_dir() / "names.json"
    with contextlib.suppress(OSError, ValueError, KeyError):
        stored: dict[str, Any] = json.loads(kept.read_bytes())
        if stored["stamp"] == stamp.hexdigest():
            return {part: stored[part] for part in _PARTS}
    from rigfit.knowledge import load_knowledge

    knowledge = load_knowledge(catalog_dir)
    found = {part: sorted(knowledge.index(part)) for part in _PARTS}
    found["models"] = sorted(knowledge.model_names)
    found["gpus"] = sorted({*found["gpus"], "none"})
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(".tmp")
        temporary.write_text(json.dumps({"stamp": stamp.hexdigest(), **found}))
        temporary.replace(kept)
    return found
