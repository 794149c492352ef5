"""`rigfit completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that completes commands, options and names in a shell.

    \b
    bash   echo 'eval "$(rigfit completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(rigfit completion zsh)"' >> ~/.zshrc
    fish   rigfit completion fish > ~/.config/fish/completions/rigfit.fish
    """
    from rigfit.cli import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "rigfit", "_RIGFIT_COMPLETE").source())
