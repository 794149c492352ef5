"""`rigfit presets`: list them, or print one as a request file to edit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rigfit.cli.asking import knowledge_from
from rigfit.errors import unknown
from rigfit.schema.catalog import Preset
from rigfit.units import format_memory


@click.command("presets")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--storage", is_flag=True, help="What each takes on the disk of a machine of its tier, and all together.")
@click.option("--catalog", "catalog_dir", type=click.Path(path_type=Path), help="A folder with your own entries.")
def command(name: str | None, as_json: bool, storage: bool, catalog_dir: Path | None) -> None:
    """List the presets; with NAME print that one as a request file (save it, edit it, solve it)."""
    knowledge = knowledge_from(catalog_dir)
    presets: dict[str, Preset] = knowledge.index("presets")
    if storage:
        if name is not None and name not in presets:
            raise unknown("preset", name, presets, more=" (rigfit presets lists them)")
        from rigfit.preset_storage import storage_report

        report = storage_report([*presets.values()] if name is None else [presets[name]], knowledge)
        if as_json:
            click.echo(report.model_dump_json(by_alias=True, indent=2))
            return
        from rigfit.cli.render.storage import print_storage

        print_storage(report, knowledge)
        return
    if name is None:
        if as_json:
            click.echo(json.dumps([p.model_dump(mode="json", by_alias=True) for p in presets.values()], indent=2))
            return
        from rich.table import Table

        from rigfit.cli.render.console import console

        table = Table(box=None, pad_edge=False)
        for heading in ("preset", "from", "what it is for"):
            table.add_column(heading, no_wrap=heading != "what it is for")
        for preset in sorted(presets.values(), key=lambda p: p.tier.value):
            table.add_row(preset.id, format_memory(preset.tier.value), preset.description)
        console().print(table)
        return
    if name not in presets:
        raise unknown("preset", name, presets, more=" (rigfit presets lists them)")
    content: dict[str, Any] = presets[name].request.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content = {"schema": "rigfit.request/1", **content, "preset": name}
    if as_json:
        click.echo(json.dumps(content, indent=2))
        return
    import yaml

    click.echo(f"# The preset {name} as a request file: edit it, then `rigfit solve FILE`.")
    click.echo(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100), nl=False)
