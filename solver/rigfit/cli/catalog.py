"""`rigfit catalog`: list, show and check what is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rigfit.cli.asking import knowledge_from
from rigfit.errors import unknown
from rigfit.schema.base import Fact, Strict
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

_PARTS = [
    name for shape in (CatalogFile, RulesFile) for name in shape.model_fields if name != "settings"
]  # fmt: skip
_dir = click.option("--catalog", "catalog_dir", type=click.Path(path_type=Path), help="A folder with your own entries.")


@click.group("catalog")
def command() -> None:
    """List, show and check models, cards, runtimes and the rest."""


@command.command("list")
@click.argument("what", default="models")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_dir
def list_(what: str, as_json: bool, catalog_dir: Path | None) -> None:
    """List the ids of one collection: models (default), components, addons, runtimes, nodes, gpus, rules, ..."""
    if what not in _PARTS:
        raise unknown("collection", what, _PARTS, more=f" (known: {', '.join(_PARTS)})")
    entries = knowledge_from(catalog_dir).index(what)
    if as_json:
        click.echo(json.dumps([_dump(entry) for entry in entries.values()], indent=2))
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


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_dir
def show(name: str, as_json: bool, catalog_dir: Path | None) -> None:
    """Show everything known under an id, with sources and where it is written."""
    knowledge = knowledge_from(catalog_dir)
    found = [(part, knowledge.index(part)[name]) for part in _PARTS if name in knowledge.index(part)]
    if not found:
        aliases = {
            alias: entry.id
            for part in _PARTS
            for entry in knowledge.index(part).values()
            for alias in getattr(entry, "aliases", ())
        }
        if name in aliases:
            name = aliases[name]
            found = [(part, knowledge.index(part)[name]) for part in _PARTS if name in knowledge.index(part)]
        else:
            raise unknown("entry", name, [*(key for part in _PARTS for key in knowledge.index(part)), *aliases])
    if as_json:
        click.echo(json.dumps([{"collection": part, **_dump(entry)} for part, entry in found], indent=2))
        return
    for part, entry in found:
        click.echo(f"# {part.rstrip('s')} · {entry.origin}")
        _print(_readable(entry), 0)


@command.command("validate")
@_dir
def validate(catalog_dir: Path | None) -> None:
    """Check every file, reference and entry; the first mistake is named with file, line and field."""
    from rigfit.knowledge import load_knowledge

    knowledge = load_knowledge(catalog_dir, use_cache=False)
    counts = {part: len(knowledge.index(part)) for part in _PARTS}
    click.echo("valid: " + ", ".join(f"{count} {part.replace('_', ' ')}" for part, count in counts.items() if count))


def _dump(entry: Strict) -> dict[str, Any]:
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _readable(value: Any) -> Any:
    """Facts on one line, the rest as nested mappings."""
    if isinstance(value, Fact):
        more = "".join(f", {text}" for text in (value.scope, value.note) if text)
        return f"{value.value:,} {value.unit}  [{value.source}, {value.basis}{more}]"
    if isinstance(value, Strict):
        content = {n: getattr(value, n) for n in type(value).model_fields if n in value.model_fields_set}
        return {name: _readable(item) for name, item in content.items()}
    if isinstance(value, dict):
        return {str(key): _readable(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_readable(item) for item in value]
    return value


def _print(value: Any, depth: int) -> None:
    pad = "  " * depth
    for key, item in value.items():
        if isinstance(item, dict):
            click.echo(f"{pad}{key}:")
            _print(item, depth + 1)
        elif isinstance(item, list) and any(isinstance(one, dict) for one in item):
            click.echo(f"{pad}{key}:")
            for one in item:
                click.echo(f"{pad}  -")
                _print(one, depth + 2)
        else:
            shown = ", ".join(str(one) for one in item) if isinstance(item, list) else item
            click.echo(f"{pad}{key}: {shown}")
