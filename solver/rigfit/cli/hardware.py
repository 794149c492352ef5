"""`rigfit hardware`: what this computer, or a simulated one, is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rigfit.errors import InputError, RigfitError

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge
    from rigfit.schema.machine import Machine


class _UserError(click.ClickException):
    """One clear line on stderr and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"error: {self.message}", err=True)


@click.command("hardware")
@click.option("--json", "as_json", is_flag=True, help="Print the machine as JSON.")
@click.option("--save", type=click.Path(path_type=Path), help="Write a machine file; --machine takes it anywhere.")
@click.option("--force", is_flag=True, help="Let --save replace a file.")
@click.option("--machine", "machine_file", type=click.Path(path_type=Path), help="Read a machine file instead.")
@click.option("--gpu", "gpus", multiple=True, help="Simulate a machine with this card (again for a second one).")
@click.option("--vram", help="Memory of the simulated card, like '12 GB'.")
@click.option("--ram", help="Memory of the simulated machine, like '32 GB'.")
@click.option("--disk", help="Free disk space of the simulated machine, like '200 GB'.")
@click.option("--os", "os_name", type=click.Choice(["linux", "windows", "macos"]), help="System to simulate.")
@click.option("--display/--no-display", default=None, help="Whether the first simulated card drives a screen.")
@click.option("--reserve-vram", help="Keep this much of every card free, instead of what rules/ say.")
@click.option("--reserve-ram", help="Keep this much memory free, instead of what rules/ say.")
@click.option("--features", is_flag=True, help="What the cards do natively, by emulation or not, and why.")
@click.option("--torch", "torch_form", type=click.Choice(["text", "json", "python"]), help="Settings for PyTorch.")
@click.option("--ask-torch", is_flag=True, help="Ask an installed PyTorch too (takes seconds).")
@click.option(
    "--models",
    "models_dirs",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder the models lie in: what of the catalog is there is listed (again for more).",
)
@click.option("--timeout", type=click.FloatRange(0.1, 120), help="Seconds that detection may take (3).")
@click.option("--catalog", "catalog_dir", type=click.Path(path_type=Path), help="Folder layered over the catalog.")
@click.pass_context
def command(context: click.Context, /, **given: Any) -> None:
    """Show what this computer is, what of it models may use, and what could not be read.

    With --gpu and the like a machine is simulated instead: it takes nothing from this computer.
    """
    try:
        _run(context, **given)
    except RigfitError as problem:
        raise _UserError(str(problem)) from None


def _run(context: click.Context, *, as_json: bool, save: Path | None, force: bool, **given: Any) -> None:
    from rigfit.knowledge import load_knowledge

    root = context.find_root().params
    knowledge = load_knowledge(given["catalog_dir"] or root.get("catalog") or root.get("catalog_dir"))
    machine = _machine(knowledge, **given)
    if save is not None:
        _save(machine, save, force)
    if given["torch_form"]:
        from rigfit.machine import plan_torch_backends

        plan = plan_torch_backends(machine)
        form = {"text": plan.as_text, "json": plan.as_json, "python": plan.as_python}[given["torch_form"]]
        click.echo(form())
    elif as_json:
        click.echo(_json(machine, knowledge, given["features"]))
    else:
        _print(machine, knowledge, given["features"])


def _machine(knowledge: Knowledge, **given: Any) -> Machine:
    from pydantic import ValidationError

    from rigfit.schema.request import MachineRequest
    from rigfit.units import UnitError, parse_bytes

    asked = {
        "gpus": given["gpus"],
        "vram": given["vram"],
        "ram": given["ram"],
        "disk": given["disk"],
        "os": given["os_name"],
        "display": given["display"],
    }
    simulated = any(value not in (None, ()) for value in asked.values())
    if given["machine_file"] is not None:
        if simulated:
            raise InputError("--machine and --gpu, --vram, --ram, --disk, --os, --display exclude each other")
        from rigfit.machine import load_machine

        machine = load_machine(given["machine_file"])
    elif simulated:
        from rigfit.machine import simulate

        try:
            request = MachineRequest.model_validate(asked)
        except ValidationError as problem:
            first = problem.errors()[0]
            text = first["msg"].removeprefix("Value error, ")
            raise InputError(f"--{first['loc'][0]}: {text}") from None
        machine = simulate(knowledge, request)
    else:
        from rigfit.machine import detect

        limit = given["timeout"] or (60.0 if given["ask_torch"] else 3.0)
        folder = next(iter(given["models_dirs"]), None)
        machine = detect(knowledge, models_dir=folder, timeout_s=limit, torch=given["ask_torch"])
    from rigfit.machine import with_installed

    machine = with_installed(machine, given["models_dirs"], knowledge)
    changes: dict[str, int] = {}
    for name in ("reserve_vram", "reserve_ram"):
        if given[name] is not None:
            try:
                changes[name] = parse_bytes(given[name], memory=True)
            except UnitError as problem:
                raise InputError(f"--{name.replace('_', '-')}: {problem}") from None
    return machine.model_copy(update=changes) if changes else machine


def _save(machine: Machine, path: Path, force: bool) -> None:
    from rigfit.machine import save_machine

    if path.exists() and not force:
        raise InputError("exists already; --force replaces it", where=str(path))
    save_machine(machine, path)
    click.echo(f"written: {path}", err=True)


def _json(machine: Machine, knowledge: Knowledge, features: bool) -> str:
    from rigfit.machine.report import hardware_report

    return hardware_report(machine, knowledge, features=features).model_dump_json(by_alias=True, indent=2)


def _print(machine: Machine, knowledge: Knowledge, features: bool) -> None:
    from rich.console import Console

    from rigfit.cli import hardware_text

    console = Console(highlight=False)
    parts = hardware_text.features(machine, knowledge) if features else hardware_text.overview(machine, knowledge)
    with console.capture() as printed:
        for part in parts:
            console.print(part)
    for line in printed.get().splitlines():
        click.echo(line.rstrip(), color=console.is_terminal or None)
