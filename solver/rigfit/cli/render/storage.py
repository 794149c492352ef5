"""What presets take on the disk, as a table."""

from __future__ import annotations

from rich.table import Table

from rigfit.cli.render.console import page
from rigfit.knowledge import Knowledge
from rigfit.schema.storage import StorageReport
from rigfit.units import format_file, format_milliseconds


def _main(variants: dict[str, str]) -> str:
    """The precision of what is largest."""
    return variants.get("denoiser") or variants.get("denoiser_high") or next(iter(variants.values()), "")


def print_storage(report: StorageReport, knowledge: Knowledge) -> None:
    """Print a storage report to stdout."""
    table = Table(box=None, pad_edge=False)
    for heading in ("preset", "on", "download", "disk", "NVMe", "SATA", "hard disk"):
        table.add_column(heading, no_wrap=True, justify="left" if heading in ("preset", "on") else "right")
    cards = knowledge.index("gpus")
    for row in report.presets:
        if row.storage is None:
            table.add_row(row.preset, cards[row.gpu].title, "no bundle")
            continue
        times = [format_milliseconds(row.storage.load_milliseconds[kind]) for kind in ("nvme", "ssd", "hdd")]
        amounts = [format_file(row.storage.download), format_file(row.storage.install_peak)]
        table.add_row(row.preset, cards[row.gpu].title, *amounts, *times)
    both = report.together
    if len(report.presets) > 1:
        times = [format_milliseconds(both.load_milliseconds[kind]) for kind in ("nvme", "ssd", "hdd")]
        table.add_row("together", "", format_file(both.download), format_file(both.install_peak), *times, style="bold")
    with page() as out:
        out.print(table)
        out.print()
        for row in report.presets:
            if row.models:
                names = [f"{one.title} {_main(one.variants)}".strip() for one in row.models]
                out.print(f"{row.preset}: " + " + ".join(names))
        out.print()
        if both.shared:
            out.print(f"Together they share {format_file(both.shared)}.", end=" ")
        out.print("The last columns: reading all weights once from such a drive. Disk: while installing.")
        out.print(
            "Assumed  " + " · ".join(f"{a.field.replace('_', ' ')}: {a.value}" for a in report.assumptions), style="dim"
        )
