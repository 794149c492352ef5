"""A node plan as text."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rigfit.cli.render.console import page
from rigfit.explain.words import CLASH_WORDS, listed
from rigfit.knowledge import Knowledge
from rigfit.schema.clash import Clash
from rigfit.schema.nodes import Confirmation, NodePlan


def print_plan(plan: NodePlan, knowledge: Knowledge) -> None:
    """Conflicts first, where there are any: then the rest is only of use to who settles them."""
    runtime = knowledge.index("runtimes")[plan.runtime].title
    titles = {package.id: package.title for package in plan.packages} | {plan.runtime: runtime}
    with page() as out:
        if not plan.packages:
            out.print(f"{runtime}: no node packages are needed.")
            return
        if plan.conflicts:
            out.print(Text("These packages cannot be installed together:", style="bold"))
            for clash in plan.conflicts:
                _clash(clash, runtime, titles, knowledge, out)
            out.print()
        out.print(Text(f"Into {runtime}, in this order", style="bold"))
        table = _table()
        for number, package in enumerate(plan.packages, 1):
            at = " ".join(
                part for part in (package.version, f"at {package.commit[:12]}" if package.commit else "") if part
            )
            repo = (package.repo or "").removeprefix("https://")
            table.add_row(f"{number}", Text(package.title), at or "-", repo)
        out.print(table)
        _requirements(plan, out)
        _lines("Constraints, which keep the runtime as it is", plan.constraints, out)
        _lines("Not to be installed beside these", plan.excluded, out)
        if plan.notes:
            out.print(Text("\nNotes", style="bold"))
            for note in plan.notes:
                out.print(Padding(Text(note), (0, 0, 0, 2)))
        if plan.confirmation is not None:
            _confirmation(plan.confirmation, out)


def _table() -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(justify="right", min_width=3)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    return table


def _clash(clash: Clash, runtime: str, titles: dict[str, str], knowledge: Knowledge, out: Console) -> None:
    names = [titles.get(member, member) for member in clash.members]
    what = f"{names[0]} and {runtime} itself" if len(names) == 1 else listed(names)
    text = Text.assemble((what, "bold"), f", {CLASH_WORDS[clash.kind]}: {clash.reason}.")
    out.print(Padding(text, (0, 0, 0, 2)))
    for ask in clash.asks:
        source = knowledge.index("sources").get(ask.source)
        said = source.title if source is not None else _file(ask.source)
        out.print(Padding(Text(f"{ask.requirement}  {titles.get(ask.by, ask.by)}, {said}", style="dim"), (0, 0, 0, 6)))
    for report in clash.reports:
        out.print(Padding(Text(f"as it happened: {report}", style="dim"), (0, 0, 0, 6)))
    if clash.way_out is not None:
        out.print(Padding(Text(f"by hand: {clash.way_out}"), (0, 0, 0, 6)))


def _file(address: str) -> str:
    """A file of a repository at a commit, in words."""
    _, mark, place = address.partition("/blob/")
    commit, _, name = place.partition("/")
    return f"{name} at {commit[:12]}" if mark else address


def _requirements(plan: NodePlan, out: Console) -> None:
    asked = [merged for merged in plan.requirements if len(merged.by) > 1 or merged.replaces]
    pinned = [m for m in plan.requirements if m not in asked and m.requirement != m.distribution]
    plain = [merged.requirement for merged in plan.requirements if merged not in asked and merged not in pinned]
    out.print(Text(f"\nRequirements, {len(plan.requirements)} in all", style="bold"))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for merged in (*asked, *pinned):
        more = f"; in place of {', '.join(merged.replaces)}" if merged.replaces else ""
        table.add_row(Text(f"  {merged.requirement}"), f"for {', '.join(merged.by)}{more}")
    out.print(table)
    if plain:
        out.print(Padding(Text("in any version: " + ", ".join(plain)), (0, 0, 0, 2)))


def _lines(title: str, lines: tuple[str, ...], out: Console) -> None:
    if lines:
        out.print(Text(f"\n{title}", style="bold"))
        out.print(Padding(Text(", ".join(lines)), (0, 0, 0, 2)))


def _confirmation(found: Confirmation, out: Console) -> None:
    said = {
        "confirmed": f"{found.resolver} confirms it: {len(found.resolved)} distributions to install.",
        "refused": f"{found.resolver} finds no way: {found.text}",
        "undecided": f"{found.resolver} came to no verdict: {found.text}",
    }
    out.print()
    out.print(Text(said[found.verdict], style="bold"))
