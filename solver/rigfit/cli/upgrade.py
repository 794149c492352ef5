"""`rigfit upgrade`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.asking import (
    Dollars,
    knowledge_from,
    machine_from,
    machine_options,
    pointing_into,
    request_from,
    request_options,
)
from rigfit.cli.plotting import check_plot, plot_options, write_plot
from rigfit.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@click.command("upgrade")
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@click.option("--to", "to", metavar="CARD,...", help="Only these cards, with or without a price.")
@click.option(
    "--prices", type=click.Path(path_type=Path), metavar="FILE", help="Your own prices (rigfit schema prices)."
)
@click.option("--budget", type=Dollars(), help="Nothing that costs more.")
@click.option(
    "--since", type=click.IntRange(1990, 2999), metavar="YEAR",
    help="Cards released from then on (six years up to the newest).",
)  # fmt: skip
@click.option("--all", "show_all", is_flag=True, help="Show what is not worth its price too.")
@plot_options
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema upgrade).")
@click.pass_context
def command(ctx: click.Context, /, request_file: Path | None, show_all: bool, as_json: bool, **options: Any) -> None:
    """Price one change of card, RAM or disk, and what it would bring in points, seconds and models.

    \b
      rigfit upgrade --preset video --gpu "RTX 3060 12GB" --ram 32GB
      rigfit upgrade --preset video --gpu "RTX 4070" --to "RTX 4090,RTX 5090,RX 7900 XTX"
      rigfit upgrade --preset photorealism --prices my-prices.yaml --budget 600

    Prices are those cards were announced for, each with its date; your own file takes their place. The rest of the
    machine stays as it is: neither its power supply nor its slots are looked at.
    """
    check_plot(options["plot_file"], force=options["force"])
    names = [name.strip() for name in (options["to"] or "").split(",") if name.strip()]
    if options["to"] is not None and not names:
        raise InputError('--to names no card; write it like --to "RTX 4090,RTX 5090"')
    if names and options["since"] is not None:
        raise InputError("--to and --since exclude each other")
    knowledge = knowledge_from(options["catalog_dir"])
    request = request_from(request_file, options, knowledge)
    if not request.tasks:
        raise click.UsageError(
            "nothing is asked for: give --preset NAME, --task TASK or a request file (rigfit presets)"
        )
    from rigfit.machine.prices import load_prices

    prices = load_prices(options["prices"], knowledge)
    with pointing_into(request_file):
        machine = machine_from(request, options, knowledge)
        from rigfit.whatif.upgrade import upgrade

        since = None if options["since"] is None else f"{options['since']}-01-01"
        found = upgrade(request, machine, knowledge, prices, to=names, since=since, budget=options["budget"])
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.upgrade import print_upgrade

        print_upgrade(found, knowledge, everything=show_all or bool(names))

    def draw() -> Figure:
        from rigfit.plot.upgrade import figure

        return figure(found)

    write_plot(options["plot_file"], draw)
    verdicts = {outcome.status for outcome in found.outcomes}
    ctx.exit(0 if "optimal" in verdicts else EXIT_UNDECIDED if "undecided" in verdicts else EXIT_NO_BUNDLE)
