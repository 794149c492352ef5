"""All files of a bundle: what is to be downloaded, one emitter for each runtime, and a page that says what to run."""

from __future__ import annotations

from collections.abc import Callable

from rigfit.emit import comfyui, diffusers, invokeai, program, quoting, tabby, webui
from rigfit.emit.chosen import Chosen, bundle_of, chosen_in, place_of
from rigfit.emit.context import Context, Made
from rigfit.emit.downloads import Download, downloads_of, emit_downloads
from rigfit.emit.readme import readme
from rigfit.emit.torch import emit_torch
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Answer, Bundle
from rigfit.schema.emitted import Emitted

# The next runtime is one line here and one file; without one it gets the command that its list of options makes.
EMITTERS: dict[str, Callable[[Context], Made]] = {
    "comfyui": comfyui.emit,
    "a1111": webui.emit,
    "forge": webui.emit,
    "sdnext": webui.emit,
    "invokeai": invokeai.emit,
    "diffusers": diffusers.emit,
    "exllamav2": tabby.emit,
    "exllamav3": tabby.emit,
}
# Runtimes that are PyTorch, so that its backends can be set for them.
_TORCH = ("diffusers",)


def emit(answer: Answer, knowledge: Knowledge, *, bundle: int = 1) -> Emitted:
    """The files and commands that make a bundle of an answer run. Nothing is read or written.

    Args:
        answer: of `rigfit solve`, fresh or saved.
        knowledge: what the answer was made from; where it has changed since, the notes say so.
        bundle: rank of the bundle.

    Raises:
        InputError: when there is no such bundle, or the catalog no longer has what it names.
    """
    found = bundle_of(answer, bundle)
    chosen = chosen_in(found, knowledge)
    head = (f"record {answer.record.id} · bundle {found.rank}", "made by rigfit emit")
    all_made = Made(notes=[*_stale(answer, knowledge), *_elsewhere(found)])
    fetched = _fetched(answer, found, chosen, knowledge)
    downloads = downloads_of(found, chosen, knowledge, fetched)
    _merge(all_made, emit_downloads(downloads, head, answer.record.id, answer.machine.os))
    for runtime in dict.fromkeys(one.runtime.id for one in chosen):
        tasks = tuple(one for one in chosen if one.runtime.id == runtime)
        context = Context(answer.machine, found, tasks[0].runtime, tasks, answer.record.id, knowledge)
        _merge(all_made, EMITTERS.get(runtime, program.emit)(context))
    if any(one.runtime.id in _TORCH for one in chosen):
        _merge(all_made, emit_torch(answer.machine, head))
    all_made.notes += [f"{warning.text}" for one in chosen for warning in one.task.warnings]
    notes = tuple(dict.fromkeys(quoting.line(note) for note in all_made.notes))
    made = all_made.files
    commands = (*all_made.prepare, *all_made.start)
    manifest = quoting.dump_json(_manifest(answer, found, chosen, downloads, [file.path for file in made], commands))
    all_made.add("manifest.json", manifest, "The same as data: tasks, options, files and commands.")
    page = readme(answer, found, chosen, all_made, notes)
    all_made.add("README.md", page, "What to run, in which order.")
    return Emitted(
        record=answer.record.id, bundle=found.rank, files=tuple(all_made.files), commands=commands, notes=notes
    )


def _fetched(answer: Answer, bundle: Bundle, chosen: tuple[Chosen, ...], knowledge: Knowledge) -> set[str]:
    """Places of files that Diffusers fetches in its own layout, and that nothing else reads."""
    wanted: set[str] = set()
    own: set[str] = set()
    for one in chosen:
        files = [part.variant.file for part in one.parts if part.variant.file is not None]
        places = {place_of(file) for file in ([one.checkpoint] if one.checkpoint is not None else files)}
        if one.runtime.id == "diffusers":
            context = Context(answer.machine, bundle, one.runtime, (one,), answer.record.id, knowledge)
            read = diffusers.files_read(one, context)
            wanted |= read
            own |= places - read
        else:
            wanted |= places
    return own - wanted


def _merge(into: Made, made: Made) -> None:
    into.files += made.files
    into.prepare += made.prepare
    into.start += made.start
    into.notes += made.notes


def _stale(answer: Answer, knowledge: Knowledge) -> list[str]:
    changed = knowledge.changed_since(answer.record.catalog, answer.record.rules)
    return [f"Since that answer the {' and the '.join(changed)} changed: solve it again to be sure."] if changed else []


def _elsewhere(bundle: Bundle) -> list[str]:
    return [
        f"{task.title} runs at {task.cloud.title}: there is nothing to install for it."
        for task in bundle.tasks
        if task.cloud is not None
    ]


def _manifest(
    answer: Answer,
    bundle: Bundle,
    chosen: tuple[Chosen, ...],
    downloads: tuple[Download, ...],
    files: list[str],
    commands: tuple[str, ...],
) -> dict[str, object]:
    return {
        "record": answer.record.id,
        "bundle": bundle.rank,
        "tasks": [
            {
                "task": one.task.task,
                "model": one.model.id,
                "variants": one.task.variants,
                "runtime": one.runtime.id,
                "placement": one.task.placement,
                "device": one.task.device,
                "flags": list(one.task.flags),
            }
            for one in chosen
        ],
        "download_bytes": sum(one.bytes for one in downloads if not one.present),
        "nodes": list(bundle.nodes),
        "files": files,
        "commands": list(commands),
    }
