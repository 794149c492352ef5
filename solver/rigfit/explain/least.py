"""The least of each resource that would do, all else as it is: exact to the byte, the MiB on unified memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rigfit.candidates.compiler import capacities, prepare
from rigfit.explain.opened import Case
from rigfit.explain.words import card_name, enough_time, task_words
from rigfit.knowledge.matching import capability
from rigfit.machine.capacity import share_of_unified, usable
from rigfit.rank import rank
from rigfit.schema.machine import Machine
from rigfit.schema.reason import Least
from rigfit.units import GIB, MIB, format_file, format_memory, format_milliseconds

_MOST_MEMORY = 4096 * GIB


def least_amounts(case: Case) -> tuple[Least, ...]:
    """For every resource of the machine the least that would do alone, or that no amount does."""
    return tuple(_all(case))


def claimed(case: Case, found: Sequence[Least]) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """For each amount that would do the capacities with it, and those with one unit less, which must not do.

    A compute capability is left out: it is found by solving for the other card.
    """
    prepared = case.opened.prepared
    for one in found:
        if one.resource == "memory" and isinstance(one.needs, int):
            machines = [_with_memory(prepared.machine, one.needs - less, case) for less in (0, MIB)]
            enough, short = (capacities(prepared.request, usable(m, prepared.knowledge)) for m in machines)
            yield enough, short
        elif one.usable is not None:
            name = f"vram.{one.gpu}" if one.resource == "vram" else one.resource
            yield {name: one.usable}, {name: one.usable - 1}
    for task in case.opened.tasks:
        name = f"time.{task.number}"
        if amount := case.guarded.least(name):
            yield {name: amount}, {name: amount - 1}


def _all(case: Case) -> Iterator[Least]:
    guarded, machine, own = case.guarded, case.opened.prepared.machine, case.usable
    unified = any(gpu.unified for gpu in machine.gpus)
    large = _enlarged(machine)
    most = usable(large, case.opened.prepared.knowledge)  # what is kept free shows where there is enough of it
    for number, gpu in enumerate(machine.gpus):
        if not gpu.unified:
            found = guarded.least(f"vram.{number}")
            kept = large.gpus[number].vram - most.vram[number]
            yield _memory("vram", f"VRAM on the {card_name(machine, number)}", gpu.vram, found, kept, number)
    if unified:
        yield _unified(case, machine)
    else:
        yield _memory("ram", "RAM", machine.ram, guarded.least("ram"), large.ram - most.ram, None)
    disk = guarded.least("disk")
    kept = machine.disk_free - own.disk
    needs = None if disk is None else disk + kept
    text = (
        "no amount of disk space would do"
        if needs is None
        else f"{_shown(needs, file=True)} of free disk space ({format_file(machine.disk_free)} now)"
    )
    yield Least(resource="disk", has=machine.disk_free, needs=needs, unit="B", usable=disk, text=text)
    for task in case.opened.tasks:
        name = f"time.{task.number}"
        time = guarded.least(name)
        if time is not None:
            what = f"{'an' if task.rule.unit[:1] in 'aeiou' else 'a'} {task.rule.unit}"
            of = f" ({task_words(task.task.task)})" if len(case.opened.tasks) > 1 else ""
            limit = format_milliseconds(guarded.capacities[name])
            text = f"up to {enough_time(time)} for {what}{of}, in place of {limit}"
            yield Least(resource="time", has=guarded.capacities[name], needs=time, unit="ms", text=text)
    yield from _architecture(case)


def _enlarged(machine: Machine) -> Machine:
    """The machine with far more of every memory, as much of it in use as now."""
    gpus = tuple(
        gpu.model_copy(
            update={
                "vram": gpu.vram + _MOST_MEMORY,
                "vram_free": None if gpu.vram_free is None else gpu.vram_free + _MOST_MEMORY,
            }
        )
        for gpu in machine.gpus
    )
    return machine.model_copy(update={"ram": machine.ram + _MOST_MEMORY, "gpus": gpus})


def _memory(resource: str, words: str, has: int, found: int | None, kept: int, gpu: int | None) -> Least:
    needs = None if found is None else found + kept
    text = (
        f"no amount of {words} would do" if needs is None else f"{_shown(needs)} of {words} ({format_memory(has)} now)"
    )
    return Least.model_validate(
        {"resource": resource, "gpu": gpu, "has": has, "needs": needs, "unit": "B", "usable": found, "text": text}
    )


def _shown(amount: int, *, file: bool = False) -> str:
    """An amount rounded up to what is printed: it must still do."""
    step = 10**8 if file else GIB // 10
    rounded = -(-amount // step) * step
    return format_file(rounded) if file else format_memory(rounded)


def _unified(case: Case, machine: Machine) -> Least:
    """Memory that the card and the processor share: more of it is more of both."""
    knowledge, request = case.opened.prepared.knowledge, case.opened.prepared.request

    def does(mib: int) -> bool:
        return case.guarded.feasible(
            case.guarded.all, capacities(request, usable(_with_memory(machine, mib * MIB, case), knowledge))
        )

    low, high = machine.ram // MIB, _MOST_MEMORY // MIB
    needs: int | None = None
    if does(high):
        while low + 1 < high:
            middle = (low + high) // 2
            low, high = (low, middle) if does(middle) else (middle, high)
        needs = high * MIB
    now = format_memory(machine.ram)
    text = "no amount of memory would do" if needs is None else f"{_shown(needs)} of memory ({now} now)"
    return Least(resource="memory", has=machine.ram, needs=needs, unit="B", text=text)


def _with_memory(machine: Machine, ram: int, case: Case) -> Machine:
    knowledge = case.opened.prepared.knowledge
    gpus = tuple(
        gpu.model_copy(update={"vram": share_of_unified(knowledge, machine.os, ram, gpu.vendor)[0], "vram_free": None})
        if gpu.unified
        else gpu
        for gpu in machine.gpus
    )
    return machine.model_copy(update={"ram": ram, "gpus": gpus})


def _architecture(case: Case) -> Iterator[Least]:
    """Of the compute capabilities that cards have, the least at which this memory would do; support is a set."""
    prepared = case.opened.prepared
    for number, gpu in enumerate(prepared.machine.gpus):
        guard = case.find("architecture", gpu=number)
        if guard is None or gpu.compute_capability is None:
            continue
        needs = None
        if case.guarded.feasible(case.guarded.all - {guard}):
            for architecture, wanted in _newer(case, gpu.compute_capability):
                other = gpu.model_copy(
                    update={"architecture": architecture, "compute_capability": wanted, "quirks": (), "spec": None}
                )
                gpus = tuple(other if n == number else g for n, g in enumerate(prepared.machine.gpus))
                machine = prepared.machine.model_copy(update={"gpus": gpus})
                have = usable(machine, prepared.knowledge)
                compiled = prepare(prepared.request, machine, prepared.knowledge).compile(have)
                if rank(compiled.problem, capacities(prepared.request, have), 1).choices:
                    needs = wanted
                    break
        elif not _holds_back(case, guard):
            continue
        text = f"compute capability {needs} with the same memory ({gpu.compute_capability} now)"
        text = f"no other compute capability of the {gpu.name} would do" if needs is None else text
        yield Least(
            resource="compute_capability", gpu=number, has=gpu.compute_capability, needs=needs,
            unit="compute capability", text=text,
        )  # fmt: skip


def _holds_back(case: Case, guard: int) -> bool:
    """A card's architecture holds back something of what is asked for, whether it fits or not."""
    kept = (case.guarded.guards[number] for number in case.guarded.all - {guard})
    mask = sum(1 << refusal for other in kept for refusal in other.refusals)
    return case.opened.holds_back(case.keys[guard], mask)


def _newer(case: Case, than: str) -> list[tuple[str, str]]:
    """(architecture, compute capability) of the cards in the catalog above one, ascending."""
    cards = case.opened.prepared.knowledge.catalog.gpus
    found = {(c.architecture, c.compute_capability) for c in cards if c.compute_capability is not None}
    above = [(a, cc) for a, cc in found if cc is not None and capability(cc) > capability(than)]
    return sorted(above, key=lambda pair: (capability(pair[1]), pair[0]))
