"""`rigfit wizard`: five questions, one answer, the request as a file, and how to go on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from rigfit.cli import EXIT_NO_BUNDLE, EXIT_UNDECIDED
from rigfit.errors import InputError

if TYPE_CHECKING:
    from rigfit.cli.interview import Interview
    from rigfit.cli.prompts import Prompter
    from rigfit.knowledge import Knowledge
    from rigfit.schema.answer import Answer
    from rigfit.schema.machine import Machine
    from rigfit.schema.request import Request

_SETUP = "rigfit-setup"
# Options that say what an answer would; the words are those of every other command.
_MACHINE = {"gpu": "card", "vram": "vram", "ram": "ram", "disk": "disk", "os": "os"}


# One option a line reads best, however long the line.
@click.command("wizard")
@click.option(
    "--answer",
    "given",
    multiple=True,
    metavar="QUESTION=VALUE",
    help="Answer a question in advance; several values with commas (rigfit catalog list questions).",
)
@click.option("--yes", is_flag=True, help="Take the default of every question that is not answered in advance.")
@click.option("--plain", is_flag=True, help="Numbered lines in place of arrow keys.")
@click.option("--gpu", metavar="NAME", help="Another machine, with this card ('none' for no card).")
@click.option("--vram", metavar="SIZE", help="Memory of that card.")
@click.option("--ram", metavar="SIZE", help="System memory.")
@click.option("--disk", metavar="SIZE", help="Free disk space.")
@click.option("--os", type=click.Choice(["linux", "windows", "macos"]), help="Operating system of another machine.")
@click.option(
    "--machine", "machine_file", type=click.Path(path_type=Path), help="A machine file in place of this computer."
)
@click.option(
    "--catalog",
    "catalog_dir",
    type=click.Path(path_type=Path),
    help="A folder with your own entries, layered over ours.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("rigfit-request.yaml"),
    show_default=True,
    help="The request file.",
)
@click.option("--force", is_flag=True, help="Replace the request file if it exists.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print what was answered, and the answer, as JSON; the questions go to stderr.",
)
@click.pass_context
def command(ctx: click.Context, /, given: tuple[str, ...], catalog_dir: Path | None, **options: Any) -> None:
    """Ask five questions and find the best bundle.

    What is asked can be answered in advance. Nothing is written before the end; Ctrl-C stops at any time.
    """
    from rigfit.cli.asking import knowledge_from
    from rigfit.cli.interview import Interview
    from rigfit.cli.prompts import prompter
    from rigfit.cli.prompts.base import show_something
    from rigfit.wizard import Outcomes, questions

    for stream in (sys.stdout, sys.stderr):
        show_something(stream)
    knowledge = knowledge_from(catalog_dir)
    flow = questions(knowledge)
    stream = sys.stderr if options["as_json"] else sys.stdout
    ask = prompter(stream, plain=options["plain"])
    interview = Interview(
        flow=flow,
        knowledge=knowledge,
        here=_Here(knowledge, options["machine_file"]),
        ask=ask,
        working=lambda what: _working(what, stream),
        outcomes=Outcomes(knowledge),
        answers=_in_advance(given, options),
    )
    _Run(interview, options, catalog_dir).run(ctx)


class _Here:
    """The machine that "this one" means: this computer or that of a file; looked at once."""

    def __init__(self, knowledge: Knowledge, file: Path | None) -> None:
        self._knowledge, self._file = knowledge, file
        self._found: Machine | None = None

    def __call__(self) -> Machine:
        from rigfit.machine import detect, load_machine

        if self._found is None:
            self._found = load_machine(self._file) if self._file is not None else detect(self._knowledge)
        return self._found


class _Run:
    """From the interview to the end: solve, show, offer the ways out, write."""

    def __init__(self, interview: Interview, options: dict[str, Any], catalog_dir: Path | None) -> None:
        self._interview, self._options, self._catalog = interview, options, catalog_dir
        self._ask: Prompter = interview.ask

    def run(self, ctx: click.Context) -> None:
        """Ask, solve and write; ends with the exit code of `rigfit solve`."""
        interview, as_json = self._interview, self._options["as_json"]
        while True:
            request, machine = self._request()
            answer = self._solved(request, machine)
            chosen: Request | None = request
            if answer.status == "infeasible" and not self._options["yes"]:
                chosen, answer = self._ways_out(request, machine, answer)
            if chosen is not None:
                break
        path = self._write(chosen)
        commands = self._commands(path)
        if as_json:
            from rigfit.schema.wizard import WizardReport

            answers = interview.answers
            report = WizardReport(
                answers=answers, request=chosen, request_file=str(path), commands=commands, answer=answer
            )
            click.echo(report.model_dump_json(indent=2, by_alias=True))
        else:
            click.echo(f"\nSaved  {path}\n\nGo on with")
            for line in commands:
                click.echo(f"  {line}")
        ctx.exit({"optimal": 0, "infeasible": EXIT_NO_BUNDLE, "undecided": EXIT_UNDECIDED}[answer.status])

    def _request(self) -> tuple[Request, Machine]:
        from rigfit.wizard import visible

        interview = self._interview
        if self._options["yes"]:
            shown = visible(interview.flow, interview.answers, interview.machine(), interview.knowledge)
            interview.answers = dict(shown.answers)
        else:
            shown = interview.run()
        if shown.request is None:
            raise InputError("no job is chosen")
        return shown.request, shown.machine

    def _solved(self, request: Request, machine: Machine) -> Answer:
        from rigfit.solve import solve

        with self._interview.working("finding the best"):
            answer = solve(request, machine, self._interview.knowledge)
        if not self._options["as_json"]:
            from rigfit.cli.render.answer import print_answer

            click.echo()
            print_answer(answer, self._interview.knowledge)
        return answer

    def _ways_out(self, request: Request, machine: Machine, answer: Answer) -> tuple[Request | None, Answer]:
        """What to do where nothing fits; no request where the questions are to be asked again."""
        from rigfit.cli.prompts import Option, Prompt
        from rigfit.wizard.give_up import give_up

        while answer.status == "infeasible":
            ways = answer.explanation.give_ups
            options = [
                Option(f"way-{number}", way.text, ", ".join(f"gives {gain.title}" for gain in way.gains[:1]))
                for number, way in enumerate(ways)
            ]
            options += [
                Option("machine", "Another machine"),
                Option("goal", "Something else to make"),
                Option("keep", "Keep the request as it is, and stop"),
            ]
            self._ask.say()
            taken = self._ask.one(Prompt("Nothing fits. What now?"), tuple(options), options[0].value)
            if taken == "keep":
                return request, answer
            if taken in ("machine", "goal"):
                self._interview.reopen(taken)
                return None, answer
            request = give_up(request, ways[int(taken.removeprefix("way-"))])
            answer = self._solved(request, machine)
        return request, answer

    def _write(self, request: Request) -> Path:
        from rigfit.cli.prompts import Option, Prompt
        from rigfit.cli.request_file import free_name, request_yaml, write

        path: Path = self._options["out"]
        over = bool(self._options["force"])
        other = free_name(path)
        if other != path and not over:
            keep = self._options["yes"] or self._ask.one(
                Prompt(f"{path} exists already."),
                (Option("next", f"Write {other}"), Option("over", "Replace it")),
                "next",
            )
            over = keep == "over"
            path = path if over else other
        write(path, request_yaml(request), over=over)
        return path

    def _commands(self, path: Path) -> tuple[str, ...]:
        from rigfit.cli.request_file import command_line

        shown = str(path) if not str(path).startswith("-") else f"./{path}"
        more = []
        if self._options["machine_file"] is not None:
            more += ["--machine", str(self._options["machine_file"])]
        if self._catalog is not None:
            more += ["--catalog", str(self._catalog)]
        return (
            command_line(["rigfit", "solve", shown, *more]),
            command_line(["rigfit", "emit", shown, *more, "--out", _SETUP]),
        )


def _in_advance(given: tuple[str, ...], options: dict[str, Any]) -> dict[str, str | tuple[str, ...]]:
    """Answers from the command line; several values stand with commas, and lists take one as well."""
    answers: dict[str, str | tuple[str, ...]] = {}
    for one in given:
        name, found, value = one.partition("=")
        if not found:
            raise InputError(f"--answer {one!r} has no value; write it like --answer goal=video")
        answers[name.strip()] = tuple(part.strip() for part in value.split(",")) if "," in value else value.strip()
    for option, name in _MACHINE.items():
        if options[option] is not None:
            answers.setdefault(name, options[option])
    if options["gpu"] is not None:
        answers.setdefault("machine", "other")
    elif options["ram"] is not None or options["disk"] is not None:
        answers.setdefault("machine", "corrected")
    return answers


def _working(what: str, stream: TextIO) -> AbstractContextManager[object]:
    """A word on a terminal while something takes a moment; nothing elsewhere."""

    @contextmanager
    def shown() -> Iterator[None]:
        if not stream.isatty():
            yield
            return
        stream.write(f"{what} ...")
        stream.flush()
        try:
            yield
        finally:
            stream.write(f"\r{' ' * (len(what) + 4)}\r")
            stream.flush()

    return shown()
