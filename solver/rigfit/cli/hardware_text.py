"""A machine and its abilities as text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from rigfit.knowledge import Knowledge
from rigfit.machine import hardware_features, usable
from rigfit.machine.features import precision_order
from rigfit.schema.machine import Gpu, Machine
from rigfit.units import GB, format_file, format_memory

_OS = {"linux": "Linux", "windows": "Windows", "macos": "macOS"}
_INSTALLED_SHOWN = 12
_STYLES = {"native": "green", "emulated": "yellow", "no": "red", "unknown": "dim"}


def headline(machine: Machine) -> Text:
    """One line: SIMULATED or not, cards, memory, system."""
    cards = " + ".join(gpu.name for gpu in machine.gpus) or "no GPU"
    facts = [cards, f"{format_memory(machine.ram)} RAM", machine.os_version or _OS[machine.os]]
    line = Text(" · ".join(facts), style="bold")
    return Text("SIMULATED  ", style="bold magenta").append_text(line) if machine.simulated else line


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def overview(machine: Machine, knowledge: Knowledge) -> Iterator[RenderableType]:
    """The machine, what of it may be used, what was assumed and what could not be read."""
    found = usable(machine, knowledge)
    yield headline(machine)
    yield ""
    grid = _grid()
    for number, (gpu, amount) in enumerate(zip(machine.gpus, found.vram, strict=True)):
        grid.add_row(f"gpu {number}" if len(machine.gpus) > 1 else "gpu", escape(gpu.name))
        grid.add_row("", _amounts(gpu, amount))
        grid.add_row("", escape(" · ".join(_traits(gpu))))
    if not machine.gpus:
        grid.add_row("gpu", "none found" if not machine.simulated else "none")
    grid.add_row("memory", f"{format_memory(found.ram)} usable of {format_memory(machine.ram)}")
    kinds = {"hdd": ", a spinning disk", "ssd": ", solid state", "nvme": ", NVMe"}
    spinning = kinds.get(machine.drive or "", "")
    grid.add_row("disk", f"{format_file(machine.disk_free)} free{spinning}")
    for number, one in enumerate(machine.installed):
        if number == _INSTALLED_SHOWN:
            grid.add_row("", f"{len(machine.installed) - number} more (--json lists them all)")
            break
        text = one if isinstance(one, str) else f"{one.name}, {format_file(one.bytes)}"
        grid.add_row("installed" if number == 0 else "", escape(text))
    grid.add_row("processor", escape(f"{machine.cpu.name}, {machine.cpu.cores} cores"))
    inside = {"wsl2": " inside WSL2", "container": " inside a container"}.get(machine.environment or "", "")
    grid.add_row("system", escape((machine.os_version or _OS[machine.os]) + inside))
    yield grid
    notes = [escape(note) for note in (*machine.notes, *found.notes)]
    assumed = [f"{escape(a.field)}: {escape(a.value)} ({escape(a.reason)}; rule {a.rule})" for a in machine.assumptions]
    unread = [f"{escape(u.probe)}: {escape(u.reason)}" for u in machine.unread]
    for title, lines in (("notes", notes), ("assumed", assumed), ("not read", unread)):
        if lines:
            yield ""
            part = _grid()
            for number, line in enumerate(lines):
                part.add_row(title if number == 0 else "", line)
            yield part


def _amounts(gpu: Gpu, amount: int) -> str:
    total = f"{format_memory(amount)} usable of {format_memory(gpu.vram)}"
    if gpu.unified:
        return total + " that the GPU may use (unified memory)"
    return total + (f", {format_memory(gpu.vram_free)} free now" if gpu.vram_free is not None else "")


def _traits(gpu: Gpu) -> Iterator[str]:
    yield gpu.architecture + (f" {gpu.compute_capability}" if gpu.compute_capability else "")
    if gpu.gfx:
        yield gpu.gfx
    yield gpu.backend
    if gpu.bandwidth:
        yield f"{gpu.bandwidth / GB:.0f} GB/s"
    if gpu.fp16_flops:
        yield f"{gpu.fp16_flops / 10**12:.0f} TFLOPS fp16"
    if gpu.pcie_bandwidth:
        yield f"bus {gpu.pcie_bandwidth / GB:.0f} GB/s"
    if gpu.display is not None:
        yield "drives a screen" if gpu.display else "no screen"
    if gpu.slice_of:
        yield f"a slice of {gpu.slice_of}"
    if gpu.driver:
        yield f"driver {gpu.driver}"
    yield from gpu.quirks
    if gpu.spec is None:
        yield "not in the catalog"


def features(machine: Machine, knowledge: Knowledge) -> Iterator[RenderableType]:
    """What each card does natively, by emulation or not, with reason and source."""
    yield headline(machine)
    by_name = {gpu.name: gpu for gpu in machine.gpus}
    for name, verdicts in hardware_features(machine, knowledge).items():
        yield ""
        table = Table(box=None, padding=(0, 2, 0, 0), title=escape(name), title_justify="left", title_style="bold")
        for column in ("feature", "support", "why"):
            table.add_column(column, header_style="dim", overflow="fold", no_wrap=column == "support")
        for verdict in verdicts:
            why = escape(verdict.reason)
            if verdict.storage:
                why += escape(f" Stored on: {verdict.storage}.")
            if verdict.fallback:
                why += escape(f" Instead: {', '.join(verdict.fallback)}.")
            table.add_row(
                escape(verdict.title),
                f"[{_STYLES[verdict.support]}]{verdict.support}[/]",
                f"{why} [dim]{verdict.source}[/]",
            )
        yield table
        order = precision_order(machine.os, by_name.get(name), knowledge)
        if order is not None:
            yield ""
            yield escape(f"best first where memory allows: {', '.join(order.order)} ({order.reason})")
