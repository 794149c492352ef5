"""`rigfit check`: will this workflow run on this machine, before anything is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit.cli import EXIT_INPUT, EXIT_NO_BUNDLE
from rigfit.cli.asking import knowledge_from, machine_from, machine_options
from rigfit.errors import InputError, RigfitError
from rigfit.schema.request import Confidence, Policies, Request

if TYPE_CHECKING:
    from rigfit.workflow.check import Checked

_MOST = 2000
_ENDINGS = (".json", ".png")


@click.command("check")
@click.argument("files", metavar="WORKFLOW.json...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--fix",
    "fixed_file",
    metavar="OUT.json",
    type=click.Path(path_type=Path),
    help="Write the workflow with the proposed files and loaders, and nothing else changed.",
)
@click.option("--force", is_flag=True, help="Overwrite OUT.json.")
@click.option("--commercial", is_flag=True, help="For commercial use: licences that forbid it count.")
@click.option("--revenue", type=click.IntRange(min=0), metavar="USD", help="Annual revenue, for licences with a cap.")
@click.option(
    "--confidence",
    type=click.Choice(["safe", "expected", "optimistic"]),
    default="safe",
    help="Which end of each estimate must fit.",
)
@click.option(
    "--prefer", metavar="PROFILE", help="How replacements are chosen: balanced (default), quality, speed, small."
)
@machine_options
@click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path),
    help="A folder with your own entries, layered over ours.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON (rigfit schema workflow), one line for each of several."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    fixed_file: Path | None,
    force: bool,
    commercial: bool,
    revenue: int | None,
    confidence: Confidence,
    prefer: str | None,
    catalog_dir: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Whether ComfyUI workflows run on a machine, what they need, and what could stand in for what does not fit.

    Both formats of ComfyUI, subgraphs included, and pictures that hold a workflow; a folder stands for the workflows in
    it. Without --gpu or --machine it is this computer.
    """
    paths = _workflows(files)
    if fixed_file is not None:
        if len(paths) > 1:
            raise click.UsageError("--fix takes one workflow")
        if fixed_file.exists() and not force:
            raise InputError("exists already: give another name, or --force", where=str(fixed_file))
    from rigfit.workflow.document import load

    first = load(paths[0]) if len(paths) == 1 else None  # what is no workflow is refused before anything else is read
    knowledge = knowledge_from(catalog_dir)
    if prefer is not None:
        from rigfit.knowledge.profiles import find_profile

        find_profile(prefer, knowledge)
    machine = machine_from(Request(), options, knowledge)
    policies = Policies(
        use="commercial" if commercial else "personal",
        revenue_usd=revenue,
        confidence=confidence,
        prefer=prefer or "balanced",
    )
    from rigfit.workflow.check import Checker

    checker, code = Checker(knowledge), 0
    for path in paths:
        try:
            checked = checker.check(first or load(path), machine, policies, folders=options["models_dirs"])
        except RigfitError as problem:
            if len(paths) == 1:
                raise
            click.echo(f"error: {problem}", err=True)
            code = EXIT_INPUT
            continue
        _print(checked, as_json, len(paths) > 1)
        if fixed_file is not None:
            _write(checked, fixed_file, as_json)
        code = max(code, 0 if checked.report.runs else EXIT_NO_BUNDLE)
    ctx.exit(code)


def _workflows(given: tuple[Path, ...]) -> list[Path]:
    """The files that are named, and those in folders that are."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix.lower() in _ENDINGS and one.is_file())
            if not inside:
                raise InputError("holds no workflows", where=str(path))
            found += inside
        else:
            found.append(path)
    if len(found) > _MOST:
        raise InputError(f"{len(found):,} workflows are more than {_MOST:,}")
    return found


def _print(checked: Checked, as_json: bool, several: bool) -> None:
    if as_json:
        click.echo(checked.report.model_dump_json(indent=None if several else 2, by_alias=True))
    else:
        from rigfit.cli.render.workflow import print_line, print_workflow

        (print_line if several else print_workflow)(checked.report)


def _write(checked: Checked, path: Path, as_json: bool) -> None:
    fixed = checked.fixed
    if not fixed.written:
        why = "; ".join(dict.fromkeys(why for _, why in fixed.blocked)) or "no file needs replacing, or none can be"
        click.echo(f"{path} was not written: {why}", err=True)
        return
    try:
        path.write_text(fixed.text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=str(path)) from None
    if not as_json:
        click.echo(f"{path} written: {len(fixed.written)} {'file' if len(fixed.written) == 1 else 'files'} replaced")
