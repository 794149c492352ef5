"""Random small problems, and a plain brute force that solves them: the third, independent opinion."""

from __future__ import annotations

import itertools
import random

from rigfit.problem import Choice, Conflict, Decision, Item, Limit, Option, Problem, Refusal, Tier


def random_problem(seed: int, *, tiers: int | None = None, slack: bool | None = None) -> tuple[Problem, dict[str, int]]:
    """A problem with every feature: shared items, conflicts, refusals, several limits on one capacity, slack tiers."""
    rng = random.Random(seed)
    n_tiers = tiers or rng.randint(1, 4)
    n_items = rng.randint(0, 6)
    capacity_names = [f"c{i}" for i in range(rng.randint(1, 3))]
    limits = tuple(
        Limit(f"limit{i}", rng.choice(capacity_names), f"rule.{i}", "machine") for i in range(rng.randint(1, 4))
    )

    def uses(chance: float, most: int) -> tuple[tuple[int, int], ...]:
        return tuple((i, rng.randint(0, most)) for i in range(len(limits)) if rng.random() < chance)

    items = tuple(
        Item(f"item{i}", tuple(rng.choice((0, 0, 1, 3)) for _ in range(n_tiers)), uses(0.5, 6)) for i in range(n_items)
    )
    refusals = (Refusal("rule.refused", "x", "policy"),)
    decisions = []
    for d in range(rng.randint(1, 3)):
        options = []
        for o in range(rng.randint(1, 6)):
            # Few distinct values: ties are where engines differ.
            scores = tuple(rng.randint(-4, 4) for _ in range(n_tiers))
            chosen = tuple(sorted(rng.sample(range(n_items), rng.randint(0, min(3, n_items)))))
            refused = (0,) if rng.random() < 0.1 else ()
            options.append(Option(f"o{o}", f"g{rng.randint(0, 2)}", scores, uses(0.7, 9), chosen, refused))
        decisions.append(Decision(f"d{d}", tuple(options)))
    conflicts = tuple(
        Conflict((a, b), "rule.conflict", "nobody")
        for a, b in itertools.combinations(range(n_items), 2)
        if rng.random() < 0.15
    )
    more = random.Random(f"three {seed}")
    if n_items >= 3 and more.random() < 0.3:  # any two of these go together
        conflicts += (Conflict(tuple(sorted(more.sample(range(n_items), 3))), "rule.conflict", "nobody"),)
    with_slack = rng.random() < 0.3 if slack is None else slack
    levels = tuple(Tier(f"t{i}", rng.choice((100, 300)) if with_slack and i == 0 else 0) for i in range(n_tiers))
    capacities = {name: rng.randint(4, 22) for name in capacity_names}
    return Problem(tuple(decisions), items, limits, conflicts, levels, refusals), capacities


def brute_force(problem: Problem, capacities: dict[str, int], k: int) -> list[Choice]:
    """The k best choices, computed from the definition alone and from nothing of rigfit's own arithmetic."""
    feasible: list[tuple[tuple[int, ...], Choice, tuple[str, ...]]] = []
    for choice in itertools.product(*(range(len(d.options)) for d in problem.decisions)):
        options = [d.options[i] for d, i in zip(problem.decisions, choice, strict=True)]
        if any(o.refusals for o in options):
            continue
        used = sorted({i for o in options for i in o.items})
        if any(set(c.items) <= set(used) for c in problem.conflicts):
            continue
        total = dict.fromkeys(range(len(problem.limits)), 0)
        for part in [*options, *(problem.items[i] for i in used)]:
            for limit, amount in part.uses:
                total[limit] += amount
        if any(total[i] > capacities[limit.capacity] for i, limit in enumerate(problem.limits)):
            continue
        parts = [*options, *(problem.items[i] for i in used)]
        scores = tuple(sum(p.scores[t] for p in parts) for t in range(len(problem.tiers)))
        feasible.append((scores, choice, tuple(o.group for o in options)))
    for t, tier in enumerate(problem.tiers):
        if tier.within and feasible:
            best = min(scores[t] for scores, _, _ in feasible)
            feasible = [f for f in feasible if f[0][t] <= best + abs(best) * tier.within // 1000]
    strict = [t for t, tier in enumerate(problem.tiers) if not tier.within]
    feasible.sort(key=lambda f: ([f[0][t] for t in strict], f[1]))
    found: list[Choice] = []
    seen = set()
    for _, choice, groups in feasible:
        if groups not in seen and len(found) < k:
            seen.add(groups)
            found.append(choice)
    return found
