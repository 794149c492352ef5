"""A size must be what its parameters and precision make it, or say why not."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.units import format_file

TOLERANCE = 15
"""Percent by which a file may differ without a word."""


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Sizes that differ by more than the tolerance and carry no note."""
    precisions = knowledge.index("precisions")
    for component in knowledge.catalog.components:
        if component.params is None:
            continue
        for number, variant in enumerate(component.variants):
            bits = precisions[variant.precision].bits
            if variant.size is None or bits is None or variant.note or variant.size.note:
                continue
            expected = component.params.value * bits.value // 8000
            if abs(variant.size.value - expected) * 100 > TOLERANCE * expected:
                percent = round((variant.size.value - expected) * 100 / expected) if expected else 0
                yield Problem(
                    places.where("components", component.id, "variants", number, "size"),
                    component.id,
                    f"variants.{variant.key}.size",
                    f"{format_file(variant.size.value)} is {percent:+d} % off parameters x bits "
                    f"({format_file(expected)}); correct one of them or say why in a `note`",
                )
