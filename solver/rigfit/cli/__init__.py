"""The command line: one file for each command, imported only when it is used, so that --help stays fast."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from rigfit.errors import RigfitError
from rigfit.version import VERSION

# Command -> one line of help; the module rigfit.cli.<name> holds `command`.
_COMMANDS = {
    "wizard": "Ask five questions and find the best bundle: the easy way in.",
    "solve": "Find the best bundles for a request on a machine.",
    "why": "Show why a model is in the answer, and what decided against the next one.",
    "why-not": "Show why a model is not in the answer, and what would make it the best.",
    "whatif": "Show how the best bundle changes with memory, disk or another card.",
    "upgrade": "Price one change of card, RAM or disk, and what it would bring.",
    "cost": "Local against cloud: hardware, electricity, price per result, break-even.",
    "batch": "Solve requests for every machine of a fleet.",
    "report": "Sum up the results of a batch: coverage by tier, what stops, what would help.",
    "emit": "Write the files and commands that make a bundle run.",
    "verify": "Check a saved answer with plain arithmetic.",
    "diff": "Show how two saved answers differ, and what in their inputs does.",
    "estimate": "Memory, time and verdict of one model on a machine, or of a file of cases.",
    "nodes": "Plan node packages side by side: requirements, constraints, conflicts.",
    "check": "Whether a ComfyUI workflow runs here, what it needs, and what to replace.",
    "serve": "Serve the page and the HTTP API on this computer.",
    "presets": "List the presets, or print one as a request file.",
    "hardware": "Show what this machine (or a simulated one) is and offers.",
    "catalog": "List, show, check and extend models, cards, runtimes and the rest.",
    "rules": "List, show and test the rules.",
    "completion": "Print the completion script of a shell.",
    "schema": "Print the JSON Schema of a document.",
}

_START = """Start here:
  rigfit wizard
  rigfit presets
  rigfit solve --preset photorealism
  rigfit solve --gpu "RTX 4070" --ram 32GB --preset photorealism
  rigfit emit --preset photorealism --out my-images"""

# What libraries read when they start: numpy would have a thread on every core ready for products of real matrices, of
# which there are none here, and pydantic would search every distribution that is installed for plugins.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "PYDANTIC_DISABLE_PLUGINS": "__all__"}

EXIT_NO_BUNDLE, EXIT_INPUT, EXIT_UNDECIDED, EXIT_FAULT = 1, 2, 3, 4


class _Lazy(click.Group):
    """A group that knows its commands by name and loads them on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"rigfit.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            from rigfit.errors import nearest

            name = args[0] if args else ""
            close = nearest(name, _COMMANDS)
            hint = f"; nearest: {', '.join(close)}" if close else f"; known: {', '.join(_COMMANDS)}"
            raise click.UsageError(f"unknown command {name!r}{hint}", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The one-line helps stand here, so that listing them loads no command.
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-V", "--version", prog_name="rigfit")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Which local generative-AI models really run on this machine, which set is best, and why."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        click.echo(f"\n{_START}")


def _refuse(message: str) -> int:
    """One line on stderr, whatever the person typed."""
    line = " ".join(part.strip() for part in message.splitlines())
    click.echo(f"error: {''.join(c if c.isprintable() else ' ' for c in line)}", err=True)
    return EXIT_INPUT


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 found, 1 no bundle, 2 bad input, 3 undecided, 4 internal fault."""
    # Hardly anything of a short run is garbage; looking for it all the time costs a twentieth of it.
    gc.set_threshold(100_000, 20, 20)
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        code = cli.main(list(arguments) if arguments is not None else None, prog_name="rigfit", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.Abort:  # Ctrl-C: click has ended the line that it stands on
        click.echo("stopped", err=True)
        code = 130
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message())
        code = 0
    except click.ClickException as problem:
        code = _refuse(problem.format_message())
    except RigfitError as problem:
        code = _refuse(str(problem))
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
        code = 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as fault:
        if os.environ.get("RIGFIT_DEBUG"):
            raise
        click.echo(
            f"internal fault: {type(fault).__name__}: {fault} (this is a bug in rigfit; RIGFIT_DEBUG=1 shows where)",
            err=True,
        )
        code = EXIT_FAULT
    sys.exit(code if isinstance(code, int) else 0)
