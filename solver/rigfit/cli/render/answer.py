"""An answer as text: the answer first, one screen, reasons in words."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import bar, page
from rigfit.cli.render.sharing import sharing_lines
from rigfit.explain.words import feature_words, readable, task_words
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Answer, Bounds, Bundle, CloudUse, LimitUse, ReasonText, Storage, TaskAnswer
from rigfit.schema.machine import Machine
from rigfit.units import format_file, format_memory, format_milliseconds, format_usd

_LEFT_OUT_SHOWN = 4
_STEPS_SHOWN = 2
_ROLES = {"t5xxl": "T5", "umt5xxl": "UMT5", "qwen25_vl": "Qwen2.5-VL", "clip_l": "CLIP-L", "clip_g": "CLIP-G"}
_PLACEMENTS = {
    "resident": "resident",
    "offloaded": "parts take turns on the card",
    "streamed": "streamed",
    "cpu": "on the processor",
    "cloud": "elsewhere",
}


def print_answer(answer: Answer, knowledge: Knowledge) -> None:
    """Print an answer to stdout."""
    with page() as out:
        _print(out, answer, knowledge)


def _print(out: Console, answer: Answer, knowledge: Knowledge) -> None:
    out.print(machine_line(answer.machine))
    out.print()
    for bundle in answer.bundles:
        _print_bundle(out, bundle, answer, knowledge)
    if answer.status == "infeasible":
        _print_none(out, answer, knowledge)
    elif answer.status == "undecided":
        out.print(f"Undecided: {answer.explanation.summary}. What is shown above is proved; more may exist.")
    _print_left_out(out, answer, knowledge)
    _print_next_steps(out, answer, knowledge)
    _print_assumptions(out, answer, knowledge)
    out.print(
        Text(f"record {answer.record.id} · catalog {answer.record.catalog} · rules {answer.record.rules}", style="dim")
    )


def machine_line(machine: Machine) -> Text:
    """The machine in one line: SIMULATED where it is, with what was assumed."""
    assumed = {
        assumption.field.removesuffix("_datacenter")
        for assumption in machine.assumptions
        if assumption.rule.startswith("assumptions.")
    }
    parts = []
    for gpu in machine.gpus:
        where = gpu.compute_capability or gpu.gfx
        parts.append(f"{gpu.name} · {gpu.architecture}{f' {where}' if where else ''}")
    if not machine.gpus:
        parts.append("no GPU")
    facts = [
        (f"{_whole(format_memory(machine.ram))} RAM", "ram" in assumed),
        (machine.os, "os" in assumed),
        (f"{_whole(format_file(machine.disk_free))} free", bool({"disk", "disk_free"} & assumed)),
    ]
    parts += [fact for fact, is_assumed in facts if not is_assumed]
    guesses = [fact for fact, is_assumed in facts if is_assumed]
    parts += [f"{', '.join(guesses)} (assumed)"] if guesses else []
    line = Text()
    line.append(
        "SIMULATED  " if machine.simulated else "THIS MACHINE  ", style="bold magenta" if machine.simulated else "bold"
    )
    line.append(" · ".join(parts))
    return line


def _whole(amount: str) -> str:
    """An amount without a decimal that says nothing: "16 GB" for "16.0 GB"."""
    return amount.replace(".0 ", " ")


def _print_bundle(out: Console, bundle: Bundle, answer: Answer, knowledge: Knowledge) -> None:
    runtimes = knowledge.index("runtimes")
    said: set[str] = set()
    precisions = knowledge.index("precisions")
    for number, task in enumerate(bundle.tasks):
        head = Table.grid(padding=(0, 1), expand=True)
        head.add_column(width=2)
        head.add_column(ratio=1)
        head.add_column(justify="right", no_wrap=True)
        title = Text(task.title, style="bold")
        how = "at a service" if task.cloud is not None else _variants(task, precisions)
        where = task.cloud.title if task.cloud is not None else runtimes[task.runtime].title
        title.append(f" · {how} · {where}", style="default not bold")
        points = Text(f"{task.quality / 100:.1f} points", style="bold")
        head.add_row(Text(str(bundle.rank), style="bold cyan") if number == 0 else Text(""), title, points)
        out.print(head)
        lines = Table.grid(padding=(0, 1))
        lines.add_column(width=2)
        lines.add_column(no_wrap=True)
        lines.add_column()
        label = task_words(task.task)
        where = f"{task.device} · " if len(answer.machine.gpus) > 1 else ""
        lines.add_row("", label, _charged(task.cloud) if task.cloud is not None else where + _memory(task))
        extras = [
            *(feature_words(f, knowledge) for f in task.features),
            *(["tiled VAE decode"] if task.tiled_decode else []),
        ]
        if extras:
            lines.add_row("", "with", ", ".join(extras))
        if number < len(bundle.why):
            lines.add_row("", "why", readable(bundle.why[number], knowledge))
        # What is warned of need not be noted as well, and of two parts that compute alike the larger one speaks.
        warned = {reason.rule.partition(".")[2] for reason in task.warnings}
        for reason in _one_a_rule(r for r in task.compute if r.rule.partition(".")[2] not in warned):
            lines.add_row("", "note", _sentence(reason, knowledge))
        # What holds for several tasks (a licence of the runtime) is said once.
        new = [text for text in _one_a_rule(task.warnings) if text not in said]
        said.update(new)
        for reason in new:
            lines.add_row("", Text("watch", style="yellow"), _sentence(reason, knowledge))
        out.print(lines)
    for line in sharing_lines(bundle, len(answer.machine.gpus)):
        out.print(Padding(line, (0, 0, 0, 3)))
    footer = [*bundle.why[len(bundle.tasks) :], _to_download(bundle.storage)]
    if bundle.money is not None:
        footer.insert(len(footer) - 1, f"{_dollars(bundle.money)} a month")
    if bundle.nodes:
        footer.append("nodes: " + ", ".join(bundle.nodes))
    if bundle.flags:
        footer.append("flags: " + " ".join(bundle.flags))
    if bundle.licences:
        footer.append("licences: " + ", ".join(bundle.licences))
    out.print(Padding(Text(" · ".join(footer), style="dim"), (0, 0, 1, 3)))


def _charged(use: CloudUse) -> str:
    """What a service charges, for one result and for a month of them, and who says so."""
    what = f"{use.of}: " if use.of else ""
    said = f"{use.source}, {use.date}" if use.date else use.source
    month = f"{_dollars(use.per_month)} for {use.monthly_volume:,} a month"
    return f"{what}{_dollars(use.price)} each, {month} ({said}) · time unknown"


def _dollars(money: Bounds) -> str:
    low, high = format_usd(money.low), format_usd(money.high)
    return low if low == high else f"{low} to {high}"


def _to_download(storage: Storage) -> str:
    """What is to be fetched, what need not be, and what installing takes beyond both."""
    here = f" ({format_file(storage.present)} already here)" if storage.present else ""
    text = f"{format_file(storage.download)} to download{here}"
    if storage.install_peak > storage.download:
        text += f", {format_file(storage.install_peak)} of disk while installing"
    return text


def _variants(task: TaskAnswer, precisions: dict[str, object]) -> str:
    """The precisions that matter, in the order people say them: the network first, then its large encoders."""
    order = ["denoiser", "denoiser_high", "denoiser_low", "refiner", "t5xxl", "umt5xxl", "qwen25_vl"]
    shown = [role for role in order if role in task.variants] or sorted(task.variants)[:2]
    names = []
    for role in shown:
        entry = precisions.get(task.variants[role])
        name = getattr(entry, "short", task.variants[role])
        label = "" if role in ("denoiser", "denoiser_high") else f"{_ROLES.get(role, role.replace('_', ' '))} "
        if role != "denoiser_low":
            names.append(f"{label}{name}")
    return " + ".join(names)


def _memory(task: TaskAnswer) -> str:
    parts = []
    use = next((limit for limit in task.limits if limit.resource == "vram"), None)
    if use is not None:
        parts.append(
            f"{bar(use.used, use.capacity)} {_of(use)} of VRAM at the peak "
            f"({(use.phase or task.peak_phase).replace('_', ' ')}), {format_memory(use.free)} free"
        )
    ram = next((limit for limit in task.limits if limit.resource == "ram"), None)
    if use is None and ram is not None:
        parts.append(f"{bar(ram.used, ram.capacity)} {_of(ram)} of RAM")
    placement = _PLACEMENTS[task.verdict]
    if task.layers_on_card is not None and task.verdict == "streamed":
        placement = f"{task.layers_on_card} layers on the card, the others on the processor"
    elif task.verdict == "streamed":
        placement += f", {task.resident_share / 10:.0f} % of the weights stay on the card"
    parts.append(placement)
    if task.cache not in (None, "f16"):
        parts.append(f"{task.cache} cache")
    if task.milliseconds is not None:
        low, high = format_milliseconds(task.milliseconds.low), format_milliseconds(task.milliseconds.high)
        parts.append(f"{low} to {high}")
    else:
        parts.append("time unknown")
    if task.tokens_per_second is not None:
        slow, fast = (end / 1000 for end in (task.tokens_per_second.low, task.tokens_per_second.high))
        parts.append(f"{slow:.{int(slow < 10)}f} to {fast:.{int(fast < 10)}f} tokens/s")
    if use is not None and ram is not None:
        parts.append(f"{_of(ram)} of RAM")
    return " · ".join(parts)


def _of(use: LimitUse) -> str:
    return f"{format_memory(use.used).removesuffix(' GB')} of {format_memory(use.capacity)}"


def _one_a_rule(reasons: Iterable[ReasonText]) -> list[str]:
    """One sentence for each rule, in order; licences speak for each component."""
    first: dict[str, str] = {}
    for reason in reasons:
        key = reason.rule + reason.subject if reason.rule.startswith(("licence.", "maturity.")) else reason.rule
        first.setdefault(key, reason.text)
    return list(dict.fromkeys(first.values()))


def _sentence(text: str, knowledge: Knowledge) -> str:
    """A reason as a sentence that ends, with ids as people write them."""
    said = readable(text, knowledge)
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _print_none(out: Console, answer: Answer, knowledge: Knowledge) -> None:
    out.print(Text(answer.explanation.summary[:1].upper() + answer.explanation.summary[1:] + ".", style="bold red"))
    if answer.explanation.conflict is not None:
        from rigfit.explain.render.text import unsolved

        out.print(Text(unsolved(answer.explanation)))
        out.print()
        return
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column(no_wrap=True)
    table.add_column()
    for closest in answer.explanation.closest:
        table.add_row("", task_words(closest.task), closest.text)
    out.print(table)
    out.print()


def _print_left_out(out: Console, answer: Answer, knowledge: Knowledge) -> None:
    left = answer.explanation.left_out
    if not left:
        return
    if answer.explanation.conflict is not None:  # what keeps models out was said above
        count = f"{len(left)} model{'s' if len(left) > 1 else ''}"
        out.print(Text(f"Left out: {count} (--json lists them all)", style="dim"))
        out.print()
        return
    out.print(Text("Left out", style="bold"))
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column()
    for entry in left[:_LEFT_OUT_SHOWN]:
        table.add_row("", _sentence(entry.reason.text, knowledge))
    if len(left) > _LEFT_OUT_SHOWN:
        table.add_row("", Text(f"{len(left) - _LEFT_OUT_SHOWN} more (--json lists them all)", style="dim"))
    out.print(table)
    out.print()


def _print_next_steps(out: Console, answer: Answer, knowledge: Knowledge) -> None:
    """The smallest steps up: what a little more of one resource would give."""
    steps = answer.explanation.next_steps
    if not steps:
        return
    out.print(Text("One step up", style="bold"))
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2)
    table.add_column()
    for step in steps[:_STEPS_SHOWN]:
        table.add_row("", _sentence(step.text[:1].upper() + step.text[1:], knowledge))
    if len(steps) > _STEPS_SHOWN:
        table.add_row("", Text(f"{len(steps) - _STEPS_SHOWN} more (--json lists them all)", style="dim"))
    out.print(table)
    out.print()


def _print_assumptions(out: Console, answer: Answer, knowledge: Knowledge) -> None:
    if answer.assumptions:
        shown = [f"{task_words(a.field.removesuffix('.size'))}: {a.value}" for a in answer.assumptions]
        out.print(Padding(Text("Assumed  " + " · ".join(shown), style="dim"), (0, 0, 0, 0)))
    for change in answer.explanation.would_change:
        out.print(Text(f"But {readable(change.text, knowledge)}.", style="green"))
    for note in answer.explanation.notes:
        out.print(Text(note, style="yellow"))
