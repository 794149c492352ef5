"""Which rules speak about a subject: matching by typed fields, narrowed to the machine first and remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rigfit.knowledge.matching import agrees, conditions
from rigfit.schema.rules import MACHINE_FIELDS, Admit, Compute, Cost, Forbid, Rule, Warn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one subject."""

    admitted_by: Rule | None
    nodes: tuple[str, ...]
    forbidden_by: tuple[Rule, ...]
    warnings: tuple[Rule, ...]
    compute: Rule | None
    time: int
    """Permille of the time it would take otherwise."""
    value: int
    """Permille of the quality."""
    vram: int
    """Bytes more."""


Conditions = tuple[tuple[str, Any], ...]


class RuleSet:
    """The rules about one subject that can match on one device, asked many times."""

    def __init__(
        self, rules: Iterable[Rule], about: str, device: Mapping[str, Any], *, unknown: bool = False, ignored: str = ""
    ) -> None:
        """Narrow the rules to a device.

        Args:
            rules: all of them.
            about: their subject.
            device: its machine facts.
            unknown: keep rules that test a machine fact which `device` does not name: on some device they could match.
            ignored: a field whose conditions do not count.
        """
        self._rules: list[tuple[Rule, Conditions]] = []
        for rule in rules:
            if rule.about != about:
                continue
            wanted = conditions(rule.when)
            tested = [pair for pair in wanted if pair[0] in MACHINE_FIELDS and not (unknown and pair[0] not in device)]
            if all(agrees(name, value, device) for name, value in tested):
                rest = tuple((name, value) for name, value in wanted if name not in MACHINE_FIELDS and name != ignored)
                self._rules.append((rule, rest))
        # Nearly every question names a runtime, and most rules speak of few: they are told apart once.
        self._by_runtime: dict[str | None, _Bucket] = {}

    def _of_runtime(self, runtime: str | None) -> _Bucket:
        """The rules that can speak of a runtime."""
        found = self._by_runtime.get(runtime)
        if found is None:
            rules = [
                (rule, tuple(pair for pair in rest if pair[0] != "runtime"))
                for rule, rest in self._rules
                if all(runtime in wanted for name, wanted in rest if name == "runtime")
            ]
            found = self._by_runtime[runtime] = _Bucket(rules)
        return found

    def tests(self, field: str, runtime: str) -> bool:
        """Some rule that can speak of the runtime looks at the field."""
        return field in self._of_runtime(runtime).mentioned

    def least_time(self, runtime: str) -> int:
        """Permille that no verdict about anything in the runtime goes below: every gain at once."""
        return self._of_runtime(runtime).least_time

    def verdict(self, facts: Mapping[str, Any]) -> Verdict:
        """What the rules say of a subject with these facts."""
        return self._of_runtime(facts.get("runtime")).verdict(facts)

    def fired(self) -> set[str]:
        """Ids of the rules that matched some subject asked about so far."""
        return {rule for bucket in self._by_runtime.values() for rule in bucket.fired}


class _Bucket:
    """Rules with what is left to test of them, and their verdicts so far.

    What no rule mentions cannot change a verdict: of a model that no rule names, only its absence counts. So thousands
    of subjects share a few dozen verdicts.
    """

    def __init__(self, rules: list[tuple[Rule, Conditions]]) -> None:
        self._rules = rules
        self._known: dict[tuple[Any, ...], Verdict] = {}
        self.fired: set[str] = set()
        """Ids of the rules that matched."""
        self.mentioned: dict[str, frozenset[Any]] = {}
        for _, tested in rules:
            for name, wanted in tested:
                values = wanted if isinstance(wanted, tuple) else (wanted,)
                self.mentioned[name] = self.mentioned.get(name, frozenset()) | frozenset(values)

    @cached_property
    def least_time(self) -> int:
        """See `RuleSet.least_time`."""
        effects = [rule.then for rule, _ in self._rules]
        least = min((then.time for then in effects if isinstance(then, Compute)), default=1000)
        for then in effects:
            if isinstance(then, Cost) and then.time < 1000:
                least = least * then.time // 1000
        return min(1000, least)

    def verdict(self, facts: Mapping[str, Any]) -> Verdict:
        """What the rules say, worked out once for each different question."""
        key = tuple([_told(name, facts.get(name), mentioned) for name, mentioned in self.mentioned.items()])
        found = self._known.get(key)
        if found is None:
            matching = [rule for rule, rest in self._rules if all(agrees(n, v, facts) for n, v in rest)]
            self.fired.update(rule.id for rule in matching)
            found = self._known[key] = _combine(matching)
        return found


def _told(name: str, value: Any, mentioned: frozenset[Any]) -> Any:
    """As much of a fact as the rules can tell from others."""
    if isinstance(value, tuple):
        return tuple([part for part in value if part in mentioned])
    if value in mentioned or value is None:
        return value
    return str(value).partition(":")[0] if name == "feature" else None


def _combine(rules: list[Rule]) -> Verdict:
    admits = [(rule, rule.then) for rule in rules if isinstance(rule.then, Admit)]
    # An admission that needs no extra package is the better one; the id decides between equals.
    admits.sort(key=lambda pair: (pair[1].needs_node is not None, pair[0].id))
    computes = [rule for rule in rules if isinstance(rule.then, Compute)]
    order = {"native": 0, "dequantised": 1, "emulated": 2}
    computes.sort(key=lambda rule: (order[rule.then.mode] if isinstance(rule.then, Compute) else 0, rule.id))
    time = value = 1000
    vram = 0
    for rule in rules:
        if isinstance(rule.then, Cost):
            time = time * rule.then.time // 1000
            value = value * rule.then.value // 1000
            vram += rule.then.vram.value if rule.then.vram is not None else 0
    if computes and isinstance(computes[0].then, Compute):
        time = time * computes[0].then.time // 1000
    node = admits[0][1].needs_node if admits else None
    return Verdict(
        admitted_by=admits[0][0] if admits else None,
        nodes=(node,) if node is not None else (),
        forbidden_by=tuple(rule for rule in rules if isinstance(rule.then, Forbid)),
        warnings=tuple(rule for rule in rules if isinstance(rule.then, Warn)),
        compute=computes[0] if computes else None,
        time=time,
        value=value,
        vram=vram,
    )
