"""`rigfit serve`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from rigfit.errors import InputError


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--expose",
    is_flag=True,
    help="Allow a --host that others can reach. They may then ask anything, and see what this computer is.",
)
@click.option(
    "--models",
    "models_dirs",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder with models: what lies there is not downloaded (again for more).",
)
@click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path),
    help="A folder with your own entries, layered over ours.",
)
@click.option("--with-parent", is_flag=True, help="Stop when standard input ends: for a program that starts this one.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer (one for each core, 2 to 4).")
def command(
    host: str,
    port: int,
    open_page: bool,
    expose: bool,
    models_dirs: tuple[Path, ...],
    catalog_dir: Path | None,
    with_parent: bool,
    workers: int | None,
) -> None:
    """Serve the page and the HTTP API on this computer.

    \b
      rigfit serve --open
      rigfit serve --port 0 --models ~/ComfyUI

    Prints `listening on ADDRESS` when it takes questions, and stops at Ctrl-C. The API is described at
    /v1/openapi.json. Nothing is written, and only this computer is listened to unless told otherwise.
    """
    lacking = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if lacking:
        raise InputError(f"serving needs {' and '.join(lacking)}: pip install 'rigfit[web]'")
    from rigfit.web.hosts import is_loopback

    if not is_loopback(host) and not expose:
        raise InputError(
            f"--host {host[:80]} can be reached by others, who could then ask anything and see what this computer is: "
            "add --expose if that is meant"
        )
    # Read here first: what is wrong with it is said before anything listens.
    from rigfit.knowledge import load_knowledge
    from rigfit.machine.folders.match import scan_folders

    knowledge = load_knowledge(catalog_dir)
    if models_dirs:
        scan_folders(models_dirs, knowledge)
    from rigfit.web.pool import Limits, usual_workers
    from rigfit.web.server import Setup, serve

    def started(address: str) -> None:
        click.echo(f"listening on {address}")
        if open_page:
            click.launch(address)

    limits = Limits(workers or usual_workers())
    serve(Setup(host, port, catalog_dir, models_dirs, limits, with_parent=with_parent), started)
