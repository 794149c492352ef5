"""`rigfit solve`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.asking import (
    knowledge_from,
    machine_from,
    machine_options,
    pointing_into,
    request_from,
    request_options,
)


@click.command("solve")
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@request_options
@machine_options
@click.option("--prove", is_flag=True, help="Where nothing fits: solve again what the explanation claims.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole answer as JSON.")
@click.pass_context
def command(ctx: click.Context, /, request_file: Path | None, prove: bool, as_json: bool, **options: Any) -> None:
    """Find the best bundles for a request on a machine.

    Without --gpu or --machine it is this computer. A bundle is a model in fitting variants for each task, with the
    runtime, placement, node packages and files it takes, and the reasons.
    """
    knowledge = knowledge_from(options["catalog_dir"])
    request = request_from(request_file, options, knowledge)
    if not request.tasks:
        raise click.UsageError(
            "nothing is asked for: give --preset NAME, --task TASK or a request file (rigfit presets)"
        )
    with pointing_into(request_file):
        machine = machine_from(request, options, knowledge)
        from rigfit.solve import solve

        answer = solve(request, machine, knowledge, prove=prove)
    if as_json:
        click.echo(answer.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.answer import print_answer

        print_answer(answer, knowledge)
    ctx.exit({"optimal": 0, "infeasible": EXIT_NO_BUNDLE, "undecided": EXIT_UNDECIDED}[answer.status])
