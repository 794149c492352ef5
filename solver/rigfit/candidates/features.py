"""What meets a feature: the model itself, or an add-on for its family on a runtime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rigfit.schema.base import Grade
from rigfit.schema.catalog import Addon, Graded, Model

_ORDER = list(Grade)


def meets(wanted: str, offered: str) -> bool:
    """A plain "controlnet" is met by any kind of ControlNet, "controlnet:depth" only by that one."""
    return wanted == offered or (":" not in wanted and offered.partition(":")[0] == wanted)


def best_grade(wanted: str, features: Mapping[str, Graded]) -> Graded | None:
    """The best of the features that meet what is wanted, or None."""
    found = [(graded, name) for name, graded in features.items() if meets(wanted, name)]
    return min(found, key=lambda pair: (_ORDER.index(pair[0].grade), pair[1]))[0] if found else None


def fits(addon: Addon, model: Model) -> bool:
    """The add-on is made for the model or its family."""
    return model.family in addon.families or model.id in addon.models


def providers(wanted: str, model: Model, runtime: str | None, addons: Iterable[Addon]) -> list[Addon]:
    """Add-ons that give a model the feature, best grade first; on any runtime where None is given."""
    found = []
    for addon in addons:
        if not fits(addon, model) or (runtime is not None and runtime not in addon.runtimes):
            continue
        graded = best_grade(wanted, addon.provides)
        if graded is not None:
            found.append((_ORDER.index(graded.grade), addon.id, addon))
    return [addon for _, _, addon in sorted(found, key=lambda entry: entry[:2])]
