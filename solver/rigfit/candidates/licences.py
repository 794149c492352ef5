"""Licences against the use that is wanted: rules/, plus the caps and territories that licences state as facts."""

from __future__ import annotations

from dataclasses import dataclass

from rigfit import units
from rigfit.candidates.matching import RuleSet
from rigfit.candidates.reasons import Reason, from_rule
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import Component, Licence, Model, NodePackage, Runtime
from rigfit.schema.request import Policies

# What the European Union's members are is no fact of this field; licences say "EU", people say "DE".
_EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "HR",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "EU",
    ]
)


@dataclass(frozen=True)
class Ruling:
    """What licences forbid and warn of."""

    refusals: tuple[Reason, ...]
    warnings: tuple[Reason, ...]


class Licensing:
    """Judges licences for one set of policies."""

    def __init__(self, knowledge: Knowledge, policies: Policies) -> None:
        self._licences: dict[str, Licence] = knowledge.index("licences")
        self._rules = RuleSet(knowledge.rulebook.rules, "licence", {})
        self._policies = policies
        self._known: dict[tuple[str, str, str], Ruling] = {}

    def fired(self) -> set[str]:
        """Ids of the rules that matched a licence asked about."""
        return self._rules.fired()

    def of_component(self, component: Component) -> Ruling:
        """The weights of a component."""
        return self._judge(component.licence, "weights", component.title)

    def of_code(self, owner: Model | Runtime | NodePackage) -> Ruling:
        """The program: a runtime, a node package, or a model's own code."""
        licence = owner.code_licence if isinstance(owner, Model) else owner.licence
        return self._judge(licence, "code", owner.title) if licence is not None else Ruling((), ())

    def _judge(self, licence_id: str, covers: str, subject: str) -> Ruling:
        key = (licence_id, covers, subject)
        if key not in self._known:
            self._known[key] = self._decide(self._licences[licence_id], covers, subject)
        return self._known[key]

    def _decide(self, licence: Licence, covers: str, subject: str) -> Ruling:
        policies = self._policies
        verdict = self._rules.verdict(
            {
                "licence": licence.id,
                "commercial": licence.commercial,
                "output_sale": licence.output_sale,
                "covers": covers,
                "use": policies.use,
                "sells_output": policies.sells_output,
            }
        )
        names = {"subject": subject, "licence": licence.title}
        refusals = [from_rule(rule, names) for rule in verdict.forbidden_by]
        cap = licence.revenue_cap.value // units.USD if licence.revenue_cap is not None else None
        # The licence itself states the figure: revenue of the one who uses it, against the cap.
        settled = policies.use == "commercial" and cap is not None and policies.revenue_usd is not None
        if settled and cap is not None and policies.revenue_usd is not None and policies.revenue_usd >= cap:
            text = (
                f"{subject} is free below {cap:,} USD of annual revenue only; you stated {policies.revenue_usd:,} USD"
            )
            refusals.append(_of_licence("licence.revenue-cap", subject, text, licence))
        home = policies.territory
        if home is not None and {home, *(("EU",) if home in _EU else ())} & set(licence.excluded_territories):
            text = f"{subject} may not be used in {home} ({licence.title})"
            refusals.append(_of_licence("licence.territory", subject, text, licence))
        warnings = [
            from_rule(rule, names)
            for rule in verdict.warnings
            if not (settled and "conditional" in rule.when.commercial)  # the condition is met, not merely possible
        ]
        return Ruling(tuple(refusals), tuple(warnings))


def _of_licence(rule: str, subject: str, text: str, licence: Licence) -> Reason:
    """A refusal by a figure or list that the licence entry itself states."""
    guard = "territory" if rule == "licence.territory" else "licence"
    return Reason(rule, subject, text, "policy", licence.source, licence.origin, guard=guard)
