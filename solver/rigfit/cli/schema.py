"""`rigfit schema`: JSON Schemas of the documents."""

from __future__ import annotations

import json
from importlib import import_module

import click

from rigfit.errors import unknown
from rigfit.schema.documents import DOCUMENTS


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema of a document: answer, request, machine, hardware, catalog or rules."""
    if name is None:
        click.echo("\n".join(DOCUMENTS))
        return
    if name not in DOCUMENTS:
        raise unknown("document", name, DOCUMENTS)
    module, shape = DOCUMENTS[name]
    from rigfit.schema.described import json_schema

    click.echo(json.dumps(json_schema(getattr(import_module(module), shape)), indent=2))
