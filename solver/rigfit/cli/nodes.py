"""`rigfit nodes`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.cli.asking import knowledge_from, machine_from, machine_options, request_from, request_options
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge


@click.command("nodes")
@click.argument("names", metavar="[NODE]...", nargs=-1)
@click.option(
    "--answer", "answer_file", type=click.Path(path_type=Path, allow_dash=True), help="The packages of a saved answer."
)
@click.option("--uv", "ask_uv", is_flag=True, help="Have the real resolver (uv) confirm the plan; installs nothing.")
@click.option(
    "--python", type=click.Path(path_type=Path), metavar="PATH", help="With --uv: the interpreter to install into."
)
@click.option(
    "--environment", type=click.Path(path_type=Path), metavar="DIR", help="With --uv: the environment to install into."
)
@click.option(
    "--limit", type=click.IntRange(1, 3600), metavar="SECONDS", help="With --uv: the longest it may take (120)."
)
@request_options
@machine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON (rigfit schema nodes).")
@click.pass_context
def command(ctx: click.Context, /, names: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Plan the installation of node packages: requirements, constraints, and what keeps packages apart.

    \b
    Examples:
      rigfit nodes controlnet-aux impact-pack
      rigfit nodes --preset photorealism --gpu "RTX 4070"
      rigfit nodes --answer answer.json --uv --environment ComfyUI/.venv

    The packages are those that are named, or those of the best bundle of a request or a saved answer. Exit code 0: they
    can be installed side by side. 1: they cannot, and why. 3: uv came to no verdict.
    """
    knowledge = knowledge_from(options["catalog_dir"])
    _check(names, options)
    nodes = list(names) or _of_bundle(options, knowledge)
    if nodes is None:
        raise InputError("no bundle exists, so there are no packages to plan for (rigfit solve says why)")
    runtime = _runtime(nodes, options["runtimes"], knowledge)
    from rigfit.nodes.planning import make_plan

    if not options["ask_uv"]:
        plan = make_plan(nodes, runtime, knowledge)
    else:
        from rigfit.nodes.uv import SECONDS, Resolver

        resolver = Resolver(options["python"] or options["environment"], options["limit"] or SECONDS)
        installed = resolver.installed()
        plan = make_plan(nodes, runtime, knowledge, installed)
        tagged = [one.id for one in knowledge.catalog.distributions if one.build_tagged]
        plan = plan.model_copy(update={"confirmation": resolver.confirm(plan, tagged, installed)})
    if as_json:
        click.echo(plan.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.nodes import print_plan

        print_plan(plan, knowledge)
    verdict = plan.confirmation.verdict if plan.confirmation is not None else "confirmed"
    ctx.exit(
        EXIT_NO_BUNDLE if plan.conflicts or verdict == "refused" else EXIT_UNDECIDED if verdict == "undecided" else 0
    )


def _check(names: tuple[str, ...], options: dict[str, Any]) -> None:
    asked = bool(options["preset"] or options["tasks"])
    if bool(names) + asked + (options["answer_file"] is not None) != 1:
        raise click.UsageError(
            "give either NODE names (rigfit catalog list nodes), --answer FILE, or --preset or --task"
        )
    if options["python"] and options["environment"]:
        raise InputError("--python and --environment exclude each other")
    for name in ("python", "environment", "limit"):
        if options[name] is not None and not options["ask_uv"]:
            raise InputError(f"--{name} is for the real resolver: add --uv")


def _of_bundle(options: dict[str, Any], knowledge: Knowledge) -> list[str] | None:
    """Node packages of the best bundle; None where there is no bundle."""
    if options["answer_file"] is not None:
        from rigfit.cli.answers import read_answer

        answer = read_answer(options["answer_file"])
    else:
        from rigfit.solve import solve

        request = request_from(None, options, knowledge)
        machine = machine_from(request, options, knowledge)
        answer = solve(request.model_copy(update={"top": 1}), machine, knowledge, explain=False)
    return list(answer.bundles[0].nodes) if answer.bundles else None


def _runtime(nodes: list[str], stated: tuple[str, ...], knowledge: Knowledge) -> str:
    """The runtime that is stated, or the one that the packages extend."""
    if len(stated) > 1:
        raise InputError("--runtime: packages are planned for one runtime at a time")
    if stated:
        return stated[0]
    from rigfit.nodes.planning import find_node

    theirs = {find_node(node, knowledge).runtime for node in nodes}
    if len(theirs) > 1:
        raise InputError(f"the packages extend {' and '.join(sorted(theirs))}: choose one with --runtime")
    return next(iter(theirs), "comfyui")
