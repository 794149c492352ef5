"""What a bundle chose, looked up in the catalog again: models, variants, and where each file lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Answer, Bundle, FileUse, TaskAnswer
from rigfit.schema.catalog import Component, Model, Precision, Runtime, Variant, WeightFile
from rigfit.schema.safe import path_problem

# Hundreds of repositories call their weights like this: such a file is kept under its repository's name.
_ANYBODYS = ("diffusion_pytorch_model", "pytorch_model", "model.", "model-0", "adapter_model", "output")
# Formats that are a folder of files, not one file.
_WHOLE = ("mlx", "exl2", "awq")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a model in the variant that was chosen."""

    role: str
    component: Component
    variant: Variant
    precision: Precision


@dataclass(frozen=True, slots=True)
class Chosen:
    """One task of the bundle."""

    number: int
    task: TaskAnswer
    model: Model
    runtime: Runtime
    parts: tuple[Part, ...]
    checkpoint: WeightFile | None
    """The file that holds its parts, where they come in one."""

    def part(self, *roles: str) -> Part | None:
        """The first part with one of some roles."""
        return next((part for part in self.parts if part.role in roles), None)

    def of_kind(self, *kinds: str) -> list[Part]:
        """The parts of some kinds."""
        return [part for part in self.parts if part.component.kind in kinds]


def chosen_in(bundle: Bundle, knowledge: Knowledge) -> tuple[Chosen, ...]:
    """The tasks of a bundle that run on this machine.

    Raises:
        InputError: when the catalog no longer has what the answer names.
    """
    local = [(number, task) for number, task in enumerate(bundle.tasks) if task.placement != "cloud"]
    return tuple(_chosen(number, task, knowledge) for number, task in local)


def _chosen(number: int, task: TaskAnswer, knowledge: Knowledge) -> Chosen:
    model: Model = _entry("models", task.model, knowledge)
    runtime: Runtime = _entry("runtimes", task.runtime, knowledge)
    parts = []
    for role, key in task.variants.items():
        component: Component = _entry("components", model.components.get(role, role), knowledge)
        variant = next((v for v in component.variants if v.key == key), None)
        if variant is None:
            raise _gone(f"{component.id} {key}")
        parts.append(Part(role, component, variant, knowledge.index("precisions")[variant.precision]))
    checkpoint = None
    if task.packaging != "split":
        found = next((c for c in model.checkpoints if c.id == task.packaging), None)
        if found is None:
            raise _gone(f"{model.id} {task.packaging}")
        checkpoint = found.file
    return Chosen(number, task, model, runtime, tuple(parts), checkpoint)


def _entry(collection: str, name: str, knowledge: Knowledge) -> Any:
    try:
        return knowledge.index(collection)[name]
    except KeyError:
        raise _gone(name) from None


def _gone(name: str) -> InputError:
    return InputError(f"the answer names {name!r}, which the catalog does not have (any more): solve it again")


def is_folder(part: Part) -> bool:
    """Its weights are a folder of files with settings and a tokenizer beside them."""
    container = part.precision.container
    return (part.component.kind == "llm" and container != "gguf") or container in _WHOLE


def place_of(file: WeightFile | FileUse) -> str:
    """Where a file lies below the folder of models; the same for everything that speaks of it."""
    repo = file.repo if file.repo is not None and not file.repo.startswith("https://") else None
    base = file.name.rpartition("/")[2]
    if base.startswith(_ANYBODYS) and repo is not None:
        inner = file.name.rpartition("/")[0].replace("/", "-")
        base = "-".join(word for word in (repo.rpartition("/")[2], inner, base) if word)
    path = f"{file.folder or 'other'}/{base}"
    if (problem := path_problem(path)) is not None:  # of an answer that was changed by hand
        raise InputError(f"the answer names the file {path!r}: {problem}")
    return path


def folder_of(part: Part) -> str:
    """Where a folder of weights lies below the folder of models."""
    file = part.variant.file
    name = file.repo.rpartition("/")[2] if file is not None and file.repo is not None else part.component.id
    path = f"llm/{name}-{revision_of(part)}" if revision_of(part) else f"llm/{name}"
    if (problem := path_problem(path)) is not None:
        raise InputError(f"{part.component.id}: {path!r}: {problem}")
    return path


def revision_of(part: Part) -> str | None:
    """The branch of a repository that holds one variant on each branch; the catalog writes it as a folder."""
    file = part.variant.file
    if file is None or part.precision.container != "exl2" or "/" not in file.name:
        return None
    return file.name.partition("/")[0]


def bundle_of(answer: Answer, rank: int) -> Bundle:
    """The bundle of a rank.

    Raises:
        InputError: when there is none.
    """
    for bundle in answer.bundles:
        if bundle.rank == rank:
            return bundle
    if not answer.bundles:
        raise InputError("the answer holds no bundle: `rigfit solve` says why")
    raise InputError(f"there is no bundle {rank}: the answer has 1 to {len(answer.bundles)}")


def values_of(one: Chosen) -> Mapping[str, tuple[str, str]]:
    """What the placeholders of a command stand for: name -> ("path" below the models or "text", value)."""
    found: dict[str, tuple[str, str]] = {}
    for part in one.parts:
        file = part.variant.file
        if is_folder(part):
            found.setdefault("folder", ("path", folder_of(part)))
        elif file is not None and one.checkpoint is None:
            found.setdefault(part.role, ("path", place_of(file)))
            found.setdefault(part.component.kind, ("path", place_of(file)))
    if one.checkpoint is not None:
        found["checkpoint"] = ("path", place_of(one.checkpoint))
    if "llm" in found:
        found.setdefault("model", found["llm"])
    for name in ("width", "height", "steps", "context"):
        value = one.task.size.get(name)
        if value:
            found[name] = ("text", str(int(value)))
    return found
