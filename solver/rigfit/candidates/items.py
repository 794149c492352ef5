"""What is counted once however many pipelines use it: files, node packages, runtimes."""

from __future__ import annotations

from dataclasses import dataclass, field

from rigfit.candidates.admission import Branch
from rigfit.candidates.variants import Admitted
from rigfit.schema.catalog import Runtime, WeightFile

_ANYBODYS = ("diffusion_pytorch_model", "pytorch_model", "model.", "model-0", "adapter_model")


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """A file to download, a node package or a runtime to install."""

    kind: str
    """"file", "node" or "runtime"."""
    key: str
    disk: int
    """Bytes it will take; 0 for what is already on the machine."""
    size: int
    """Bytes it has."""
    file: WeightFile | None = None


@dataclass
class Items:
    """The items of one request, numbered as they appear."""

    installed: frozenset[str] = frozenset()
    """File names already on the machine: they weigh nothing."""
    specs: list[ItemSpec] = field(default_factory=list)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def _number(self, spec: ItemSpec) -> int:
        key = (spec.kind, spec.key)
        if key not in self._numbers:
            self._numbers[key] = len(self.specs)
            self.specs.append(spec)
        return self._numbers[key]

    def file(self, file: WeightFile, fallback: int, owner: str) -> int:
        """A file by its repository and name; one without a repository is its owner's own."""
        size = file.size.value if file.size is not None else fallback
        base = file.name.rpartition("/")[2]
        # Hundreds of repositories call their weights the same: such a name alone says nothing.
        names = {file.name, f"{file.repo}/{file.name}", *(() if base.startswith(_ANYBODYS) else (base,))}
        disk = 0 if names & self.installed else size
        return self._number(ItemSpec("file", f"{file.repo or owner}/{file.name}", disk, size, file))

    def node(self, node: str) -> int:
        """A node package; what its own files take is negligible beside weights."""
        return self._number(ItemSpec("node", node, 0, 0))

    def runtime(self, runtime: Runtime) -> int:
        """A runtime."""
        size = runtime.install_size.value if runtime.install_size is not None else 0
        return self._number(ItemSpec("runtime", runtime.id, size, size))

    def of_part(self, one: Admitted, in_checkpoint: bool) -> list[int]:
        """What a part needs; one inside a checkpoint brings no file of its own."""
        found = [self.node(node) for node in one.nodes]
        part = one.part
        if not in_checkpoint:
            file = part.variant.file or WeightFile(name=f"{part.component.id}.{part.variant.key}")
            found.append(self.file(file, part.weights, part.component.id))
        return found

    def of_branch(self, branch: Branch) -> list[int]:
        """What every pipeline of a branch needs: the runtime, the nodes its model takes there, the checkpoint."""
        found = [self.runtime(branch.runtime)]
        found += [self.node(node) for node in branch.model.runtimes[branch.runtime.id].nodes]
        if branch.checkpoint is not None:
            inside = sum(a[0].part.weights for a in _first_of(branch) if a[0].part.role in branch.in_checkpoint)
            found.append(self.file(branch.checkpoint, inside, branch.model.id))
        return found


def _first_of(branch: Branch) -> list[tuple[Admitted, ...]]:
    return [group[0] for group in branch.groups]
