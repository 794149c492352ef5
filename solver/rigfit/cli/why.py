"""`rigfit why`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.asking import knowledge_from, machine_options, pointing_into, request_options
from rigfit.cli.why_not import asked_about


@click.command("why")
@click.argument("name", metavar="MODEL[:VARIANT]")
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--answer",
    "answer_file",
    metavar="ANSWER.json",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Ask about a saved answer in place of a request.",
)
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema why).")
@click.pass_context
def command(
    ctx: click.Context, /, name: str, request_file: Path | None, answer_file: Path | None, as_json: bool, **options: Any
) -> None:
    """Show why a model is in the answer: its criteria, and what decided against the next one.

    \b
      rigfit why flux1-dev --preset photorealism --gpu "RTX 4070"
      rigfit why flux1-dev --answer answer.json

    Exit code 1 where it is not in the answer: `rigfit why-not` says why.
    """
    knowledge = knowledge_from(options["catalog_dir"])
    from rigfit.whatif.naming import target_from

    target, unsure = target_from(name, knowledge)
    request, machine, notes = asked_about(request_file, answer_file, options, knowledge)
    with pointing_into(request_file):
        from rigfit.whatif.asked import why

        found = why(request, machine, knowledge, target)
    found = found.model_copy(update={"notes": (*unsure, *notes)})
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.why import print_why

        print_why(found, machine)
    undecided = found.status == "undecided" and found.rank is None
    ctx.exit(EXIT_UNDECIDED if undecided else EXIT_NO_BUNDLE if found.rank is None else 0)
