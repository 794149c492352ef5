"""`rigfit catalog list`: the ids of one collection."""

from __future__ import annotations

import json
from pathlib import Path

import click

from rigfit.cli.asking import knowledge_from
from rigfit.cli.catalog.common import PARTS, catalog_option, dump, json_option
from rigfit.errors import unknown


@click.command("list")
@click.argument("what", default="models")
@json_option
@catalog_option
def list_(what: str, as_json: bool, catalog_dir: Path | None) -> None:
    """List the ids of one collection: models (default), components, addons, runtimes, nodes, gpus, rules, ..."""
    if what not in PARTS:
        raise unknown("collection", what, PARTS, more=f" (known: {', '.join(PARTS)})")
    entries = knowledge_from(catalog_dir).index(what)
    if as_json:
        click.echo(json.dumps([dump(entry) for entry in entries.values()], indent=2))
        return
    from rich.table import Table

    from rigfit.cli.render.console import console

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    for key, entry in entries.items():
        detail = getattr(entry, "title", "")
        if what == "models":
            detail += f"  ({', '.join(entry.serves)})"
        table.add_row(key, detail)
    console().print(table)
