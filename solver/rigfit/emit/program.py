"""Every other program: the command that its list of options makes of what was chosen, or a word on how it is set."""

from __future__ import annotations

import re

from rigfit.emit import script
from rigfit.emit.chosen import Chosen, values_of
from rigfit.emit.context import Context, Made, starts
from rigfit.emit.quoting import Place, Word
from rigfit.emit.script import MODELS, Script
from rigfit.knowledge.flags import list_of
from rigfit.schema.flags import FlagList

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")


def emit(context: Context) -> Made:
    """A start script where the program has a command line, and what is set elsewhere as notes."""
    made = Made()
    listed = list_of(context.runtime.id, context.knowledge)
    if context.runtime.note:
        made.notes.append(f"{context.runtime.title}: {context.runtime.note}.")
    if context.runtime.repo:
        made.notes.append(f"{context.runtime.title} comes from {context.runtime.repo}")
    if listed is None or not listed.program:
        for one in context.chosen:
            if one.task.flags:
                context.checked(one.task.flags)
        return made
    if listed.note:
        made.notes.append(f"{listed.title}: {listed.note}.")
    for name, tasks in _each(context, listed):
        words = arguments(tasks[0], listed)
        words += list(tasks[0].task.flags)
        context.checked(words)
        environment = [tuple(str(word).partition("=")[::2]) for word in words if _is_variable(word, listed)]
        rest: list[Word] = [word for word in words if not _is_variable(word, listed)]
        body = Script(
            head=(*context.head, f"Starts {listed.title} for: {', '.join(one.task.title for one in tasks)}."),
            variables=(MODELS,) if any(isinstance(word, Place) for word in rest) else (),
            environment=(*context.card_variables(tasks[0]), *((key, value) for key, value in environment)),
            steps=((*listed.program, *rest),),
        )
        path, text, executable = script.written(body, f"{context.runtime.id}/{name}", context.system, double_click=True)
        made.add(path, text, f"Starts {context.runtime.title} with what was chosen.", executable=executable)
        made.start.append(script.command(path))
    if context.runtime.id == "ollama":
        _import(context, made)
    return made


def _each(context: Context, listed: FlagList) -> list[tuple[str, tuple[Chosen, ...]]]:
    """One start for each task where the command names a model, else one for equal options."""
    if not any(_PLACEHOLDER.search(word) for group in listed.arguments for word in group):
        return starts(context)
    several = len(context.chosen) > 1
    return [
        (f"start-{one.task.task.replace('_', '-')}-{one.number + 1}" if several else "start", (one,))
        for one in context.chosen
    ]


def arguments(one: Chosen, listed: FlagList) -> list[Word]:
    """The options that every start carries, with what was chosen in place of their placeholders."""
    values = values_of(one)
    found: list[Word] = []
    for group in listed.arguments:
        names = [name for word in group for name in _PLACEHOLDER.findall(word)]
        if all(name in values for name in names):
            found += [_filled(word, values) for word in group]
    return found


def _filled(word: str, values: object) -> Word:
    assert isinstance(values, dict)
    whole = _PLACEHOLDER.fullmatch(word)
    if whole is not None and values[whole[1]][0] == "path":
        return Place("MODELS_DIR", values[whole[1]][1])
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]][1]), word)


def _is_variable(word: Word, listed: FlagList) -> bool:
    return isinstance(word, str) and word.partition("=")[0] in listed.environment


def _import(context: Context, made: Made) -> None:
    """Ollama reads a model file once and keeps its own copy."""
    for one in context.chosen:
        values = values_of(one)
        if "model" not in values:
            continue
        name = f"rigfit-{one.model.id}".replace("/", "-")
        path = f"ollama/Modelfile-{one.number + 1}"
        lines = [f"# {line}" for line in context.head]
        # A path in quotes; the name of a file of the catalog holds none.
        made.add(
            path, "\n".join([*lines, f'FROM "../models/{values["model"][1]}"']) + "\n", "Tells Ollama about the model."
        )
        made.start.append(f"ollama create {name} -f {path}")  # asks the server that was started
        made.start.append(f"ollama run {name}")
