"""`rigfit verify`."""

from __future__ import annotations

from pathlib import Path

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.answers import read_document


@click.command("verify")
@click.argument("answer_file", metavar="ANSWER.json", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--exhaustive", is_flag=True, help="Also prove with a second engine that no better bundle exists.")
@click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path),
    help="The folder with your own entries, where the answer was made with one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, answer_file: Path, exhaustive: bool, catalog_dir: Path | None, as_json: bool) -> None:
    """Check a saved answer: every limit, every rule, every sum, with plain arithmetic and no solver.

    The answer is what `rigfit solve ... --json` printed. Exit code 0: all of it holds. 1: something does not; it was
    changed by hand, or the catalog has changed since. 3: everything holds, but the problem is too large to prove that
    no better bundle exists.
    """
    document = read_document(answer_file)
    from rigfit.errors import InputError
    from rigfit.explain.verify import verify
    from rigfit.knowledge import load_knowledge

    try:
        found = verify(document, load_knowledge(catalog_dir), exhaustive=exhaustive)
    except InputError as problem:
        raise InputError(problem.message, where=problem.where or str(answer_file)) from None
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.verification import print_verification

        print_verification(found)
    ctx.exit(EXIT_NO_BUNDLE if not found.holds else 0 if found.decided else EXIT_UNDECIDED)
