"""What the catalog's commands share."""

from __future__ import annotations

from pathlib import Path

import click

from rigfit.knowledge.entries import PARTS, amount, dump, find

catalog_option = click.option(
    "--catalog", "catalog_dir", type=click.Path(path_type=Path), help="A folder with your own entries."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

__all__ = ["PARTS", "amount", "catalog_option", "dump", "find", "json_option"]
