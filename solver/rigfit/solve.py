"""One request on one machine, end to end: compile, rank, build, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rigfit.answer import build_bundle, build_record
from rigfit.candidates.compiler import Compiled, Prepared, capacities, prepare
from rigfit.engines import Status
from rigfit.explain import explain_bundles, explain_none, why
from rigfit.machine.capacity import Usable, usable
from rigfit.rank import rank
from rigfit.schema.answer import Answer, Bundle, Explanation, WouldChange
from rigfit.schema.catalog import Preset
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Request
from rigfit.units import format_file, format_memory

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge


def solve(request: Request, machine: Machine, knowledge: Knowledge) -> Answer:
    """The best bundles for a request on a machine, ranked and explained.

    Args:
        request: tasks and policies; its `machine` part is not read here.
        machine: detected, simulated or loaded.
        knowledge: catalog and rules.

    Raises:
        InputError: when the request names something that does not exist.
        TooLargeError: when the exhaustive engine is asked for too much.
    """
    have = usable(machine, knowledge)
    prepared = prepare(request, machine, knowledge)
    compiled = prepared.compile(have)
    bounds = capacities(request, have)
    outcome = rank(compiled.problem, bounds, request.top, engine=request.engine)
    bundles: list[Bundle] = []
    for number, choice in enumerate(outcome.choices, start=1):
        bundle = build_bundle(number, choice, compiled, bounds)
        first = bundles[0] if bundles else None
        bundles.append(bundle.model_copy(update={"why": why(bundle, first, compiled, choice)}))
    if outcome.status is Status.INFEASIBLE:
        explanation = explain_none(compiled, bounds)
    elif outcome.status is Status.UNDECIDED and not bundles:
        explanation = Explanation(summary="not decided within the budget of the solver")
    else:
        explanation = explain_bundles(compiled, outcome.choices)
    changes = _would_change(prepared, compiled, have, bundles)
    return Answer(
        status=outcome.status.value,
        machine=machine,
        usable={**{f"vram.{n}": amount for n, amount in enumerate(have.vram)}, "ram": have.ram, "disk": have.disk},
        assumptions=(*machine.assumptions, *_assumed_sizes(compiled)),
        bundles=tuple(bundles),
        explanation=explanation.model_copy(
            update={"would_change": changes, "notes": (*have.notes, *_below_tier(request, machine, knowledge))}
        ),
        record=build_record(request, machine, compiled, request.engine, dict(sorted(outcome.stats.items()))),
    )


def _assumed_sizes(compiled: Compiled) -> list[Assumption]:
    found = []
    for expansion in compiled.expansions:
        fields, task = expansion.assumed, expansion.task.task
        size = expansion.size
        parts = [f"{size.width} x {size.height}"] if "width" in fields or "height" in fields else []
        parts += [f"{size.seconds:g} s"] if "seconds" in fields else []
        parts += [f"{expansion.rule.fps} fps"] if "fps" in fields else []
        parts += [f"{size.context:,} tokens of context"] if "context" in fields else []
        if parts:
            found.append(
                Assumption(
                    field=f"{task}.size",
                    value=", ".join(parts),
                    rule=expansion.rule.id,
                    reason=f"the usual size of {expansion.rule.title.lower()}",
                )
            )
    return list(dict.fromkeys(found))


def _below_tier(request: Request, machine: Machine, knowledge: Knowledge) -> list[str]:
    """A sentence where the machine is below what the preset is stated for."""
    preset: Preset | None = knowledge.index("presets").get(request.preset or "")
    largest = max((gpu.vram for gpu in machine.gpus), default=0)
    if preset is None or largest >= preset.tier.value * 15 // 16:  # cards report a little less than their name says
        return []
    have = f"this one has {format_memory(largest)}" if largest else "this machine has none"
    return [
        f"The preset {preset.id} is stated for cards from {format_memory(preset.tier.value)} "
        f"({preset.tier.source}); {have}."
    ]


def _may_matter(resource: str, compiled: Compiled, have: Usable) -> bool:
    """More of a resource could change the answer: it keeps a pipeline out, or tasks compete for it."""
    if any(resource in expansion.blocked_by for expansion in compiled.expansions):
        return True
    if resource == "ram":
        return any(task.together is not None for task in compiled.request.tasks)
    specs = compiled.items.specs
    most = [max((sum(specs[i].disk for i in c.items) for c in e.candidates), default=0) for e in compiled.expansions]
    return sum(most) > have.disk


def _would_change(
    prepared: Prepared, compiled: Compiled, have: Usable, bundles: list[Bundle]
) -> tuple[WouldChange, ...]:
    """Assumed amounts that decide: with a generous one instead the best bundle would be another."""
    request, machine, knowledge = compiled.request, compiled.machine, compiled.knowledge
    table = knowledge.assumptions
    assumed = {assumption.field: assumption for assumption in machine.assumptions}
    changes = []
    for field, amount, shown in (
        ("ram", table.generous_ram.value, format_memory(table.generous_ram.value)),
        ("disk", table.generous_disk.value, format_file(table.generous_disk.value)),
    ):
        name = "ram" if field == "ram" else "disk_free"
        if not {field, name} & set(assumed) or getattr(machine, name) >= amount:
            continue
        if not _may_matter(field, compiled, have):
            continue
        other = machine.model_copy(update={name: amount})
        more = usable(other, knowledge)
        richer = prepared.compile(more)
        outcome = rank(richer.problem, capacities(request, more), 1)
        if not outcome.choices:
            continue
        candidates = richer.candidates(outcome.choices[0])
        now = [(t.model, t.variants) for t in bundles[0].tasks] if bundles else None
        then = [(c.pipeline.model.id, {p.role: p.variant.key for p in c.pipeline.parts}) for c in candidates]
        if now != then:
            names = " + ".join(
                _short(c.pipeline.model.title, then[i][1])
                for i, c in enumerate(candidates)
                if now is None or now[i] != then[i]
            )
            assumption = assumed.get(field) or assumed[name]
            text = f"with {shown} of {'RAM' if field == 'ram' else 'disk space'} the best would be {names}"
            changes.append(WouldChange(field=field, assumed=assumption.value, instead=shown, text=text))
    return tuple(changes)


def _short(title: str, variants: dict[str, str]) -> str:
    main = variants.get("denoiser") or variants.get("denoiser_high") or next(iter(variants.values()))
    return f"{title} {main}"
