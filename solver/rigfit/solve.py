"""One request on one machine, end to end: compile, rank, build, explain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rigfit.answer import build_bundle
from rigfit.candidates.compiler import Compiled, Prepared, capacities, prepare
from rigfit.candidates.expand import Expansion
from rigfit.engines import Status
from rigfit.explain import explain_bundles, explain_none, explain_unsolved, why
from rigfit.explain.next_step import next_steps
from rigfit.explain.record import build_record
from rigfit.machine.capacity import Usable, usable
from rigfit.problem import Choice
from rigfit.rank import rank
from rigfit.schema.answer import Answer, Bundle, Explanation, WouldChange
from rigfit.schema.catalog import Preset
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Request
from rigfit.units import format_file, format_memory

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge


def solve(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    *,
    prepared: Prepared | None = None,
    explain: bool = True,
    prove: bool = False,
) -> Answer:
    """The best bundles for a request on a machine, ranked and explained.

    Args:
        request: tasks and policies; its `machine` part is not read here.
        machine: detected, simulated or loaded.
        knowledge: catalog and rules.
        prepared: the request prepared for the machine, where the caller has it (`rigfit.whatif.session`).
        explain: where nothing fits, find the conflict and the ways out; without it only what comes closest is said,
            which is several times faster.
        prove: where nothing fits, solve again what the explanation claims and say what came of it.

    Raises:
        InputError: when the request names something that does not exist.
        TooLargeError: when the exhaustive engine is asked for too much.
    """
    have = usable(machine, knowledge)
    prepared = prepared or prepare(request, machine, knowledge)
    compiled = prepared.compile(have)
    bounds = capacities(request, have)
    outcome = rank(compiled.problem, bounds, request.top, engine=request.engine)
    bundles = build_bundles(compiled, bounds, outcome.choices)
    if outcome.status is Status.INFEASIBLE:
        explanation = explain_none(compiled, bounds)
        if explain:
            explanation = explain_unsolved(explanation, prepared, have, prove=prove)
    elif outcome.status is Status.UNDECIDED and not bundles:
        explanation = Explanation(summary="not decided within the budget of the solver")
    else:
        explanation = explain_bundles(compiled, outcome.choices)
    steps = next_steps(prepared, compiled, bounds, outcome.choices[0]) if outcome.choices else ()
    changes = _would_change(prepared, compiled, have, bundles)
    return Answer(
        status=outcome.status.value,
        machine=machine,
        usable=usable_amounts(have),
        assumptions=all_assumptions(request, machine, knowledge, compiled.expansions),
        bundles=tuple(bundles),
        explanation=explanation.model_copy(
            update={"would_change": changes, "next_steps": steps, "notes": all_notes(compiled, have, bundles)}
        ),
        record=build_record(compiled, outcome, bundles),
    )


def build_bundles(compiled: Compiled, bounds: Mapping[str, int], choices: Sequence[Choice]) -> list[Bundle]:
    """Choices as bundles, ranked as they stand, each with what decided for it."""
    bundles: list[Bundle] = []
    for number, choice in enumerate(choices, start=1):
        bundle = build_bundle(number, choice, compiled, dict(bounds))
        first = bundles[0] if bundles else None
        bundles.append(bundle.model_copy(update={"why": why(bundle, first, compiled, choice)}))
    return bundles


def usable_amounts(have: Usable) -> dict[str, int]:
    """What models may use, by the names that answers give it."""
    return {**{f"vram.{n}": amount for n, amount in enumerate(have.vram)}, "ram": have.ram, "disk": have.disk}


def all_assumptions(
    request: Request, machine: Machine, knowledge: Knowledge, expansions: Iterable[Expansion]
) -> tuple[Assumption, ...]:
    """What nobody stated: of the machine, of the sizes, and of how much is made."""
    return (*machine.assumptions, *_assumed_sizes(expansions), *_assumed_volume(request, knowledge))


def _assumed_volume(request: Request, knowledge: Knowledge) -> list[Assumption]:
    """How much is made a month, where services may charge for it and nobody says."""
    policies, usual = request.policies, knowledge.costs.volume
    if policies.cloud == "no" or policies.monthly_volume is not None:
        return []
    value = f"{usual.value:,} of each a month"
    return [Assumption(field="monthly_volume", value=value, rule="costs.volume", reason=usual.note or usual.source)]


def all_notes(compiled: Compiled, have: Usable, bundles: Sequence[Bundle] = ()) -> tuple[str, ...]:
    """Sentences about the machine that belong to every answer."""
    advice = [bundle.storage.advice for bundle in bundles[:1] if bundle.storage.advice is not None]
    below = _below_tier(compiled.request, compiled.machine, compiled.knowledge)
    return (*compiled.machine.notes, *have.notes, *below, *advice)


def _assumed_sizes(expansions: Iterable[Expansion]) -> list[Assumption]:
    found = []
    for expansion in expansions:
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
    main = variants.get("denoiser") or variants.get("denoiser_high") or next(iter(variants.values()), "at a service")
    return f"{title} {main}"
