"""`rigfit estimate`: one pipeline on one machine, or a file of cases."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from rigfit.cli import EXIT_NO_BUNDLE
from rigfit.cli.asking import knowledge_from, machine_from, machine_options
from rigfit.errors import InputError
from rigfit.schema.machine import Machine
from rigfit.units import GB, GIB

_STATED = (
    "task",
    "runtime",
    "placement",
    "width",
    "height",
    "frames",
    "batch",
    "context",
    "kv_cache",
    "steps",
    "seconds",
    "tiled",
)


@click.command("estimate")
@click.argument("model", required=False)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="PART=VARIANT",
    help="Precision of a part, like denoiser=fp8 or t5=Q8_0.",
)
@click.option("--runtime", metavar="NAME", help="The program that runs it.")
@click.option(
    "--placement",
    metavar="NAME",
    help="resident, model_offload, streamed, cpu, or a program's word (lowvram, sequential).",
)
@click.option("--tiled/--no-tiled", default=None, help="Decode in tiles, or in one piece.")
@click.option("--task", metavar="TASK", help="Which of the model's tasks.")
@click.option("--width", type=int, help="Pixels.")
@click.option("--height", type=int, help="Pixels.")
@click.option("--frames", type=int, help="Frames of a clip.")
@click.option("--seconds", type=float, help="Length of a clip, a song or a spoken text.")
@click.option("--batch", type=int, help="Results made at once.")
@click.option("--context", type=int, help="Tokens of context of a language model.")
@click.option("--kv-cache", metavar="PRECISION", help="Precision of its cache: fp16, q8_0, q4_0.")
@click.option("--steps", type=int, help="Denoising steps.")
@click.option(
    "--confidence",
    type=click.Choice(["safe", "expected", "optimistic"]),
    default="safe",
    help="Which end of the estimate must fit.",
)
@click.option("--cases", "cases_file", metavar="FILE.jsonl", help="Answer one case a line ('-' for standard input).")
@machine_options
@click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path),
    help="A folder with your own entries, layered over ours.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with --cases one line for each.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    model: str | None,
    cases_file: str | None,
    as_json: bool,
    catalog_dir: Path | None,
    **options: Any,
) -> None:
    """What a model needs on a machine, and whether it fits: memory by phase, RAM, disk, time and a verdict.

    Names may be loose: ids, titles, repository names, "flux1-dev-Q4_K_S.gguf". What is not stated is the usual choice,
    or for the placement the best that fits. Without --gpu, --vram or --machine it is this computer.
    """
    if model is not None and cases_file is not None:
        raise click.UsageError("a MODEL and --cases exclude each other: models stand in the lines of the file")
    if model is None and cases_file is None:
        raise click.UsageError("name a MODEL, or give a file of cases with --cases")
    knowledge = knowledge_from(catalog_dir)
    from rigfit.cases import Evaluator, answer_lines

    evaluator = Evaluator(knowledge, options["confidence"])
    if cases_file is not None:
        _refuse_beside_cases(options)
        with _lines(cases_file) as lines:
            answers = answer_lines(lines, evaluator)
            if as_json:
                for answer in answers:
                    click.echo(answer.model_dump_json(by_alias=True))
            else:
                from rigfit.cli.render.estimate import print_cases

                print_cases(answers)
        return
    case: dict[str, Any] = {"model": model, "variants": _variants(options["variants"])}
    case |= {name: options[name] for name in _STATED if options[name] is not None}
    machine = _machine(case, options, knowledge)
    folders = () if machine is not None else options["models_dirs"]
    answer = evaluator.answer(case, machine, folders)
    if as_json:
        click.echo(answer.model_dump_json(indent=2, by_alias=True))
    else:
        from rigfit.cli.render.estimate import print_case

        print_case(answer)
    ctx.exit(EXIT_NO_BUNDLE if answer.verdict == "impossible" else 0)


def _refuse_beside_cases(options: dict[str, Any]) -> None:
    """What belongs to one case cannot be said for a file of them."""
    machine = ("gpus", "vram", "ram", "disk", "reserve_vram", "reserve_ram", "os", "machine_file", "models_dirs")
    names = (*_STATED, "variants", *machine)
    given = [name for name in names if options.get(name) not in (None, ())]
    if given:
        shown = {"variants": "variant", "gpus": "gpu", "machine_file": "machine", "models_dirs": "models"}
        name = shown.get(given[0], given[0]).replace("_", "-")
        raise click.UsageError(f"--{name} belongs into the lines of --cases")


def _variants(given: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        part, sign, variant = text.partition("=")
        if not sign:  # the precision alone is for the main network
            part, variant = "main", text
        if not part.strip() or not variant.strip():
            raise InputError(f"--variant {text[:60]!r}: write it like denoiser=fp8", name=text)
        found[part.strip()] = variant.strip()
    return found


def _machine(case: dict[str, Any], options: dict[str, Any], knowledge: Any) -> Machine | None:
    """None for a machine that the case describes, else a machine file or this computer.

    A simulated one goes into the case, where names may be loose.
    """
    from rigfit.schema.request import Request

    simulated = bool(options["gpus"]) or options["vram"] is not None
    if options["machine_file"] is not None or not simulated:
        return machine_from(Request(), options, knowledge)
    if options["vram"] is not None and "none" in (name.strip().casefold() for name in options["gpus"]):
        raise InputError("--vram is the memory of a card; --gpu none has no card")
    stated: dict[str, Any] = {"gpu": options["gpus"] or None, "os": options["os"]}
    for name, option, unit in (
        ("vram_gb", "vram", GIB),
        ("ram_gb", "ram", GIB),
        ("disk_gb", "disk", GB),
        ("reserve_vram_gb", "reserve_vram", GIB),
        ("reserve_ram_gb", "reserve_ram", GIB),
    ):
        if options[option] is not None:
            stated[name] = options[option] / unit
    case["machine"] = {name: value for name, value in stated.items() if value is not None}
    return None


@contextmanager
def _lines(name: str) -> Iterator[TextIO]:
    """The lines of a file or of standard input; what is not UTF-8 in them is an error of its line."""
    if name == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdin
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open(encoding="utf-8-sig", errors="replace"))
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise InputError(f"cannot read {name}: {reason}", name=name) from None
        yield file
