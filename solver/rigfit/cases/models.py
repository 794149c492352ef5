"""Finding the one model, runtime or component role that a loose name means, or saying what is near."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field

from rigfit.cases import words
from rigfit.cases.precisions import split_name
from rigfit.errors import InputError, nearest, unknown
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Model, Runtime

_TOO_NEAR = 0.8
"""A word this like one that continues a known name is a slip of the pen, not the name of a fine-tune."""


@dataclass(frozen=True)
class Found:
    """A model, and how its name was read."""

    model: Model
    precision: str | None = None
    """The spelling of a precision that the name carried."""
    note: str | None = None
    """Where the name does not say exactly this model."""


@dataclass
class Models:
    """The names of all models, folded once."""

    knowledge: Knowledge
    _names: dict[str, list[Model]] = field(default_factory=dict)
    _families: dict[str, list[Model]] = field(default_factory=dict)
    _found: dict[str, Found] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Strongest names first: ids, then aliases, titles, and the repositories the main network comes from."""
        models = self.knowledge.catalog.models
        for names in (
            lambda m: (m.id,),
            lambda m: m.aliases,
            lambda m: (m.title,) if is_core_ml(m) else (m.title, re.sub(r"\(.*\)", "", m.title)),
        ):
            layer: dict[str, list[Model]] = {}
            for model in models:
                for name in names(model):
                    if model not in (same := layer.setdefault(words.fold(name), [])):
                        same.append(model)
            for name, owners in layer.items():
                self._names.setdefault(name, owners)
        repositories: dict[str, list[Model]] = {}
        for model in (m for m in models if not is_core_ml(m)):
            for name in self._repositories(model):
                repositories.setdefault(words.fold(name), []).append(model)
        for name, owners in repositories.items():
            if len(owners) == 1:  # a repository that repackages a whole family names none of it
                self._names.setdefault(name, owners)
        for model in models:
            self._families.setdefault(words.fold(model.family), []).append(model)

    def _repositories(self, model: Model) -> set[str]:
        components: dict[str, Component] = self.knowledge.index("components")
        main = main_component(model, components)
        return {v.file.repo.rpartition("/")[2] for v in main.variants if v.file is not None and v.file.repo}

    def find(self, name: str) -> Found:
        """The model that a name means.

        Raises:
            InputError: when it means none, or several of different families; the message lists the nearest.
        """
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def _find(self, name: str) -> Found:
        last = name.strip().rstrip("/").rpartition("/")[2]
        for text, precision in dict.fromkeys(((name, None), (last, None), split_name(last))):
            if (model := self._exact(text)) is not None:
                return Found(model, precision)
        bare, precision = split_name(last)
        tokens = [t for t in re.split(r"[^a-z0-9.]+", bare.casefold()) if t and t not in words.NOISE]
        kept = "-".join(tokens)
        if (model := self._exact(kept)) is not None:
            return Found(model, precision)
        if (model := self._family(kept)) is not None:
            return Found(model, precision, f"{name!r} names a family: taken as {model.title}")
        if (model := self._with_more(kept)) is not None:
            return Found(model, precision, f"{name!r} is taken as {model.title}")
        if (model := self._fine_tune(tokens)) is not None:
            return Found(
                model, precision, f"{name!r} is not in the catalog: estimated as the {model.title} it is named after"
            )
        raise self._unknown(name, bare)

    def _exact(self, text: str) -> Model | None:
        owners = self._names.get(words.fold(text), []) if text else []
        return _plainest(owners) if owners and len({m.family for m in owners}) == 1 else None

    def _family(self, text: str) -> Model | None:
        owners = self._families.get(words.fold(text), [])
        return _plainest(owners) if owners else None

    def _with_more(self, text: str) -> Model | None:
        """The model whose name says all that the text says and least besides."""
        said = Counter(words.atoms(text))
        if sum(said.values()) < 2:
            return None
        more: list[tuple[int, Model]] = []
        for model in self.knowledge.catalog.models:
            extra = [
                sum(rest.values())
                for name in (model.id, *model.aliases, model.title)
                if not said - (have := Counter(words.atoms(name))) and set(rest := have - said) <= words.PLAIN
            ]
            if extra:
                more.append((min(extra), model))
        if not more:
            return None
        least = min(extra for extra, _ in more)
        near = [model for extra, model in more if extra == least]
        return _plainest(near) if len({model.family for model in near}) == 1 else None

    def _fine_tune(self, tokens: list[str]) -> Model | None:
        """A known name followed by words that no known name continues with: a model trained on from it."""
        for cut in range(len(tokens) - 1, 0, -1):
            rest = "".join(tokens[cut:])
            if any(char.isdigit() for char in rest):
                return None  # numbers tell versions and sizes apart
            stem = words.fold("-".join(tokens[:cut]))
            if stem not in self._names:
                continue
            longer = [name[len(stem) :] for name in (*self._names, *self._families) if name.startswith(stem)]
            if difflib.get_close_matches(rest, [name for name in longer if name], n=1, cutoff=_TOO_NEAR):
                return None
            return self._exact(stem)
        return None

    def _unknown(self, name: str, bare: str) -> InputError:
        known = self.knowledge.model_names
        close = nearest(bare, known) or nearest(name, known)
        hint = f"; nearest: {', '.join(close)}" if close else " (rigfit catalog list models shows them all)"
        shown = name if len(name) <= 60 else name[:57] + "..."
        return InputError(f"unknown model {shown!r}{hint}", name=name, nearest=close)


