"""Scores of predictions of memory: peaks, verdicts and the safe end, for rigfit and for published rules.

rigfit is judged with one source left out at a time: constants are fitted to all others, so that no run is judged by
constants it helped to choose.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.fidelity.fit import FITS, Choice, Predictions, chosen, error, fit
from benchmarks.fidelity.observations import Observation
from benchmarks.fidelity.rules_of_thumb import RULES, Rule
from rigfit.cases.resolve import Resolved
from rigfit.estimate.pipeline import Pipeline, Placement
from rigfit.knowledge import Knowledge


@dataclass(frozen=True)
class Judged:
    """One observation as one method sees it."""

    observation: Observation
    expected: float
    """Bytes."""
    high: float | None
    """The safe end; None for methods without one."""
    verdict: str
    """resident, offloaded, streamed, impossible; "fits" from methods that know no placements."""


@dataclass(frozen=True)
class Score:
    """How well a method does."""

    name: str
    peaks: int
    """Runs with a peak."""
    median_error: float
    """Median of |log(predicted / measured)|."""
    wrongly_fits: int
    """Runs that went out of memory and are called resident, offloaded or fitting."""
    failed: int
    wrongly_impossible: int
    """Runs that worked and are called impossible."""
    worked: int
    covered: float | None
    """Share of measured peaks at or below the safe end."""
    width: float | None
    """Median of safe end / expected."""

    @property
    def refused(self) -> float:
        """Share of the runs that worked which are called impossible."""
        return self.wrongly_impossible / self.worked if self.worked else 0.0

    @property
    def wrong(self) -> float:
        """Mean of the two shares of wrong verdicts: among runs that failed, and among those that worked."""
        return (self.wrongly_fits / self.failed + self.refused) / 2 if self.failed else self.refused


def covers(one: Judged) -> bool:
    """The safe end is not below the peak; also where there is neither."""
    return one.observation.peak is None or one.high is None or error(one.high, one.observation) >= 0


def score(name: str, judged: Sequence[Judged], stated: bool = False) -> Score:
    """Count what a method got right.

    Args:
        name: of the method.
        judged: all observations.
        stated: compare only peaks of runs whose source says what they are peaks of.
    """
    peaks = [j for j in judged if j.observation.peak is not None and (j.observation.stated or not stated)]
    failed = [j for j in judged if j.observation.worked is False]
    worked = [j for j in judged if j.observation.worked]
    ends = [j for j in peaks if j.high is not None]
    return Score(
        name=name,
        peaks=len(peaks),
        median_error=statistics.median(abs(error(j.expected, j.observation)) for j in peaks),
        wrongly_fits=sum(j.verdict in (*FITS, "fits") for j in failed),
        failed=len(failed),
        wrongly_impossible=sum(j.verdict == "impossible" for j in worked),
        worked=len(worked),
        covered=sum(map(covers, ends)) / len(ends) if ends else None,
        width=statistics.median((j.high or 0) / j.expected for j in ends) if ends else None,
    )


def by_rigfit(
    observations: Sequence[Observation], predictions: Predictions, choices: dict[str, Choice]
) -> list[Judged]:
    """Judge by the estimator.

    Args:
        observations: to judge.
        predictions: to draw on.
        choices: constants for each source.
    """
    found = []
    for observation in observations:
        decision = predictions.decision(observation, choices[observation.source])
        peak = decision.trial.estimate.peak_vram
        found.append(Judged(observation, peak.expected, peak.high, decision.verdict))
    return found


def left_out(observations: Sequence[Observation], predictions: Predictions, start: Choice) -> dict[str, Choice]:
    """Source -> constants fitted to the runs of all other sources."""
    return {
        source: fit([o for o in observations if o.source != source], predictions, start)
        for source in dict.fromkeys(o.source for o in observations)
    }


def by_rule(observations: Sequence[Observation], rule: Rule, knowledge: Knowledge) -> list[Judged]:
    """Judge by a published rule, held against all memory of the card."""
    found = []
    for observation in observations:
        resolved = observation.resolved
        gpu = resolved.device.gpu
        have = resolved.machine.gpus[gpu].vram if gpu is not None else 0
        tried = [(p, rule.needs(p, knowledge)) for p in _pipelines(resolved, rule.knows_placements)]
        fitting = next(((p, need) for p, need in tried if need <= have), None)
        pipeline, need = fitting or min(tried, key=lambda pair: pair[1])
        verdict = "impossible" if fitting is None else _CALLED[pipeline.placement] if rule.knows_placements else "fits"
        found.append(Judged(observation, need, None, verdict))
    return found


_CALLED: dict[Placement, str] = {
    "resident": "resident", "model_offload": "offloaded", "streamed": "streamed", "cpu": "offloaded",
}  # fmt: skip


def _pipelines(resolved: Resolved, placements: bool) -> Iterator[Pipeline]:
    """The stated placement, or all from the best down; the decode in one piece before tiles."""
    if not placements:
        yield resolved.pipeline("resident")
        return
    stated = resolved.asked.placement
    every: tuple[Placement, ...] = ("resident", "model_offload", "streamed") if resolved.in_phases else ("resident",)
    tilings = (False, True) if resolved.runtime.tiled_decode else (False,)
    for placement in every if stated is None else (stated,):
        share = resolved.asked.share if resolved.asked.share is not None else 0
        for tiled in tilings if resolved.asked.tiled is None else (resolved.asked.tiled,):
            yield resolved.pipeline(placement, share, tiled)


def scores(observations: Sequence[Observation], knowledge: Knowledge) -> tuple[list[Score], list[Judged]]:
    """The estimator with each source left out, as it stands, and every published rule; and its single judgements."""
    predictions, start = Predictions(knowledge), chosen(knowledge)
    held_out = by_rigfit(observations, predictions, left_out(observations, predictions, start))
    stands = by_rigfit(observations, predictions, dict.fromkeys((o.source for o in observations), start))
    table = [score("rigfit, source left out", held_out), score("rigfit, as it stands", stands)]
    table.append(score("rigfit, where the size is stated", held_out, stated=True))
    table += [score(rule.name, by_rule(observations, rule, knowledge)) for rule in RULES]
    return table, held_out
