"""Bars for long work, on stderr."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(TextColumn):
    """Rows a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """The rate of late, or of all where it is finished."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "")


class Bars:
    """Shows how far a batch is: see `rigfit.batch.run.Progress`."""

    def __init__(self) -> None:
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._solving = self._bars.add_task("reading machines", total=None)
        self._writing = self._bars.add_task("writing", total=None, visible=False)

    def __enter__(self) -> Bars:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def reading(self, machines: int) -> None:
        """So many machines were read."""
        self._bars.update(self._solving, description=f"{machines:,} machines read")

    def solving(self, done: int, of: int) -> None:
        """So many rows have their answer."""
        self._bars.update(self._solving, description="solving", completed=done, total=of)

    def writing(self, done: int, of: int) -> None:
        """So many rows are written."""
        self._bars.update(self._writing, completed=done, total=of, visible=True)
