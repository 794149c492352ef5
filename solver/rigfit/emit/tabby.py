"""ExLlama behind TabbyAPI: its config.yml."""

from __future__ import annotations

from rigfit.emit import quoting
from rigfit.emit.chosen import folder_of, is_folder
from rigfit.emit.context import Context, Made

_CACHES = {"exllamav2": {"q8_0": "Q8", "q4_0": "Q4"}, "exllamav3": {"q8_0": "8,8", "q4_0": "4,4"}}


def emit(context: Context) -> Made:
    """One config.yml for each model."""
    made = Made()
    for one in context.chosen:
        part = next((part for part in one.parts if is_folder(part)), None)
        settings: dict[str, object] = {"network.host": "127.0.0.1", "network.port": 5000}
        if part is not None:
            folder, _, name = folder_of(part).rpartition("/")
            settings |= {"model.model_dir": f"../models/{folder}", "model.model_name": name}
        settings["model.backend"] = context.runtime.id
        if one.task.size.get("context"):
            # The cache is kept in pages of 256 tokens.
            tokens = -(-int(one.task.size["context"] or 0) // 256) * 256
            settings |= {"model.max_seq_len": tokens, "model.cache_size": tokens}
        settings["model.cache_mode"] = _CACHES[context.runtime.id].get(one.task.cache or "", "FP16")
        context.checked_settings(settings)
        sections: dict[str, dict[str, object]] = {}
        for key, value in settings.items():
            section, _, field = key.partition(".")
            sections.setdefault(section, {})[field] = value
        head = "".join(f"# {quoting.line(text)}\n" for text in context.head)
        suffix = f"-{one.number + 1}" if len(context.chosen) > 1 else ""
        path = f"{context.runtime.id}/config{suffix}.yml"
        made.add(path, head + quoting.dump_yaml(sections), "The settings of TabbyAPI.")
        made.start.append(f"in TabbyAPI's folder: python main.py --config PATH/{path}")
    made.notes.append(
        "model_dir in config.yml is read from the folder that TabbyAPI is started in: make it absolute there."
    )
    return made
