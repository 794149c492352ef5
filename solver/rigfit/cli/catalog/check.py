"""`rigfit catalog validate` and `rigfit catalog coverage`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rigfit.cli.asking import knowledge_from
from rigfit.cli.catalog.common import PARTS, catalog_option, json_option

if TYPE_CHECKING:
    from rigfit.knowledge.coverage import Report


@click.command("validate")
@json_option
@catalog_option
@click.pass_context
def validate(ctx: click.Context, as_json: bool, catalog_dir: Path | None) -> None:
    """Check every file, reference and entry: one line for each problem, with file, line, field and fix.

    A file that does not load at all is named first and alone.
    """
    from dataclasses import asdict

    from rigfit.checks import problems
    from rigfit.knowledge import load_knowledge

    knowledge = load_knowledge(catalog_dir, use_cache=False)
    found = problems(knowledge, catalog_dir)
    counts = {part: len(knowledge.index(part)) for part in PARTS}
    if as_json:
        click.echo(json.dumps({"counts": counts, "problems": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            click.echo(str(one))
        listed = ", ".join(f"{count} {part.replace('_', ' ')}" for part, count in counts.items() if count)
        click.echo(f"{len(found)} problem{'s' * (len(found) != 1)} in {listed}" if found else f"valid: {listed}")
    if found:
        ctx.exit(2)


@click.command("coverage")
@json_option
@catalog_option
@click.pass_context
def coverage(ctx: click.Context, as_json: bool, catalog_dir: Path | None) -> None:
    """What each source document names: covered, left out with the reason, missing; and the share of published use."""
    from rigfit.knowledge.coverage import report

    found = report(knowledge_from(catalog_dir))
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], indent=2))
    else:
        for one in found:
            _print(one)
    if any(one.missing for one in found):
        ctx.exit(2)


def _as_json(one: Report) -> dict[str, object]:
    return {
        "document": one.document,
        "title": one.title,
        "named": one.named,
        "covered": [{"name": entry.name, "entry": list(entry.entry)} for entry in one.covered],
        "left_out": [{"name": entry.name, "reason": entry.left_out} for entry in one.left_out],
        "missing": [{"name": lost.name, "entry": lost.entry, "where": lost.where} for lost in one.missing],
        **({"use": one.use, "use_covered": one.use_covered, "share": round(one.share, 4)} if one.by_use else {}),
    }


def _print(one: Report) -> None:
    click.echo(f"{one.document} · {one.title}")
    left, lost = len(one.left_out), len(one.missing)
    click.echo(f"  {one.named} named, {len(one.covered)} covered, {left} left out, {lost or 'nothing'} missing")
    if one.by_use:
        click.echo(f"  {one.share:.1%} of the use is covered ({one.use_covered:,} of {one.use:,})")
    for entry in one.left_out:
        click.echo(f"  left out: {entry.name}: {entry.left_out}")
    for absent in one.missing:
        click.echo(f"  MISSING: {absent.name}: no entry {absent.entry!r} ({absent.where}){absent.hint}")
