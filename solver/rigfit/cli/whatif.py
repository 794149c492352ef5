"""`rigfit whatif`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit import units
from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.asking import (
    knowledge_from,
    machine_from,
    machine_options,
    machine_stated,
    pointing_into,
    request_from,
    request_options,
)
from rigfit.cli.plotting import check_plot, plot_options, write_plot
from rigfit.errors import unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rigfit.whatif.sweep import Range

_RESOURCES = ("vram", "ram", "disk")


class Varying(click.ParamType[Any]):
    """A resource and a range, like vram=4GB..48GB."""

    name = "RESOURCE=FROM..TO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Range:
        """Read it."""
        from rigfit.whatif.sweep import Range

        resource, equals, span = str(value).partition("=")
        low, dots, high = span.partition("..")
        resource = resource.strip().lower()
        if not equals or not dots:
            shown = str(value) if len(str(value)) <= 40 else str(value)[:37] + "..."
            self.fail(f"{shown!r} is not a range; write it like vram=4GB..48GB", param, ctx)
        if resource not in _RESOURCES:
            raise unknown("resource", resource, _RESOURCES, more=f"; known: {', '.join(_RESOURCES)}")
        if re.fullmatch(r"\s*[0-9.]+\s*", low) and (unit := re.search(r"[A-Za-z]+\s*$", high)):
            low = f"{low.strip()}{unit.group().strip()}"  # "4..48GB" means GB at both ends
        try:
            ends = [units.parse_bytes(end.strip(), memory=resource != "disk") for end in (low, high)]
        except units.UnitError as problem:
            self.fail(str(problem), param, ctx)
        return Range(resource, ends[0], ends[1])  # type: ignore[arg-type]


@click.command("whatif")
@click.argument("request_file", metavar="[REQUEST.yaml]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--vary", "ranges", multiple=True, type=Varying(), help="Vary vram, ram or disk; given twice it makes a map."
)
@click.option("--gpu-list", metavar="A,B,...", help="Compare with these cards in place of the one there is.")
@click.option("--exact", is_flag=True, help="Cut a map into exact regions too (with --json).")
@click.option("--all", "everything", is_flag=True, help="List every step, however small.")
@plot_options
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema whatif).")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    request_file: Path | None,
    ranges: tuple[Range, ...],
    gpu_list: str | None,
    exact: bool,
    everything: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Show how the best bundle changes with memory, disk or another card.

    \b
      rigfit whatif --preset photorealism --gpu "RTX 4070" --vary vram=4GB..48GB
      rigfit whatif --preset video --gpu "RTX 4070" --vary vram=8GB..32GB --vary ram=16GB..64GB
      rigfit whatif --preset video --gpu "RTX 3060" --gpu-list "RTX 4070,RTX 4090,RX 7900 XTX"

    Along one resource every step is exact: with one MiB less the answer is the one before. Amounts are what one buys;
    what the system keeps of them is taken off. Without --gpu or --machine the computer is this one.
    """
    check_plot(options["plot_file"], force=options["force"])
    names = [name.strip() for name in (gpu_list or "").split(",") if name.strip()]
    if not ranges and not names:
        raise click.UsageError("nothing varies: give --vary vram=4GB..48GB or --gpu-list A,B")
    knowledge = knowledge_from(options["catalog_dir"])
    request = request_from(request_file, options, knowledge)
    if not request.tasks:
        raise click.UsageError(
            "nothing is asked for: give --preset NAME, --task TASK or a request file (rigfit presets)"
        )
    with pointing_into(request_file):
        machine = machine_from(request, options, knowledge)
        from rigfit.whatif.cards import named_cards
        from rigfit.whatif.sweep import whatif

        cards = named_cards(knowledge, names, machine, machine_stated(request, options))
        found = whatif(request, machine, knowledge, ranges, cards, exact=exact)
    if as_json:
        click.echo(found.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.whatif import print_whatif

        print_whatif(found, knowledge, everything=everything)

    def draw() -> Figure:
        from rigfit.plot.whatif import figure

        return figure(found, knowledge)

    write_plot(options["plot_file"], draw)
    verdicts = {outcome.status for outcome in found.outcomes}
    ctx.exit(0 if "optimal" in verdicts else EXIT_UNDECIDED if "undecided" in verdicts else EXIT_NO_BUNDLE)
