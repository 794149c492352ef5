"""`rigfit catalog show`: an entry, where its facts come from, or the quality ladder of a task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rigfit.cli.asking import knowledge_from
from rigfit.cli.catalog.common import amount, catalog_option, dump, find, json_option
from rigfit.errors import unknown
from rigfit.schema.base import Fact, Strict


@click.command("show")
@click.argument("name", required=False)
@click.option("--sources", is_flag=True, help="Every fact with the source it comes from, and the claims that lost.")
@click.option("--quality", "task", metavar="TASK", help="The base quality of every model at a task, best first.")
@json_option
@catalog_option
def show(name: str | None, sources: bool, task: str | None, as_json: bool, catalog_dir: Path | None) -> None:
    """Show everything known under an id, with sources and where it is written."""
    if task is not None:
        if name is not None or sources:
            raise click.UsageError("--quality shows all models of a task: give it without NAME and --sources")
        _show_quality(task, as_json, catalog_dir)
        return
    if name is None:
        raise click.UsageError("missing argument 'NAME' (or give --quality TASK)")
    knowledge = knowledge_from(catalog_dir)
    found = find(knowledge, name)
    if sources:
        from rigfit.knowledge.provenance import provenance

        content = [provenance(part, entry, knowledge) for part, entry in found]
        if as_json:
            click.echo(json.dumps(content, indent=2))
        else:
            _print_provenance(content)
        return
    if as_json:
        click.echo(json.dumps([{"collection": part, **dump(entry)} for part, entry in found], indent=2))
        return
    for part, entry in found:
        click.echo(f"# {part.rstrip('s')} · {entry.origin}")
        _print(_readable(entry), 0)


def _show_quality(task: str, as_json: bool, catalog_dir: Path | None) -> None:
    from rigfit.cli.catalog.quality import ladder, print_ladder

    knowledge = knowledge_from(catalog_dir)
    if task not in knowledge.index("tasks"):
        raise unknown("task", task, knowledge.index("tasks"))
    rungs = ladder(task, knowledge)
    if as_json:
        click.echo(json.dumps(rungs, indent=2))
    else:
        print_ladder(task, rungs)


def _readable(value: Any) -> Any:
    """Facts on one line, the rest as nested mappings."""
    if isinstance(value, Fact):
        more = "".join(f", {text}" for text in (value.scope, value.note) if text)
        return f"{amount(value)}  [{value.source}, {value.basis}{more}]"
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


def _print_provenance(content: list[dict[str, Any]]) -> None:
    """Facts, then the claims that lost, then the sources."""
    for one in content:
        click.echo(f"# {one['collection'].rstrip('s')} {one['id']} · {one['origin']}")
        for fact in one["facts"]:
            more = "".join(f"; {fact[name]}" for name in ("scope", "date", "note") if name in fact)
            basis = f", {fact['basis']}" if "basis" in fact else ""
            where = fact["field"] if fact["entry"] == one["id"] else f"{fact['entry']}: {fact['field']}"
            click.echo(f"{where}: {fact['value']}  [{fact['source']}{basis}{more}]")
        if one["disputed"]:
            click.echo("claims that are not taken:")
        for claim in one["disputed"]:
            click.echo(f"  {claim['source']} says: {claim['says']}")
            click.echo(f"    but: {claim['why_not']}")
        click.echo("sources:")
        for source in one["sources"]:
            more = ", ".join(source[name] for name in ("kind", "date", "url", "document") if name in source)
            click.echo(f"  {source['id']}: {source['title']} ({more})")
