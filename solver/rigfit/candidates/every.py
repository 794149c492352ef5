"""Every pipeline of one model that the rules admit, none left out for being beaten; and what stops the rest.

Expanding for an answer drops what another pipeline of the same model beats, and most variants with it. A question about
one variant needs its own pipelines, so here they all stay, as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from rigfit.candidates.admission import Branch
from rigfit.candidates.combinations import Base
from rigfit.candidates.compiler import Prepared
from rigfit.candidates.expand import Expander, label
from rigfit.candidates.reasons import Gate, Reason
from rigfit.candidates.rows import Rows, concatenate
from rigfit.dominance import Array, Flags
from rigfit.estimate.pipeline import Pipeline
from rigfit.schema.catalog import Component, Model

Unit = tuple[str, str]
"""A role of a model and a variant's key."""
Stop = tuple[int | None, Reason]
"""The card on which it was met (None: on the processor, or anywhere) and the reason."""


@dataclass(frozen=True)
class Every:
    """The pipelines of one model for one task; every array has a row for each."""

    prepared: Prepared
    number: int
    """Of the task."""
    branches: tuple[tuple[Branch, Base], ...]
    rows: Rows
    needs: Flags
    """(combinations, items)."""
    where: Array
    """Row of `needs`."""
    units: tuple[Unit, ...]
    """Variants that occur."""
    has: Flags
    """(rows, units) which variants a pipeline is made of."""

    def pipeline(self, row: int) -> Pipeline:
        """The object behind a row."""
        branch, base = self.branches[int(self.rows.key[row, 0])]
        return self.prepared.gathered[self.number].space.pipeline(branch, base, self.rows.key[row].tolist())

    def label(self, row: int) -> str:
        """A row in a few words."""
        branch, base = self.branches[int(self.rows.key[row, 0])]
        return label(branch, base, self.rows.key[row].tolist())


def units_of(model: Model, components: dict[str, Component]) -> tuple[Unit, ...]:
    """All variants of all components of a model, by role, in canonical order."""
    return tuple(
        (role, variant.key)
        for role, component in sorted(model.components.items())
        for variant in sorted(components[component].variants, key=lambda v: v.key)
    )


def every(prepared: Prepared, number: int, model: Model) -> Every | None:
    """All pipelines of a model for a task that the rules admit, whatever the capacities; None where there are none.

    Args:
        prepared: the request on its class of machine.
        number: of the task.
        model: one that serves it.
    """
    gathered, unnoted = prepared.gathered[number], Gate()
    space = gathered.space
    branches: list[tuple[Branch, Base]] = []
    blocks: list[Rows] = []
    for branch, front in (pair for pair in gathered.branches if pair[0].model.id == model.id):
        whole = len(front.chosen) == prod(len(group) for group in branch.groups)
        base = front if whole else space.combinations.of(branch, unnoted, every=True)
        blocks += space.rows(branch, len(branches), space.offered(branch, base, unnoted), unnoted)
        branches.append((branch, base))
    if not blocks:
        return None
    rows = concatenate(blocks)
    needs, where = Expander.needs(space, branches, rows)
    units = tuple(sorted({unit for branch, _ in branches for unit in _units(branch)}))
    offsets = np.cumsum([0, *(len(base.chosen) for _, base in branches)])
    table = np.concatenate([_made_of(branch, base, units) for branch, base in branches])
    has: Flags = table[offsets[rows.key[:, 0]] + rows.base]
    return Every(prepared, number, tuple(branches), rows, needs, where, units, has)


def _units(branch: Branch) -> list[Unit]:
    return [(a.part.role, a.part.variant.key) for group in branch.groups for alternative in group for a in alternative]


def _made_of(branch: Branch, base: Base, units: tuple[Unit, ...]) -> Flags:
    """(combinations, units) which variants each combination of a branch holds."""
    place = {unit: number for number, unit in enumerate(units)}
    table = np.zeros((len(base.chosen), len(units)), dtype=np.bool_)
    for number, group in enumerate(branch.groups):
        for index, alternative in enumerate(group):
            columns = [place[(one.part.role, one.part.variant.key)] for one in alternative]
            table[np.ix_(base.chosen[:, number] == index, columns)] = True
    return table


def stopped(prepared: Prepared, number: int, model: Model, unit: Unit | None = None) -> list[Stop]:
    """Why nothing of a model (or nothing of it with one variant) is admitted for a task: cards first, in order."""
    task, admission = prepared.tasks[number], prepared.expander.admission
    if refusals := admission.refusals(model, task, every=True):
        return [(None, reason) for reason in refusals]
    if unit is not None:
        role, key = unit
        locked = task.variants.get(role)
        if locked is not None and locked != key:
            text = f"{model.title} {key}: the request asks for {role} {locked}"
            fixed = Reason("request.variant", model.title, text, "request", None, model.origin, guard="variants")
            return [(None, fixed)]
        task = task.model_copy(update={"variants": {**task.variants, role: key}})
    space = prepared.gathered[number].space
    found: list[Stop] = []
    for device in admission.devices:
        gate, hopeless = Gate(), list[Reason]()
        for branch in admission.on([device]).branches(
            model,
            task,
            gate,
            lambda r, d, noted=hopeless: space.is_hopeless(model, r, d, noted),  # type: ignore[misc]
        ):
            base = space.combinations.of(branch, gate)
            space.rows(branch, 0, list(space.offered(branch, base, gate)), gate)
        found += [(device.gpu, reason) for reason in (*gate, *hopeless)]
    return list(dict.fromkeys(found))
