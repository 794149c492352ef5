"""The wizard's questions put to a person, one after the other, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from rigfit.cli.prompts import Back, Option, Prompt, Prompter
from rigfit.cli.render.answer import machine_line
from rigfit.errors import InputError, nearest
from rigfit.knowledge import Knowledge
from rigfit.machine import names
from rigfit.machine.simulation import NO_GPU
from rigfit.schema.flow import Flow, Question, ShownDetail, ShownQuestion
from rigfit.schema.machine import Machine
from rigfit.wizard import Outcomes, machine_of, visible

Value = str | tuple[str, ...]
_AGAIN = "again"


@dataclass
class Interview:
    """The state of one conversation."""

    flow: tuple[Question, ...]
    knowledge: Knowledge
    here: Callable[[], Machine]
    """The machine that "this machine" means."""
    ask: Prompter
    working: Callable[[str], AbstractContextManager[object]]
    """Shows what takes a moment while it does."""
    outcomes: Outcomes
    answers: dict[str, Value]
    """What was answered in advance, and what is answered."""
    before: dict[str, Value] = field(default_factory=dict)
    """What was answered to questions that were gone back over."""
    history: list[str] = field(default_factory=list)
    """Questions that the person answered, in order."""

    def run(self) -> Flow:
        """Ask until nothing is open; gives the whole flow with every answer.

        Raises:
            InputError: for an answer given in advance that cannot be.
            KeyboardInterrupt: where the person stops.
        """
        heading = ""
        if self.flow[0].id not in self.answers:
            self.ask.say(machine_line(self.here()).plain)
        while True:
            shown = visible(self.flow, self.answers, self.machine(), self.knowledge)
            open_one = next(((q, ask) for q, ask in _every(shown) if not ask.answered), None)
            if open_one is None:
                return shown
            question, asked = open_one
            if question.id != heading:
                self.ask.say()
                self.ask.say(f"{question.number} of {len(shown.questions)}  {question.title}")
                heading = question.id
            try:
                self.answers[asked.id] = self._answer(asked)
                self.history.append(asked.id)
            except Back:
                self.back()
                heading = ""

    def back(self) -> None:
        """Open the question that was answered last."""
        last = self.history.pop()
        self.before[last] = self.answers.pop(last)

    def reopen(self, name: str) -> None:
        """Open a question and everything that the person answered after it, whoever answered it."""
        while name in self.history:
            self.back()
        if name in self.answers:
            self.before[name] = self.answers.pop(name)

    def machine(self) -> Machine:
        """The machine that the answers speak of so far."""
        return machine_of(self.flow, self.answers, self.knowledge, self.here)

    def _answer(self, asked: ShownDetail) -> Value:
        prompt = Prompt(asked.question, asked.help, back=bool(self.history))
        default = self.before.get(asked.id, asked.value)
        if asked.kind == "one":
            return self.ask.one(prompt, self._options(asked), str(default))
        if asked.kind == "many":
            return self.ask.many(prompt, self._options(asked), tuple(default), int(asked.at_least_one))
        if asked.kind == "card":
            usual = ", ".join(default)
            typed = self.ask.text(prompt, usual, lambda _: None)
            return tuple(self._card(name.strip(), prompt) for name in (typed or usual).split(","))
        return self.ask.text(prompt, str(default) or asked.now, lambda typed: self._wrong(asked.id, typed))

    def _options(self, asked: ShownDetail) -> tuple[Option, ...]:
        tried = asked
        if asked.tried:
            with self.working("trying each on this machine"):
                shown = visible(
                    self.flow, self.answers, self.machine(), self.knowledge, outcomes=self.outcomes, of=asked.id
                )
            tried = next(ask for _, ask in _every(shown) if ask.id == asked.id)
        options = []
        for option in tried.options:
            result = option.outcome
            note = "" if result is None else f"here: {result.text}" if result.runs else result.text
            options.append(Option(option.value, option.label, option.description, note))
        return tuple(options)

    def _wrong(self, name: str, typed: str) -> str | None:
        try:
            visible(self.flow, {**self.answers, name: typed}, self.machine(), self.knowledge)
            machine_of(self.flow, {**self.answers, name: typed}, self.knowledge, self.here)
        except InputError as problem:
            return problem.message.removeprefix(f"{name}: ")
        return None

    def _card(self, name: str, prompt: Prompt) -> str:
        """A card of the catalog; where the name fits none or several, the person says which."""
        while name.casefold() not in NO_GPU:
            found = names.by_name(self.knowledge, name)
            if len(found) == 1:
                return found[0].id if name.casefold() == found[0].id else name
            known = {called: spec for spec in self.knowledge.catalog.gpus for called in (spec.id, spec.title)}
            close = found or list({known[called].id: known[called] for called in nearest(name, known)}.values())
            options = [Option(spec.id, spec.title) for spec in close]
            several = f"{name!r} could be any of these:" if found else f"No card is called {name!r}. One of these?"
            taken = self.ask.one(
                Prompt(several, back=prompt.back), (*options, Option(_AGAIN, "Another one: type it again")), ""
            )
            if taken != _AGAIN:
                return taken
            name = self.ask.text(prompt, "none", lambda _: None) or "none"
        return name


def _every(shown: Flow) -> Iterator[tuple[ShownQuestion, ShownDetail]]:
    for question in shown.questions:
        yield question, question
        for detail in question.details:
            yield question, detail
