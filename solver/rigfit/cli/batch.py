"""`rigfit batch`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from rigfit.cli import EXIT_NO_BUNDLE
from rigfit.cli.asking import knowledge_from

if TYPE_CHECKING:
    from rigfit.batch.files import Format
    from rigfit.batch.pool import Engine
    from rigfit.batch.run import Progress
    from rigfit.schema.batch import BatchSummary


@click.command("batch")
@click.option("--preset", "presets", multiple=True, metavar="NAME", help="A preset (again for more); 'all' for all.")
@click.option(
    "--request",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A request file (again for more).",
)
@click.option(
    "--machines",
    "machines",
    metavar="FILE|DIR|fleet:NAME",
    help="The fleet: .csv, .jsonl, .parquet, .yaml, a folder of machine files, or one of ours.",
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Results: .csv, .jsonl or .parquet.")
@click.option(
    "--check",
    "expected",
    metavar="EXPECTED.yaml",
    type=click.Path(path_type=Path),
    help="Compare with expected verdicts instead; exit code 1 where one differs.",
)
@click.option("--engine", "engine_name", type=click.Choice(["local", "ray"]), default="local", help="Where to work.")
@click.option(
    "--address", metavar="HOST:PORT", help="With --engine ray: the cluster (the one of RAY_ADDRESS, or here)."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes (as many as there are cores).")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@click.option("--overwrite", is_flag=True, help="Replace the results that are there.")
@click.option(
    "--catalog",
    "catalog_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A folder with your own entries, layered over ours.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON (rigfit schema batch).")
def command(
    presets: tuple[str, ...],
    files: tuple[Path, ...],
    machines: str | None,
    out: Path | None,
    expected: Path | None,
    engine_name: str,
    address: str | None,
    workers: int | None,
    resume: bool,
    overwrite: bool,
    catalog_dir: Path | None,
    as_json: bool,
) -> None:
    """Solve requests for every machine of a fleet: one row for each machine and request.

    \b
      rigfit batch --preset all --machines fleet.csv --out results.parquet
      rigfit batch --preset photorealism --request mine.yaml --machines computers/ --out results.csv
      rigfit batch --preset all --machines fleet:steam-2026-04 --out results.parquet
      rigfit batch --check expected.yaml

    A fleet in CSV has the columns gpu ('none'; two cards as "A; B"), ram, disk, os, vram, display, name and weight, of
    which only gpu is needed: what is empty is assumed. JSON lines hold the same fields or whole machine files. A
    machine that cannot be read is a row that says why. Stopped at any moment, --resume finishes the same file.
    """
    if address is not None and engine_name != "ray":
        raise click.UsageError("--address is of a Ray cluster: add --engine ray")
    if expected is not None:
        if machines is not None or out is not None or presets:
            raise click.UsageError(
                "--check takes machines and presets from its file; --machines, --out and --preset go"
            )
        _check(expected, files, _engine(engine_name, address, workers), catalog_dir, as_json=as_json)
        return
    if machines is None or out is None:
        raise click.UsageError(f"{'--machines' if machines is None else '--out'} is missing")
    form = _format(out)
    knowledge = knowledge_from(catalog_dir)
    from rigfit.batch.about import about_path, write_about
    from rigfit.batch.asked import asked
    from rigfit.batch.run import Batch, run
    from rigfit.knowledge.fleets import fleet_path

    fleet = fleet_path(machines, catalog_dir)
    batch = Batch(asked(presets, files, knowledge), fleet, out, form, catalog_dir)
    engine = _engine(engine_name, address, workers)
    try:
        with progress() as shown:
            summary = run(batch, knowledge, engine, resume=resume, overwrite=overwrite, progress=shown)
    except KeyboardInterrupt:
        click.echo(f"stopped; --resume goes on with {out.name}.partial", err=True)
        raise
    finally:
        engine.close()
    if summary is not None or not about_path(out).exists():
        write_about(batch, knowledge)
    if summary is None:
        click.echo(f"{out} is there and complete: nothing was left to do (--overwrite does it anew)", err=True)
    elif as_json:
        click.echo(summary.model_dump_json(indent=2, by_alias=True))
    else:
        _print(summary)


def _engine(name: str, address: str | None, workers: int | None) -> Engine:
    if name == "ray":
        from rigfit.batch.ray import RayEngine

        if workers is not None:
            raise click.UsageError("--workers is for this computer; a Ray cluster has its own")
        return RayEngine(address)
    from rigfit.batch.pool import Local

    return Local(workers)


def _check(expected: Path, files: tuple[Path, ...], engine: Engine, catalog_dir: Path | None, *, as_json: bool) -> None:
    from rigfit.batch.expected import check

    try:
        with progress() as shown:
            found = check(expected, files, knowledge_from(catalog_dir), engine, catalog_dir, shown)
    finally:
        engine.close()
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.expected import print_check

        print_check(found)
    click.get_current_context().exit(EXIT_NO_BUNDLE if found.mismatches else 0)


def _format(out: Path) -> Format:
    from rigfit.batch.files import FORMATS

    form = FORMATS.get(out.suffix.lower())
    if form is None:
        raise click.UsageError(f"--out {out.name}: results end in {', '.join(FORMATS)}")
    if form == "parquet":
        from rigfit.batch.parquet import pyarrow

        pyarrow()  # what is missing is said before the work, not after it
    return form


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Bars with rate and time left on the terminal; nothing where the messages go elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rigfit.cli.render.progress import Bars

    with Bars() as bars:
        yield bars


def _print(summary: BatchSummary) -> None:
    from rich.table import Table

    from rigfit.cli.render.console import page
    from rigfit.schema.batch import Verdict

    verdicts = get_args(Verdict)
    found = {(one.request, one.verdict): one for one in summary.verdicts}
    shown = [name for name in verdicts if any((request, name) in found for request in summary.requests)]
    table = Table(box=None, pad_edge=False, title=None)
    table.add_column("share of machines")
    for name in shown:
        table.add_column(name, justify="right")
    for request in summary.requests:
        total = sum(one.weight for one in summary.verdicts if one.request == request)
        cells = [found.get((request, name)) for name in shown]
        table.add_row(request, *(f"{100 * c.weight / total:.1f} %" if c and total else "" for c in cells))
    plural = "s" if len(summary.requests) != 1 else ""
    machines = f"{summary.machines:,} machine{'s' if summary.machines != 1 else ''}"
    rows = f"{summary.rows:,} row{'s' if summary.rows != 1 else ''}"
    lines = [f"{rows}: {machines}, {len(summary.requests)} request{plural}"]
    if summary.resumed:
        lines.append(f"{summary.resumed:,} of them by an earlier run")
    if summary.invalid:
        few = summary.invalid == 1
        lines.append(
            f"{summary.invalid:,} machine{'' if few else 's'} could not be read: "
            f"{'its row says' if few else 'their rows say'} why"
        )
    with page() as out:
        out.print(table)
        out.print("\n".join(["", *lines, summary.out]), soft_wrap=True)
