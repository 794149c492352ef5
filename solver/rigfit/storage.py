"""What a bundle takes on the disk: to fetch, to keep, at the peak of installing, and what is there already."""

from __future__ import annotations

from collections.abc import Sequence

from rigfit.candidates import Compiled
from rigfit.candidates.expand import Candidate
from rigfit.candidates.items import ItemSpec
from rigfit.estimate.storage import drive_advice, load_times
from rigfit.schema.answer import Storage


def build_storage(candidates: Sequence[Candidate], compiled: Compiled) -> Storage:
    """The storage of a bundle, shared files once.

    Args:
        candidates: the pipeline of each task.
        compiled: the items that they need, and the machine.
    """
    specs = [compiled.items.specs[i] for i in sorted({i for c in candidates for i in c.items})]
    sources = _sources(candidates, specs)
    files = [s for s in specs if s.file is not None]
    load = sum(s.size for s in specs if s.kind in ("file", "conversion") and s.key not in sources)
    peak = sum(s.disk for s in specs)
    # An archive takes its own size beside what it unpacks to.
    archives = sum(s.size for s in files if s.disk > s.size)
    drive = compiled.machine.drive
    return Storage(
        download=sum(s.download for s in specs),
        disk=peak - archives - sum(s.disk for s in files if s.key in sources),
        install_peak=peak,
        present=sum(s.size for s in files if s.disk == 0),
        load=load,
        load_milliseconds=load_times(load, compiled.knowledge),
        drive=drive,
        advice=drive_advice(load, drive, compiled.knowledge),
    )


def _sources(candidates: Sequence[Candidate], specs: Sequence[ItemSpec]) -> frozenset[str]:
    """Keys of files that are only needed until they are converted."""
    once: set[str] = set()
    needed: set[str] = set()
    for candidate in candidates:
        pipeline = candidate.pipeline
        for part in (*pipeline.parts, *pipeline.addon_parts):
            file = part.variant.file
            if file is not None:
                key = f"{file.repo or part.component.id}/{file.name}"
                (once if part.variant.conversion == "source_once" else needed).add(key)
    return frozenset(s.key for s in specs if s.kind == "file" and s.key in once - needed)
