"""`rigfit report`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rigfit.errors import InputError

if TYPE_CHECKING:
    from rigfit.batch.gains import Told


@click.command("report")
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--html", "page_file", metavar="FILE", type=click.Path(path_type=Path), help="Write a page, whole in one file."
)
@click.option("--overwrite", is_flag=True, help="Replace the page that is there.")
@click.option("--gains/--no-gains", default=True, help="What one relaxation would gain: decided anew (default).")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes (as many as there are cores).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema report).")
def command(
    results: Path, page_file: Path | None, overwrite: bool, gains: bool, workers: int | None, as_json: bool
) -> None:
    """Sum up the results of `rigfit batch`: coverage by tier, what stops a request, what would help.

    \b
      rigfit report results.parquet
      rigfit report results.parquet --html coverage.html

    Gains need the machines: they are looked up where the batch read them.
    """
    if page_file is not None and page_file.exists() and not overwrite:
        raise InputError(f"{page_file} is there already; --overwrite replaces it")
    from rigfit.batch.about import read_about
    from rigfit.batch.gains import decides
    from rigfit.batch.pool import Processes
    from rigfit.batch.report import report
    from rigfit.knowledge import load_knowledge

    if gains:
        about = read_about(results)
        knowledge = load_knowledge(Path(about.catalog) if about is not None and about.catalog else None)
        engine = Processes(workers or _cores(), decides)
        try:
            with _progress() as told:
                found = report(results, knowledge, engine, told)
        finally:
            engine.close()
    else:
        found = report(results)
    if page_file is not None:
        from rigfit.batch.html import page

        _write(page_file, page(found))
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    elif page_file is None:
        from rigfit.cli.render.report import print_report

        print_report(found)
    else:
        machines = f"{found.machines:,} machine{'s' if found.machines != 1 else ''}"
        click.echo(f"{page_file}: {machines}, {len(found.requests)} request{'s' if len(found.requests) != 1 else ''}")


def _cores() -> int:
    import os

    return os.cpu_count() or 1


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror or problem}", where=str(path)) from None


@contextmanager
def _progress() -> Iterator[Told | None]:
    """A bar on the terminal; nothing where the messages go elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("what relaxations gain", total=None)

        def told(done: int, of: int) -> None:
            bars.update(bar, completed=done, total=of)

        yield told
