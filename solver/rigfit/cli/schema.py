"""`rigfit schema`: JSON Schemas of the documents."""

from __future__ import annotations

import json
from importlib import import_module

import click

from rigfit.errors import unknown

_DOCUMENTS = {
    "answer": ("rigfit.schema.answer", "Answer"),
    "request": ("rigfit.schema.request", "Request"),
    "flow": ("rigfit.schema.flow", "Flow"),
    "wizard": ("rigfit.schema.wizard", "WizardReport"),
    "why": ("rigfit.schema.why", "Why"),
    "why-not": ("rigfit.schema.why", "WhyNot"),
    "whatif": ("rigfit.schema.whatif", "WhatIf"),
    "upgrade": ("rigfit.schema.upgrade", "Upgrade"),
    "cost": ("rigfit.schema.cost", "CostReport"),
    "prices": ("rigfit.schema.prices", "PriceFile"),
    "emitted": ("rigfit.schema.emitted", "Emitted"),
    "verification": ("rigfit.schema.verification", "Verification"),
    "difference": ("rigfit.schema.difference", "Difference"),
    "batch": ("rigfit.schema.batch", "BatchSummary"),
    "batch-row": ("rigfit.schema.batch", "Row"),
    "batch-about": ("rigfit.schema.report", "About"),
    "report": ("rigfit.schema.report", "Report"),
    "expected": ("rigfit.schema.expected", "ExpectedFile"),
    "check": ("rigfit.schema.expected", "CheckReport"),
    "workflow": ("rigfit.schema.workflow", "WorkflowReport"),
    "fleet": ("rigfit.schema.fleet", "FleetFile"),
    "case": ("rigfit.schema.case", "CaseIn"),
    "case-answer": ("rigfit.schema.case", "CaseOut"),
    "nodes": ("rigfit.schema.nodes", "NodePlan"),
    "hardware": ("rigfit.schema.hardware", "HardwareReport"),
    "machine": ("rigfit.schema.machine", "Machine"),
    "storage": ("rigfit.schema.storage", "StorageReport"),
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
