"""The quality ladder of a task: what each model is worth, who says so, and in which variant it is best."""

from __future__ import annotations

from typing import Any

import click

from rigfit.candidates.variants import retention
from rigfit.estimate.pipeline import Part
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Model

_MAIN = ("denoiser", "denoiser_high", "llm")


def ladder(task: str, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Every model that serves a task, best first; equals by id."""
    models = [model for model in knowledge.catalog.models if task in model.serves]
    models.sort(key=lambda model: (-model.serves[task].quality.value, model.id))
    rungs = []
    for model in models:
        fact = model.serves[task].quality
        variant, kept = _best(model, knowledge)
        rungs.append(
            {
                "model": model.id,
                "quality": fact.value / 100,
                "source": fact.source,
                "basis": str(fact.basis),
                "best_variant": variant,
                "kept": kept / 1000,
                **({"note": fact.note} if fact.note else {}),
            }
        )
    return rungs


def _best(model: Model, knowledge: Knowledge) -> tuple[str, int]:
    """The variant of the main network that keeps most quality, and what it keeps in permille."""
    components: dict[str, Component] = knowledge.index("components")
    role = next((role for role in _MAIN if role in model.components), min(model.components))
    component = components[model.components[role]]
    kept = {v.key: retention(Part(role, component, v, 0, False), knowledge) for v in component.variants}
    best = max(sorted(kept), key=lambda key: kept[key])
    return best, kept[best]


def print_ladder(task: str, rungs: list[dict[str, Any]]) -> None:
    """One line a model."""
    from rich.table import Table

    from rigfit.cli.render.console import console

    if not rungs:
        click.echo(f"no model serves {task}")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "quality", "basis", "source", "best variant", "keeps"):
        table.add_column(heading, no_wrap=True, justify="right" if heading in ("quality", "keeps") else "left")
    for rung in rungs:
        quality, kept = f"{rung['quality']:g}", f"{rung['kept']:.3f}"
        table.add_row(rung["model"], quality, rung["basis"], rung["source"], rung["best_variant"], kept)
    console().print(table)
