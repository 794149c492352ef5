"""The decision record: all that decided an answer, and what a later reader needs to check it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from rigfit.candidates import Compiled
from rigfit.engines import Outcome, Status
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Bundle, ProvedBest, Record
from rigfit.schema.base import Entry
from rigfit.schema.machine import Machine
from rigfit.schema.request import Request
from rigfit.version import VERSION


def digest(text: str) -> str:
    """Sixteen hexadecimal digits that change with the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record_id(request: Request, machine: Machine, catalog: str, rules: str, version: str) -> str:
    """The id of the decision: a digest of everything that decides it."""
    decided_by = {
        "request": request.model_dump(mode="json", by_alias=True),
        "machine": machine.model_dump(mode="json", by_alias=True),
        "catalog": catalog,
        "rules": rules,
        "rigfit": version,
    }
    return digest(json.dumps(decided_by, sort_keys=True, separators=(",", ":")))


def build_record(compiled: Compiled, outcome: Outcome, bundles: Sequence[Bundle]) -> Record:
    """The record of an outcome.

    Args:
        compiled: the problem, with the request, the machine and the knowledge it came from.
        outcome: what the engine found.
        bundles: the same as bundles.
    """
    knowledge, request = compiled.knowledge, compiled.request
    rules = [rule.id for rule in knowledge.rulebook.rules]
    return Record(
        id=record_id(request, compiled.machine, knowledge.catalog_digest, knowledge.rules_digest, VERSION),
        catalog=knowledge.catalog_digest,
        rules=knowledge.rules_digest,
        rigfit=VERSION,
        engine=request.engine,
        status=outcome.status.value,
        bound=_bound(compiled, outcome),
        request=request,
        rules_fired=tuple(rule for rule in rules if rule in compiled.fired),
        rules_not_fired=tuple(rule for rule in rules if rule not in compiled.fired),
        entries=entry_digests(entries_of(bundles, knowledge), knowledge),
        statistics=dict(sorted(outcome.stats.items())),
    )


def _bound(compiled: Compiled, outcome: Outcome) -> tuple[ProvedBest, ...]:
    """What no bundle can better, level by level; the first bundle reaches it wherever there is no slack."""
    if outcome.status is not Status.OPTIMAL or not outcome.choices:
        return ()
    reached = compiled.problem.scores(outcome.choices[0])
    return tuple(
        ProvedBest(criterion=tier.key, best=outcome.slack_best.get(number, reached[number]), within=tier.within)
        for number, tier in enumerate(compiled.problem.tiers)
    )


def entries_of(bundles: Iterable[Bundle], knowledge: Knowledge) -> list[str]:
    """Catalog entries that bundles are made of, as "collection/id", sorted; names that do not exist are skipped."""
    models = knowledge.index("models")
    addons = knowledge.index("addons")
    found: set[str] = set()
    for bundle in bundles:
        found |= {f"licences/{name}" for name in bundle.licences}
        found |= {f"nodes/{name}" for name in bundle.nodes}
        for task in bundle.tasks:
            found |= {f"models/{task.model}", f"{'cloud' if task.cloud is not None else 'runtimes'}/{task.runtime}"}
            found |= {f"addons/{name}" for name in task.addons}
            owners = [*([models[task.model]] if task.model in models else [])]
            owners += [addons[name] for name in task.addons if name in addons]
            found |= {f"components/{component}" for owner in owners for component in owner.components.values()}
    return sorted(name for name in found if _entry(name, knowledge) is not None)


def entry_digests(names: Iterable[str], knowledge: Knowledge) -> dict[str, str]:
    """What each entry ("collection/id") says, as a digest; entries that do not exist are left out."""
    entries = {name: _entry(name, knowledge) for name in names}
    return {
        name: digest(json.dumps(entry.model_dump(mode="json", exclude_defaults=True), sort_keys=True))
        for name, entry in entries.items()
        if entry is not None
    }


def _entry(name: str, knowledge: Knowledge) -> Entry | None:
    collection, _, key = name.partition("/")
    if collection not in type(knowledge.catalog).model_fields:
        return None
    entry: Entry | None = knowledge.index(collection).get(key)
    return entry
