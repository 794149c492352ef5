"""`rigfit diff`."""

from __future__ import annotations

from pathlib import Path

import click

from rigfit.cli.answers import read_answer


@click.command("diff")
@click.argument("first_file", metavar="ANSWER1.json", type=click.Path(path_type=Path, allow_dash=True))
@click.argument(
    "second_file", metavar="[ANSWER2.json]", required=False, type=click.Path(path_type=Path, allow_dash=True)
)
@click.option("--bundle", type=click.IntRange(1, 50), help="Which bundle of the first answer (1).")
@click.option("--other", type=click.IntRange(1, 50), help="Which bundle of the second one (1; of one answer: 2).")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def command(first_file: Path, second_file: Path | None, bundle: int | None, other: int | None, as_json: bool) -> None:
    """Show how two answers differ: models, variants, placement, quality, time, memory, files, and the inputs.

    The answers are what `rigfit solve ... --json` printed: for two machines, two requests, two versions of the
    catalog. With one file its first two bundles are compared.
    """
    first = read_answer(first_file)
    second = first if second_file is None else read_answer(second_file)
    from rigfit.explain.diff import difference

    found = difference(first, second, rank=bundle or 1, other=other or (2 if second_file is None else 1))
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.difference import print_difference

        print_difference(found)
