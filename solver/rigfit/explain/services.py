"""What services could do, as options of a guarded problem: they take nothing of the machine and cost money."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.candidates.cloud import Hosted, hosted
from rigfit.candidates.guards import Key
from rigfit.candidates.open import Opened, OpenTask
from rigfit.estimate.cloud import does
from rigfit.problem import Option


def service_options(opened: Opened, task: OpenTask, money: int | None) -> tuple[Option, ...]:
    """Options of a task at services, those that nothing undercuts in price; none where the policy forbids services.

    Args:
        opened: the expansion that the task is part of.
        task: its features, its models and its size are guards, which hold back a service that does not do them.
        money: number of the limit of what services charge; None where they may not be used.
    """
    if money is None:
        return ()
    cheapest: dict[tuple[int, ...], Hosted] = {}
    for refusals, one in _all(opened, task):
        if refusals not in cheapest or one.money < cheapest[refusals].money:
            cheapest[refusals] = one
    return tuple(
        Option(f"service.{number}", one.model.id, (), ((money, one.money),), (), refusals)
        for number, (refusals, one) in enumerate(cheapest.items())
    )


def _all(opened: Opened, task: OpenTask) -> Iterator[tuple[tuple[int, ...], Hosted]]:
    """Models at services, with the guards that hold them back."""
    admission = opened.prepared.expander.admission
    plain = task.task.model_copy(update={"features": ()})
    asked = [(plain, 0)]
    if plain.models or plain.exclude:
        others = plain.model_copy(update={"models": (), "exclude": ()})
        asked.append((others, opened.book.bit(Key("models", task=task.number))))
    smaller = opened.book.bit(Key("size", task=task.number))
    sizes = [(task.size, 0)] + ([(task.smaller, smaller)] if task.smaller != task.size else [])
    for wanted, of_models in asked:
        for size, of_size in sizes:
            for one in hosted(wanted, size, admission):
                mask = of_models | of_size
                for feature in task.task.features:
                    if not does(one.offer, one.model, task.task.task, feature):
                        mask |= opened.book.bit(Key("feature", task=task.number, detail=feature))
                yield tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1), one
