"""What is counted once however many pipelines use it: files, node packages, runtimes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rigfit.candidates.admission import Branch
from rigfit.candidates.variants import Admitted
from rigfit.dominance import Array, Flags
from rigfit.schema.catalog import Runtime, WeightFile

_ANYBODYS = ("diffusion_pytorch_model", "pytorch_model", "model.", "model-0", "adapter_model")
_ARCHIVES = (".zip", ".7z", ".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """A file to download, a node package or a runtime to install."""

    kind: str
    """"file", "conversion" (what a file is converted to on the machine), "node" or "runtime"."""
    key: str
    disk: int
    """Bytes it takes while everything is installed; 0 for what is already on the machine."""
    size: int
    """Bytes it has."""
    download: int = 0
    """Bytes to fetch."""
    file: WeightFile | None = None


@dataclass
class Items:
    """The items of one request, numbered as they appear."""

    installed: frozenset[str] = frozenset()
    """Files already on the machine, by repository and path or by name: they weigh nothing."""
    specs: list[ItemSpec] = field(default_factory=list)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def _number(self, spec: ItemSpec) -> int:
        key = (spec.kind, spec.key)
        if key not in self._numbers:
            self._numbers[key] = len(self.specs)
            self.specs.append(spec)
        return self._numbers[key]

    def file(self, file: WeightFile, fallback: int, owner: str) -> int:
        """A file by its repository and name; one without a repository is its owner's own.

        Args:
            file: what is downloaded.
            fallback: bytes of the weights it holds: the size of a file that lists none, and what an archive unpacks to.
            owner: component or model it belongs to.
        """
        size = file.size.value if file.size is not None else fallback
        base = file.name.rpartition("/")[2]
        # Hundreds of repositories call their weights the same: such a name alone says nothing.
        key = f"{file.repo or owner}/{file.name}"
        names = {file.name, key, *(() if base.startswith(_ANYBODYS) else (base,))}
        missing = 0 if names & self.installed else size
        # An archive and what was unpacked from it lie side by side until the archive is deleted.
        disk = missing + (fallback if missing and base.endswith(_ARCHIVES) else 0)
        return self._number(ItemSpec("file", key, disk, size, missing, file))

    def conversion(self, one: Admitted) -> int:
        """What a file is converted to on the machine: nothing to download, but it takes room beside its source."""
        part, variant = one.part, one.part.variant
        # Where a size is listed it is what a runner holds that loads the source too.
        listed = variant.file.size if variant.size is not None and variant.file is not None else None
        size = max(0, part.weights - (listed.value if listed is not None else 0))
        return self._number(ItemSpec("conversion", f"{part.component.id}.{variant.key}", size, size))

    def node(self, node: str) -> int:
        """A node package; what its own files take is negligible beside weights."""
        return self._number(ItemSpec("node", node, 0, 0))

    def runtime(self, runtime: Runtime) -> int:
        """A runtime."""
        size = runtime.install_size.value if runtime.install_size is not None else 0
        return self._number(ItemSpec("runtime", runtime.id, size, size, size))

    def of_part(self, one: Admitted, in_checkpoint: bool) -> list[int]:
        """What a part needs; one inside a checkpoint brings no file of its own."""
        found = [self.node(node) for node in one.nodes]
        part = one.part
        if not in_checkpoint:
            file = part.variant.file or WeightFile(name=f"{part.component.id}.{part.variant.key}")
            found.append(self.file(file, part.weights, part.component.id))
            if part.variant.conversion is not None:
                found.append(self.conversion(one))
        return found

    def of_branch(self, branch: Branch) -> list[int]:
        """What every pipeline of a branch needs: the runtime, the nodes its model takes there, the checkpoint."""
        found = [self.runtime(branch.runtime)]
        found += [self.node(node) for node in branch.model.runtimes[branch.runtime.id].nodes]
        if branch.checkpoint is not None:
            inside = sum(a[0].part.weights for a in _first_of(branch) if a[0].part.role in branch.in_checkpoint)
            found.append(self.file(branch.checkpoint, inside, branch.model.id))
        return found


def stored_bytes(specs: Sequence[ItemSpec], without: Sequence[int] | Flags) -> Array:
    """(items, 1 or 2) bytes on the disk and, where any item fetches more or less than it takes, bytes to download.

    Args:
        specs: the items.
        without: those that count for nothing here, by number or as flags.
    """
    table = np.array([(s.disk, s.download) for s in specs], dtype=np.int64).reshape(len(specs), 2)
    table[without] = 0
    return table if (table[:, 0] != table[:, 1]).any() else table[:, :1]


def _first_of(branch: Branch) -> list[tuple[Admitted, ...]]:
    return [group[0] for group in branch.groups]
