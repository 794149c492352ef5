"""`rigfit catalog`: list, show, check and extend what is known."""

from __future__ import annotations

import click

from rigfit.cli.catalog.check import coverage, validate
from rigfit.cli.catalog.listing import list_
from rigfit.cli.catalog.new import new
from rigfit.cli.catalog.show import show

__all__ = ["command"]


@click.group("catalog")
def command() -> None:
    """List, show, check and extend models, cards, runtimes and the rest."""


for _one in (list_, show, validate, coverage, new):
    command.add_command(_one)
