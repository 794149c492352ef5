"""What every emitter is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rigfit.emit.chosen import Chosen
from rigfit.emit.quoting import Word
from rigfit.emit.script import Os
from rigfit.knowledge import Knowledge
from rigfit.knowledge import flags as launch
from rigfit.schema.answer import Bundle
from rigfit.schema.catalog import Runtime
from rigfit.schema.emitted import EmittedFile
from rigfit.schema.machine import Gpu, Machine


class EmitError(RuntimeError):
    """Something was about to be written that the program would not understand: a fault of rigfit, not of the person."""


@dataclass(frozen=True, slots=True)
class Context:
    """One runtime of one bundle on one machine."""

    machine: Machine
    bundle: Bundle
    runtime: Runtime
    chosen: tuple[Chosen, ...]
    """Its tasks."""
    record: str
    knowledge: Knowledge

    @property
    def system(self) -> Os:
        """Of the machine."""
        return self.machine.os

    @property
    def head(self) -> tuple[str, ...]:
        """The comment that every file begins with."""
        tasks = ", ".join(dict.fromkeys(one.task.title for one in self.chosen))
        return (f"record {self.record} · bundle {self.bundle.rank}", f"{self.runtime.title}: {tasks}")

    def gpu(self, one: Chosen) -> Gpu | None:
        """The card of a task."""
        return self.machine.gpus[one.task.gpu] if one.task.gpu is not None else None

    def card_variables(self, one: Chosen) -> tuple[tuple[str, str], ...]:
        """The environment that shows a program its card alone, where there are several."""
        gpu = self.gpu(one)
        same = [n for n, card in enumerate(self.machine.gpus) if gpu is not None and card.backend == gpu.backend]
        if gpu is None or len(same) < 2 or one.task.gpu is None:
            return ()
        name = {"cuda": "CUDA_VISIBLE_DEVICES", "rocm": "HIP_VISIBLE_DEVICES", "xpu": "ZE_AFFINITY_MASK"}.get(
            gpu.backend
        )
        return ((name, str(same.index(one.task.gpu))),) if name else ()

    def checked(self, words: Sequence[Word]) -> tuple[Word, ...]:
        """Options, after they were held against the runtime's list.

        Raises:
            EmitError: when one is not listed or two exclude each other.
        """
        listed = launch.list_of(self.runtime.id, self.knowledge)
        wrong = "its options are not listed" if listed is None else launch.problem([str(w) for w in words], listed)
        if words and wrong is not None:
            raise EmitError(f"{self.runtime.id}: {wrong}")
        return tuple(words)

    def checked_settings(self, settings: dict[str, object]) -> dict[str, object]:
        """Keys of a settings file, after they were held against the runtime's list."""
        listed = launch.list_of(self.runtime.id, self.knowledge)
        wrong = "its settings are not listed" if listed is None else launch.setting_problem(settings, listed)
        if wrong is not None:
            raise EmitError(f"{self.runtime.id}: {wrong}")
        return settings


@dataclass(slots=True)
class Made:
    """What an emitter made."""

    files: list[EmittedFile] = field(default_factory=list)
    prepare: list[str] = field(default_factory=list)
    """Commands that fetch and install; they end."""
    start: list[str] = field(default_factory=list)
    """Commands that start a program, after everything is prepared; each keeps its terminal."""
    notes: list[str] = field(default_factory=list)

    def add(self, path: str, text: str, about: str, *, executable: bool = False) -> None:
        """One more file."""
        self.files.append(EmittedFile(path=path, text=text, executable=executable, about=about))


def starts(context: Context) -> list[tuple[str, tuple[Chosen, ...]]]:
    """Tasks by what the program is started with: (name, tasks). Equal options and an equal card need one start only."""
    groups: dict[tuple[tuple[str, ...], int | None], list[Chosen]] = {}
    for one in context.chosen:
        groups.setdefault((one.task.flags, one.task.gpu), []).append(one)
    several = len(groups) > 1
    return [
        (f"start-{tasks[0].task.task.replace('_', '-')}-{tasks[0].number + 1}" if several else "start", tuple(tasks))
        for tasks in groups.values()
    ]