def _plainest(models: list[Model]) -> Model:
    """Of models that a name fits alike: PyTorch before Core ML, text before pictures to video, short names first."""

    def order(model: Model) -> tuple[bool, bool, int, str]:
        return is_core_ml(model), "t2v" not in model.id, len(model.id), model.id

    return min(models, key=order)


def is_core_ml(model: Model) -> bool:
    """A conversion for Apple's programs: meant only where its name says so."""
    return model.id.endswith("coreml")


def main_component(model: Model, components: dict[str, Component]) -> Component:
    """The network that decides: the largest denoiser, else the language model, else the largest part."""

    def order(component: Component) -> tuple[bool, bool, int]:
        params = component.params.value if component.params is not None else 0
        return component.kind == "denoiser", component.kind == "llm", params

    return max((components[name] for name in model.components.values()), key=order)


def find_runtime(name: str, model: Model, knowledge: Knowledge) -> Runtime:
    """The runtime that a name means; words like "official" mean the program of the model's own authors.

    Raises:
        InputError: when it means none.
    """
    runtimes: dict[str, Runtime] = knowledge.index("runtimes")
    wanted = words.fold(name)
    if wanted in words.OWN_PROGRAM:
        own = [r for r in model.runtimes if r.endswith(("-repo", "-cli")) or r in words.OF_ONE_FAMILY]
        return runtimes[own[0] if own else words.SCRIPTS]
    for runtime in runtimes.values():
        if wanted in {words.fold(n) for n in (runtime.id, runtime.title, *runtime.aliases)}:
            return runtime
    if (meant := words.RUNTIMES.get(wanted)) in runtimes:
        return runtimes[meant]
    raise unknown("runtime", name, [n for r in runtimes.values() for n in (r.id, *r.aliases, r.title)])


def find_roles(name: str, model: Model, knowledge: Knowledge) -> tuple[str, ...]:
    """The roles of a model that a name means: a role, a component, a kind, or what libraries call it.

    Raises:
        InputError: when it means none; the message lists the model's roles.
    """
    components: dict[str, Component] = knowledge.index("components")
    roles = {role: components[component] for role, component in model.components.items()}
    wanted = words.fold(name)
    for role, component in roles.items():
        if wanted in {words.fold(n) for n in (role, component.id, component.title, *component.aliases)}:
            return (role,)
    encoders = [role for role, component in roles.items() if component.kind == "text_encoder"]
    denoisers = [role for role, component in roles.items() if component.kind == "denoiser"]
    if len(denoisers) > 1 and wanted in words.HIGH_NOISE | words.LOW_NOISE:
        return (denoisers[0] if wanted in words.HIGH_NOISE else denoisers[1],)
    numbered = re.fullmatch(r"(?:textencoder|te|clip)(\d)", wanted)
    if numbered and encoders:  # the order of the catalog is the one of diffusers: text_encoder, text_encoder_2, ...
        return (encoders[min(int(numbered.group(1)), len(encoders)) - 1],)
    if wanted in words.T5:
        found = [role for role in encoders if "t5" in role or "t5" in roles[role].id]
        if found:
            return tuple(found)
    kinds = words.KINDS.get(wanted, (wanted,))
    if kinds == ("all",):
        return tuple(role for role, component in roles.items() if component.kind != "vae")
    if kinds in (("main",), ("denoiser",)):
        if denoisers:
            return tuple(denoisers)
        main = main_component(model, components)
        return tuple(role for role, component in roles.items() if component.id == main.id)
    found = [role for role, component in roles.items() if words.fold(component.kind) in map(words.fold, kinds)]
    if not found and kinds == ("text_encoder",):
        found = [role for role, component in roles.items() if component.kind in ("llm", "vision")]
    if not found:
        close = nearest(name, [*roles, *(c.id for c in roles.values())])
        hint = f"nearest: {', '.join(close)}" if close else f"its parts: {', '.join(roles)}"
        raise InputError(f"{model.title} has no part {name[:60]!r}; {hint}", name=name, nearest=close or roles)
    return tuple(found)
