"""How the tasks of a bundle share each card: what stays on it, what has to come back between tasks, and how long.

Tasks of one *together* group hold their weights at the same time. All others take turns: where a card has no room
for all of them at once, the weights of each task come back onto it before it works. From RAM where RAM keeps them
all, from disk where it does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from rigfit.candidates import Compiled
from rigfit.candidates.expand import Candidate
from rigfit.schema.answer import CardUse, HeldOnCard, Swap, TaskAnswer

_Weights = frozenset[tuple[str, str]]


def build_cards(
    candidates: Sequence[Candidate], tasks: Sequence[TaskAnswer], compiled: Compiled, capacities: Mapping[str, int]
) -> tuple[CardUse, ...]:
    """Every card that some task works on, in order.

    Args:
        candidates: the pipeline of each task.
        tasks: the same as they stand in the answer.
        compiled: which of them belong together, and the machine.
        capacities: bytes that models may use.
    """
    gpus = sorted({c.pipeline.gpu for c in candidates if c.pipeline.gpu is not None})
    return tuple(_card(gpu, candidates, tasks, compiled, capacities) for gpu in gpus)


def _card(
    gpu: int,
    candidates: Sequence[Candidate],
    tasks: Sequence[TaskAnswer],
    compiled: Compiled,
    capacities: Mapping[str, int],
) -> CardUse:
    members = [n for n, c in enumerate(candidates) if c.pipeline.gpu == gpu]
    units = _units(members, compiled)
    at_once = max(_peak_beside(n, members, candidates) for n in members)
    ram = sum(candidates[n].ram for n in members) + _unified(gpu, members, candidates, compiled)
    different = {_weights(candidates[n]) for n in members}
    how: Literal["alone", "together", "side_by_side", "in_turn"]
    if len(members) == 1:
        how = "alone"
    elif len(units) == 1:
        how = "together"
    elif len(different) == 1 or (at_once <= capacities[f"vram.{gpu}"] and ram <= capacities["ram"]):
        how = "side_by_side"
    else:
        how = "in_turn"
    used = at_once
    if how == "in_turn" or len(different) == 1:
        used = max(_peak_beside(n, unit, candidates) for unit in units for n in unit)
    needed = _ram_for_all(units, candidates, compiled) if how == "in_turn" else None
    source: Literal["ram", "disk"] = "ram" if needed is not None and needed <= capacities["ram"] else "disk"
    return CardUse(
        gpu=gpu,
        device=compiled.machine.gpus[gpu].name,
        how=how,
        tasks=tuple(HeldOnCard(number=n, task=tasks[n].task, held=candidates[n].held) for n in members),
        used=used,
        capacity=capacities[f"vram.{gpu}"],
        swaps=tuple(
            Swap(
                number=n,
                task=tasks[n].task,
                source=source,
                from_ram=tasks[n].swap_milliseconds,
                from_disk=tasks[n].load_milliseconds,
            )
            for n in (members if how == "in_turn" else ())
        ),
        ram_to_swap=needed,
    )


def leaves_the_card(candidates: Sequence[Candidate], cards: Sequence[CardUse]) -> frozenset[int]:
    """Numbers of the tasks whose program must leave its card to another program after each result.

    In turn every one does; in a group those that are counted with nothing but their context between uses.
    """
    found: set[int] = set()
    for card in cards:
        if card.how not in ("together", "in_turn"):
            continue
        for number in (task.number for task in card.tasks):
            own = candidates[number].pipeline
            others = (candidates[task.number].pipeline for task in card.tasks)
            stays = own.placement == "resident" or own.cache is not None
            if any(o.runtime.id != own.runtime.id for o in others) and (card.how == "in_turn" or not stays):
                found.add(number)
    return frozenset(found)


def _units(members: Sequence[int], compiled: Compiled) -> list[list[int]]:
    """Tasks that hold their weights at the same time, each group once."""
    found: dict[str, list[int]] = {}
    for number in members:
        word = compiled.request.tasks[number].together
        found.setdefault(f"={word}" if word else f"#{number}", []).append(number)
    return list(found.values())


def _peak_beside(number: int, members: Sequence[int], candidates: Sequence[Candidate]) -> int:
    """Bytes on the card at the peak of one task while others hold what they keep."""
    return candidates[number].vram + sum(candidates[n].held for n in members if n != number)


def _unified(gpu: int, members: Sequence[int], candidates: Sequence[Candidate], compiled: Compiled) -> int:
    """Bytes of RAM that the card takes, where its memory is the system's."""
    return sum(candidates[n].vram for n in members) if compiled.machine.gpus[gpu].unified else 0


def _ram_for_all(units: Sequence[Sequence[int]], candidates: Sequence[Candidate], compiled: Compiled) -> int:
    """Bytes of RAM that keep the weights of all units while each of them works, programs that wait included."""
    weights = [_bytes({_weights(candidates[n]): candidates[n] for n in unit}) for unit in units]
    program = compiled.knowledge.memory.runtime_ram.value
    programs = {candidates[n].pipeline.runtime.id for unit in units for n in unit}
    most = 0
    for number, unit in enumerate(units):
        gpu = candidates[unit[0]].pipeline.gpu
        own = sum(candidates[n].ram for n in unit)
        own += _unified(gpu, unit, candidates, compiled) if gpu is not None else 0
        waiting = len(programs - {candidates[n].pipeline.runtime.id for n in unit}) * program
        others = sum(weights) - weights[number]
        most = max(most, max(own, weights[number]) + others + waiting)
    return most


def _weights(candidate: Candidate) -> _Weights:
    """What identifies the weights of a pipeline: equal ones need not be loaded twice."""
    pipeline = candidate.pipeline
    parts = (*pipeline.parts, *pipeline.addon_parts)
    return frozenset({("runtime", pipeline.runtime.id), *((p.component.id, p.variant.key) for p in parts)})


def _bytes(different: Mapping[_Weights, Candidate]) -> int:
    """Bytes of weights, equal ones once."""
    pipelines = [candidate.pipeline for candidate in different.values()]
    return sum(part.weights for p in pipelines for part in (*p.parts, *p.addon_parts))
