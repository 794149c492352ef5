"""`rigfit cost`."""

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


@click.command("cost")
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--per-month",
    "--images-per-month",
    type=click.IntRange(1, 10**9),
    metavar="N",
    help="Results of each task a month.",
)
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="light, moderate, heavy or professional.")
@click.option(
    "--prices", type=click.Path(path_type=Path), metavar="FILE", help="Your own prices (rigfit schema prices)."
)
@click.option("--hardware", type=Dollars(), help="What the hardware costs, in place of its cards' prices.")
@click.option("--owned", is_flag=True, help="The hardware is there anyway: only electricity counts.")
@click.option("--watts", type=click.IntRange(1, 100_000), help="What the computer draws while it works.")
@click.option("--months", type=click.IntRange(1, 1200), help="Months over which the hardware is spread (36).")
@click.option("--service", metavar="NAME", help="Compare with this service only (rigfit catalog list cloud).")
@click.option("--cloud-price", type=Dollars(), help="Of one result elsewhere, in place of the catalog's.")
@plot_options
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema cost).")
@click.pass_context
def command(ctx: click.Context, /, request_file: Path | None, as_json: bool, **options: Any) -> None:
    """What a request costs here (hardware, electricity) and elsewhere, and when the one has paid for the other.

    \b
    Examples:
      rigfit cost --preset photorealism --gpu "RTX 4070"
      rigfit cost --preset video --gpu "RTX 4090" --per-month 300
      rigfit cost --task image_generation --gpu "RTX 3060 12GB" --owned --scenario heavy

    The local side is the best bundle of `rigfit solve`. Every number that goes in is printed with its source and date.
    """
    check_plot(options["plot_file"], force=options["force"])
    knowledge = knowledge_from(options["catalog_dir"])
    request = request_from(request_file, options, knowledge)
    if not request.tasks:
        raise click.UsageError(
            "nothing is asked for: give --preset NAME, --task TASK or a request file (rigfit presets)"
        )
    if options["per_month"] is not None and options["monthly_volume"] is not None:
        raise InputError("--per-month and --monthly-volume say the same: give one of them")
    from rigfit.cost import asked_of, compare_costs
    from rigfit.machine.prices import load_prices

    stated = ("per_month", "scenarios", "hardware", "owned", "watts", "months", "service", "cloud_price")
    prices = load_prices(options["prices"], knowledge)
    asked = asked_of(request, knowledge, prices, **{name: options[name] for name in stated})
    with pointing_into(request_file):
        machine = machine_from(request, options, knowledge)
        report = compare_costs(request, machine, knowledge, asked)
    if as_json:
        click.echo(report.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.cost import print_cost

        print_cost(report, knowledge)

    def draw() -> Figure:
        from rigfit.plot.cost import figure

        return figure(report)

    write_plot(options["plot_file"], draw)
    ctx.exit({"optimal": 0, "infeasible": EXIT_NO_BUNDLE, "undecided": EXIT_UNDECIDED}[report.status])
