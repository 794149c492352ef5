"""The page that says what to run in which order."""

from __future__ import annotations

from rigfit.emit import quoting
from rigfit.emit.chosen import Chosen
from rigfit.emit.context import Made
from rigfit.schema.answer import Answer, Bundle
from rigfit.units import format_file


def readme(
    answer: Answer,
    bundle: Bundle,
    chosen: tuple[Chosen, ...],
    made: Made,
    notes: tuple[str, ...],
) -> str:
    """Markdown."""
    names = ", ".join(dict.fromkeys(quoting.markdown(one.task.title) for one in chosen)) or "services"
    out = [f"<!-- record {answer.record.id} · bundle {bundle.rank} -->", f"# {names}", ""]
    cards = ", ".join(quoting.markdown(gpu.name) for gpu in answer.machine.gpus) or "the processor"
    out += [f"For {cards} on {answer.machine.os}; {format_file(bundle.download_bytes)} to download.", ""]
    for one in chosen:
        variants = ", ".join(f"{role} {key}" for role, key in one.task.variants.items())
        job, program = one.task.task.replace("_", " "), quoting.markdown(one.runtime.title)
        what = f"{quoting.markdown(one.task.title)} in {program}, {one.task.verdict}"
        out.append(f"- {job}: {what} ({quoting.markdown(variants)})")
    files = made.files
    if commands := [*made.prepare, *made.start]:
        out += ["", "## Run, in this order", ""]
        out += [f"{number}. `{quoting.line(command).replace('`', '')}`" for number, command in enumerate(commands, 1)]
        if len(made.start) > 1:
            out += ["", "The last ones start programs that keep running: give each a terminal of its own."]
        scripts = any(file.path.endswith((".sh", ".bat", ".ps1")) for file in files)
        out += ["", "With `DRY_RUN=1` in the environment each script only shows what it would do."] if scripts else []
    if files:
        out += ["", "## Files", "", *(f"- `{file.path}`: {file.about}" for file in files)]
    if notes:
        out += ["", "## To know", "", *(f"- {quoting.markdown(note)}" for note in notes)]
    return "\n".join(out) + "\n"
