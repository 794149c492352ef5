"""What of a workflow works together: for each result the model, with its encoders, decoder and add-ons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rigfit.cases.models import main_component
from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Addon, Component, Model
from rigfit.workflow.graph import Graph, Node
from rigfit.workflow.recognise import Known
from rigfit.workflow.sizes import size_of
from rigfit.workflow.uses import Use

_MAIN = ("denoiser", "checkpoint", "llm", "upscaler", "interpolation", "segmentation", "speech", "audio", "face")
_RUNTIME = "comfyui"
MOST_RESULTS = 64
"""Results of one workflow that have nothing in common; each is estimated."""
_MOST_STEPS = 50_000
_PICTURES = ("LoadImage", "LoadImageMask", "LoadImageOutput")


@dataclass(frozen=True)
class Loaded:
    """A file that is needed, and what it is."""

    use: Use
    known: Known


@dataclass(frozen=True)
class Assembly:
    """A model with the files it is run from; or one file that nobody knows, with what stands beside it."""

    model: Model | None
    """None where the main file is not known."""
    main: Loaded
    roles: dict[str, tuple[str, Loaded]]
    """Role -> variant (or spelling) and the file it comes in."""
    others: tuple[Loaded, ...]
    """Files of the same results that belong to no role: LoRAs, add-ons, what is not known."""
    addons: tuple[tuple[Addon, Component, str, Loaded], ...]
    """Add-on, its component, variant and file."""
    size: dict[str, int | float]
    from_picture: bool
    """Pictures of the person's go in."""

    @property
    def loads_loras(self) -> bool:
        """A LoRA is put on the model."""
        return any(one.use.kind == "lora" for one in self.others)


class Assembler:
    """Puts the files of workflows together over one knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._components: dict[str, Component] = knowledge.index("components")
        self._mains = {m.id: main_component(m, self._components) for m in knowledge.catalog.models}

    def assemble(self, graph: Graph, loaded: list[Loaded]) -> list[Assembly]:
        """The models of a workflow, each with its files.

        Args:
            graph: the workflow.
            loaded: the files it needs.
        """
        found: list[Assembly] = []
        for nodes, files in _together(graph, loaded):
            found += self._group(graph, nodes, files)
        return _without_repeats(found)

    def _group(self, graph: Graph, nodes: list[Node], files: list[Loaded]) -> list[Assembly]:
        size = size_of(graph, nodes, self.knowledge)
        picture = any(node.type in _PICTURES for node in nodes)
        left = [one for one in files if self._is_main(one)]
        found: list[Assembly] = []
        while left:
            best = self._best(left, files)
            if best is None:
                rest = [one for one in left if one.known.by != "catalog" or one.use.kind in ("denoiser", "checkpoint")]
                beside = tuple(one for one in files if one not in left)
                found += [Assembly(None, one, {}, beside, (), size, picture) for one in rest]
                break
            roles = self._roles(best, files)
            used = {id(one) for _, one in roles.values()}
            main = next((one for one in left if id(one) in used), left[0])
            rest = [one for one in files if id(one) not in used]
            found.append(Assembly(best, main, roles, tuple(rest), tuple(self._addons(best, rest)), size, picture))
            left = [one for one in left if id(one) not in used and one is not main]
        return found

    def _is_main(self, one: Loaded) -> bool:
        kinds = {self._components[name].kind for name, _ in one.known.parts}
        return one.use.kind in _MAIN or bool(one.known.checkpoints) or bool(kinds & set(_MAIN))

    def _best(self, left: list[Loaded], files: list[Loaded]) -> Model | None:
        """The model of which most is there, whose main part one of the files holds; the plainest of equals."""
        mains = {name for one in left for name in self._held(one)}
        there = {name for one in files for name in self._held(one)}
        spoken = {one.known.model for one in left} | {model for one in left for model, _ in one.known.checkpoints}
        best: tuple[tuple[int, int, bool, int, str], Model] | None = None
        for model in self.knowledge.catalog.models:
            parts = set(model.components.values())
            if self._mains[model.id].id not in mains or _RUNTIME not in model.runtimes:
                continue
            order = (
                -len(parts & there) + len(parts - there) - 2 * (model.id in spoken),
                len(parts),
                model.exclude_from_defaults is not None,
                len(model.id),
                model.id,
            )
            if best is None or order < best[0]:
                best = order, model
        return None if best is None else best[1]

    def _held(self, one: Loaded) -> set[str]:
        """Components in a file."""
        held = {name for name, _ in one.known.parts}
        for model, checkpoint in one.known.checkpoints:
            entry: Model = self.knowledge.index("models")[model]
            inside = next(c for c in entry.checkpoints if c.id == checkpoint)
            held |= {entry.components[role] for role in inside.contains if role in entry.components}
        return held

    def _roles(self, model: Model, files: Iterable[Loaded]) -> dict[str, tuple[str, Loaded]]:
        """Where each part of a model comes from; a checkpoint of its own before files of single parts."""
        roles: dict[str, tuple[str, Loaded]] = {}
        for one in files:
            for owner, checkpoint in one.known.checkpoints:
                if owner == model.id:
                    inside = next(c for c in model.checkpoints if c.id == checkpoint)
                    for role, variant in inside.contains.items():
                        roles.setdefault(role, (variant, one))
        for role, component in model.components.items():
            for one in files:
                own = next((key for name, key in one.known.parts if name == component), None)
                if own is not None and (role not in roles or one.use.kind != "checkpoint"):
                    roles[role] = (own, one)
                    break
        return roles

    def _addons(self, model: Model, files: list[Loaded]) -> Iterable[tuple[Addon, Component, str, Loaded]]:
        """Add-ons of the catalog among the files, as far as they go with the model."""
        for one in files:
            for name, variant in one.known.parts:
                addon = next(
                    (
                        a
                        for a in self.knowledge.catalog.addons
                        if name in a.components.values() and (model.family in a.families or model.id in a.models)
                    ),
                    None,
                )
                if addon is not None:
                    yield addon, self._components[name], variant, one
                    break


def _together(graph: Graph, loaded: list[Loaded]) -> list[tuple[list[Node], list[Loaded]]]:
    """Nodes and files of each result; results that one model makes are taken together."""
    groups: list[tuple[dict[str, Node], dict[int, Loaded]]] = []
    steps = 0
    for sink in graph.sinks() if loaded else []:
        nodes = graph.upstream(sink)
        steps += len(nodes)
        if steps > _MOST_STEPS or len(groups) > MOST_RESULTS:
            raise InputError(f"makes more than {MOST_RESULTS} separate results, or tangles its nodes beyond measure")
        files = {n: one for n, one in enumerate(loaded) if one.use.node.key in nodes}
        if not files:
            continue
        for group in [g for g in groups if g[1].keys() & files.keys()]:
            groups.remove(group)
            nodes, files = {**group[0], **nodes}, {**group[1], **files}
        groups.append((nodes, files))
    return [(list(nodes.values()), [files[n] for n in sorted(files)]) for nodes, files in groups]


def _without_repeats(found: list[Assembly]) -> list[Assembly]:
    """One of those that are the same but for their size: the largest."""
    kept: dict[tuple[object, ...], Assembly] = {}
    for one in found:
        key = (
            one.model.id if one.model else one.main.use.base,
            tuple(sorted((role, variant) for role, (variant, _) in one.roles.items())),
        )
        if key not in kept or _pixels(one) > _pixels(kept[key]):
            kept[key] = one
    return list(kept.values())


def _pixels(one: Assembly) -> float:
    return one.size.get("width", 0) * one.size.get("height", 0) * one.size.get("frames", 1)
