"""`rigfit emit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.answers import read_answer
from rigfit.cli.asking import (
    knowledge_from,
    machine_from,
    machine_options,
    pointing_into,
    request_from,
    request_options,
)
from rigfit.cli.why_not import options_given
from rigfit.errors import InputError

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge
    from rigfit.schema.answer import Answer


@click.command("emit")
@click.argument(
    "file", metavar="[ANSWER.json | REQUEST.yaml]", required=False, type=click.Path(path_type=Path, allow_dash=True)
)
@click.option("--bundle", type=click.IntRange(min=1), default=1, metavar="N", help="The bundle of that rank (1).")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the files below this folder; without it they are listed.",
)
@click.option(
    "--only", multiple=True, metavar="NAME", help="Only this file, or the files of this folder (again for more)."
)
@click.option("--force", is_flag=True, help="Let files of --out take the place of what is there.")
@request_options
@machine_options
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print everything as JSON, the texts of the files too (rigfit schema emitted).",
)
@click.pass_context
def command(
    ctx: click.Context, /, file: Path | None, bundle: int, out: Path | None, only: tuple[str, ...], force: bool,
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Write the files and commands that make a bundle run: downloads, start scripts, settings, node packages.

    \b
    Examples:
      rigfit emit --preset photorealism --gpu "RTX 4070" --out my-images
      rigfit solve --preset video --gpu "RTX 4090" --json > answer.json && rigfit emit answer.json --out clips
      rigfit emit answer.json --bundle 2 --only comfyui --out clips --force

    Every script shows what it would do with DRY_RUN=1. Nothing that exists is replaced without --force.
    """
    if force and out is None:
        raise InputError("--force belongs to --out DIR")
    knowledge = knowledge_from(options["catalog_dir"])
    answer = _answer(file, bundle, options, knowledge)
    from rigfit.emit import emit, write
    from rigfit.emit.writing import chosen_files

    if not answer.bundles:
        click.echo(
            f"No bundle: {answer.explanation.summary}" if answer.status == "infeasible" else "Not decided.", err=True
        )
        ctx.exit(EXIT_NO_BUNDLE if answer.status == "infeasible" else EXIT_UNDECIDED)
    emitted = chosen_files(emit(answer, knowledge, bundle=bundle), only)
    written = write(emitted, out, force=force) if out is not None else ()
    if as_json:
        click.echo(emitted.model_dump_json(indent=2, by_alias=True))
        return
    from rigfit.cli.render.emitted import print_emitted

    print_emitted(emitted, out, len(written))


def _answer(file: Path | None, bundle: int, options: dict[str, Any], knowledge: Knowledge) -> Answer:
    """A saved answer, or that to a request.

    Raises:
        InputError: when both are given, or nothing is asked for.
    """
    if file is not None and (str(file) == "-" or file.suffix.lower() == ".json"):
        if options_given(options):
            raise InputError(
                "the answer says what was asked for and of which machine: give no request or machine beside it"
            )
        return read_answer(file)
    request = request_from(file, options, knowledge)
    if not request.tasks:
        raise click.UsageError(
            "nothing is asked for: give an answer, --preset NAME, --task TASK or a request file (rigfit presets)"
        )
    with pointing_into(file):
        machine = machine_from(request, options, knowledge)
        from rigfit.solve import solve

        return solve(request.model_copy(update={"top": max(bundle, 1)}), machine, knowledge)
