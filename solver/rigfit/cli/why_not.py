"""`rigfit why-not`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit.cli import EXIT_UNDECIDED
from rigfit.cli.answers import read_answer
from rigfit.cli.asking import (
    knowledge_from,
    machine_from,
    machine_options,
    pointing_into,
    request_from,
    request_options,
)
from rigfit.errors import InputError

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge
    from rigfit.schema.machine import Machine
    from rigfit.schema.request import Request

_STATED = ("preset", "tasks", "needs", "models", "style", "size", "prefer", "gpus", "vram", "ram", "disk", "os",
           "machine_file", "max_time", "max_disk", "runtimes", "confidence", "revenue", "top", "engine",
           "cloud", "cloud_over", "monthly_volume", "max_cost", "reserve_vram", "reserve_ram",
           "models_dirs")  # fmt: skip
_FLAGS = ("lora", "commercial", "experimental")


@click.command("why-not")
@click.argument("name", metavar="MODEL[:VARIANT]", required=False)
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Every variant of every model that does a task asked for.")
@click.option(
    "--answer",
    "answer_file",
    metavar="ANSWER.json",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Ask about a saved answer in place of a request.",
)
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema why-not).")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    name: str | None,
    request_file: Path | None,
    everything: bool,
    answer_file: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Show why a model or variant is not in the answer, and what would make it the best.

    \b
      rigfit why-not sd35-large --preset photorealism --gpu "RTX 4070"
      rigfit why-not flux1-dev:nf4 --task image_generation --lora --gpu "RTX 4070"
      rigfit why-not flux1-dev --answer answer.json
      rigfit why-not --all --preset photorealism --gpu "RTX 4070" --json

    It is refused (by which rule), too large (by how much) or beaten (on what, by how much). A variant is a precision or
    a file's name; t5xxl=fp8 names one of another part. Every change that is named was solved anew.
    """
    if everything and request_file is None and name is not None:
        request_file, name = Path(name), None
    if everything == (name is not None):
        raise click.UsageError("name a MODEL, or ask about all with --all")
    knowledge = knowledge_from(options["catalog_dir"])
    from rigfit.whatif.naming import target_from

    target, unsure = target_from(name, knowledge) if name is not None else (None, ())
    request, machine, notes = asked_about(request_file, answer_file, options, knowledge)
    with pointing_into(request_file):
        from rigfit.whatif.asked import why_not

        found = why_not(request, machine, knowledge, target)
    found = found.model_copy(update={"notes": (*unsure, *notes, *found.notes)})
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.why import print_why_not

        print_why_not(found)
    ctx.exit(EXIT_UNDECIDED if found.status == "undecided" else 0)


def options_given(options: dict[str, Any]) -> list[str]:
    """The options that speak of a request or a machine; a saved answer takes none beside it."""
    return [option for option in _STATED if options[option] not in (None, ())] + [o for o in _FLAGS if options[o]]


def asked_about(
    request_file: Path | None, answer_file: Path | None, options: dict[str, Any], knowledge: Knowledge
) -> tuple[Request, Machine, tuple[str, ...]]:
    """The request and the machine: of a saved answer, or as for any command that solves; and what to note.

    Raises:
        InputError: when both are given, or nothing is asked for.
    """
    if answer_file is None:
        request = request_from(request_file, options, knowledge)
        if not request.tasks:
            raise click.UsageError(
                "nothing is asked for: give --preset NAME, --task TASK, a request file or --answer ANSWER.json"
            )
        with pointing_into(request_file):
            return request, machine_from(request, options, knowledge), ()
    if request_file is not None or options_given(options):
        raise InputError("--answer says what was asked for and of which machine: give no request or machine beside it")
    answer = read_answer(answer_file)
    changed = knowledge.changed_since(answer.record.catalog, answer.record.rules)
    note = f"Since that answer the {' and the '.join(changed)} changed: this is by the present state."
    return answer.record.request, answer.machine, (note,) if changed else ()
