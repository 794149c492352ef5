"""From what a person calls a model or one of its files to the model, the role and the variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigfit.errors import InputError, nearest, unknown

if TYPE_CHECKING:
    from rigfit.explain.targets import Target
    from rigfit.knowledge import Knowledge
    from rigfit.schema.catalog import Component, Model


def target_from(name: str, knowledge: Knowledge) -> tuple[Target, tuple[str, ...]]:
    """What is meant, and a note where it is not exactly what was said.

    The model, or the variant after a colon: "flux1-dev", "FLUX.1 dev:Q4_K_M", "flux1-dev:t5xxl=fp8", a file's name.

    Raises:
        InputError: with the nearest names, for a model or variant that the catalog does not have.
    """
    from rigfit.explain.targets import Target

    whole = _by_file(name, knowledge)
    if whole is not None:
        return whole, ()
    called, colon, variant = name.partition(":")
    model, spelled = _model(called.strip(), knowledge)
    wanted = variant.strip() if colon else spelled
    if colon and not wanted:
        raise InputError(f"{name!r}: give a variant after the colon, like {model.id}:fp8", name=name)
    if wanted is None:
        return Target(model), ()
    role, key, exact = _variant(wanted, model, knowledge)
    note = f"{model.title} has no {wanted} in the catalog: taken as {key}, the nearest that it has."
    return Target(model, role, key), () if exact else (note,)


def _model(name: str, knowledge: Knowledge) -> tuple[Model, str | None]:
    """A model by id, alias, title or repository; a guess (a fine-tune, part of a name) is not taken."""
    from rigfit.cases.models import Models

    names = [m.id for m in knowledge.catalog.models] + [m.title for m in knowledge.catalog.models]
    found = Models(knowledge).find(name)
    if found.note is not None:
        raise unknown("model", name, names)
    return found.model, found.precision


def _by_file(name: str, knowledge: Knowledge) -> Target | None:
    """The variant that a file holds; None where no one model has such a file."""
    from rigfit.explain.targets import Target

    wanted = name.strip().rpartition("/")[2].casefold()
    components: dict[str, Component] = knowledge.index("components")
    found: list[Target] = []
    for model in knowledge.catalog.models:
        for checkpoint in model.checkpoints:
            if checkpoint.file.name.rpartition("/")[2].casefold() == wanted:
                role = _main(tuple(checkpoint.contains), model, knowledge)[0]
                found.append(Target(model, role, checkpoint.contains[role]))
        for role, component in sorted(model.components.items()):
            found += [
                Target(model, role, variant.key)
                for variant in components[component].variants
                if variant.file is not None and variant.file.name.rpartition("/")[2].casefold() == wanted
            ]
    models = {target.model.id for target in found}
    return found[0] if len(models) == 1 else None


def _main(roles: tuple[str, ...], model: Model, knowledge: Knowledge) -> tuple[str, ...]:
    """Roles with the main network first."""
    components: dict[str, Component] = knowledge.index("components")
    order = {"denoiser": 0, "llm": 1}

    def size(role: str) -> tuple[int, int, str]:
        component = components[model.components[role]]
        return order.get(component.kind, 2), -(component.params.value if component.params else 0), role

    return tuple(sorted(roles, key=size))


def _variant(text: str, model: Model, knowledge: Knowledge) -> tuple[str, str, bool]:
    """Role and key of a variant, and whether it is just what was said; the main network comes first."""
    from rigfit.cases.models import find_roles
    from rigfit.cases.precisions import known_spellings, meanings
    from rigfit.cases.words import fold

    components: dict[str, Component] = knowledge.index("components")
    part, equals, spelling = text.partition("=")
    roles = find_roles(part.strip(), model, knowledge) if equals else tuple(model.components)
    wanted = (spelling if equals else text).strip()
    ordered = _main(roles, model, knowledge)
    for role in ordered:
        for variant in components[model.components[role]].variants:
            names = [variant.key, *([variant.file.name.rpartition("/")[2]] if variant.file is not None else [])]
            if fold(wanted) in {fold(name) for name in names}:
                return role, variant.key, True
    digits = {c for c in wanted if c.isdigit()}  # what says 9 bits does not mean 4
    precisions = [p for p in meanings(wanted, knowledge) if digits <= set(p)]
    for role in ordered:
        for precision in precisions:
            for variant in components[model.components[role]].variants:
                if variant.precision == precision:
                    return role, variant.key, precision == precisions[0]
    main = components[model.components[ordered[0]]]
    known = [s for role in ordered for s in known_spellings(components[model.components[role]], knowledge)]
    if nearest(wanted, known):
        raise unknown(f"variant of {model.title}", wanted, known)
    listed = ", ".join(variant.key for variant in main.variants[:8])
    raise InputError(f"unknown variant {wanted[:60]!r} of {model.title}; it has: {listed}", name=wanted)
