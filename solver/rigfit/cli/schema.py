"""`rigfit schema`: JSON Schemas of the documents."""

from __future__ import annotations

import json
from importlib import import_module

import click

from rigfit.errors import unknown

_DOCUMENTS = {
    "answer": ("rigfit.schema.answer", "Answer"),
    "request": ("rigfit.schema.request", "Request"),
    "hardware": ("rigfit.schema.hardware", "HardwareReport"),
    "machine": ("rigfit.schema.machine", "Machine"),
    "catalog": ("rigfit.schema.catalog", "CatalogFile"),
    "rules": ("rigfit.schema.rules", "RulesFile"),
}


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema of a document: answer, request, machine, hardware, catalog or rules."""
    if name is None:
        click.echo("\n".join(_DOCUMENTS))
        return
    if name not in _DOCUMENTS:
        raise unknown("document", name, _DOCUMENTS)
    module, shape = _DOCUMENTS[name]
    from rigfit.schema.described import json_schema

    click.echo(json.dumps(json_schema(getattr(import_module(module), shape)), indent=2))
