"""Answering cases: one at a time, or line by line from a file or a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rigfit.cases.resolve import Resolved, Resolver, parse
from rigfit.cases.verdict import Decision, Trial, decide
from rigfit.errors import InputError, RigfitError
from rigfit.estimate import Estimate
from rigfit.estimate.interval import Interval
from rigfit.knowledge import Knowledge
from rigfit.machine import with_installed
from rigfit.schema.answer import Bounds, FileUse, PhaseUse
from rigfit.schema.case import Amounts, CaseError, CaseIn, CaseOut, Instead, Part, Seconds
from rigfit.schema.machine import Machine
from rigfit.schema.request import Confidence
from rigfit.units import format_memory, format_milliseconds

_LONGEST_LINE = 1_000_000


@dataclass
class Evaluator:
    """Answers cases over one knowledge; what is common to many is worked out once."""

    knowledge: Knowledge
    confidence: Confidence = "safe"
    """For cases that state none."""
    resolver: Resolver = field(init=False)

    def __post_init__(self) -> None:
        self.resolver = Resolver(self.knowledge)

    def answer(
        self, case: CaseIn | Mapping[str, Any], machine: Machine | None = None, folders: Sequence[Path] = ()
    ) -> CaseOut:
        """What becomes of a case.

        Args:
            case: the case, or a mapping with its fields.
            machine: where given, used in place of the case's own.
            folders: with models; what lies there is not downloaded.

        Raises:
            InputError: for anything in it that cannot be understood.
        """
        case = case if isinstance(case, CaseIn) else parse(case)
        if case.confidence is None:
            case = case.model_copy(update={"confidence": self.confidence})
        try:
            resolved = self.resolver.resolve(case, machine)
            if folders:
                host = replace(resolved.host, machine=with_installed(resolved.machine, folders, self.knowledge))
                resolved = replace(resolved, host=host)
            return case_out(resolved, decide(resolved, self.knowledge))
        except OverflowError:
            raise InputError("the size is beyond what can be estimated") from None

    def line(self, text: str) -> CaseOut | CaseError:
        """The answer to one line; whatever is wrong with it stands in the answer."""
        given: Any = None
        try:
            if len(text) > _LONGEST_LINE:
                raise InputError("the line is too long for a case")
            try:
                given = json.loads(text, parse_constant=_no_constant)
            except RecursionError:
                raise InputError("not JSON: nested too deeply") from None
            except ValueError as problem:
                raise InputError(f"not JSON: {problem}") from None
            if not isinstance(given, dict):
                raise InputError("a case is a JSON object")
            return self.answer(given)
        except RigfitError as problem:
            return CaseError(id=_id_of(given), error=_clean(problem.message))
        except Exception as fault:
            if os.environ.get("RIGFIT_DEBUG"):
                raise
            # One case that meets a bug must not take the answers to the others with it.
            return CaseError(id=_id_of(given), error=_clean(f"internal fault: {type(fault).__name__}: {fault}"))


def answer_lines(lines: Iterable[str], evaluator: Evaluator) -> Iterator[CaseOut | CaseError]:
    """One answer for each line that is not blank, in order and as they come."""
    for line in lines:
        if line.strip():
            yield evaluator.line(line)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _id_of(given: Any) -> str | int | float | None:
    found = given.get("id") if isinstance(given, dict) else None
    if isinstance(found, str):
        return _clean(found)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _clean(text: str) -> str:
    """Half characters, which JSON can spell and UTF-8 cannot write, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _amounts(interval: Interval) -> Amounts:
    return Amounts(low=interval.low, expected=interval.expected, high=interval.high)


def _thousandths(interval: Interval) -> Seconds:
    return Seconds(low=interval.low / 1000, expected=interval.expected / 1000, high=interval.high / 1000)


def case_out(resolved: Resolved, decision: Decision) -> CaseOut:
    """A decision about a case as it is given out."""
    trial = decision.trial
    pipeline, needs = trial.pipeline, trial.estimate
    spent = needs.milliseconds
    files = _files(resolved)
    return CaseOut(
        id=resolved.case.id,
        peak_vram=_amounts(needs.peak_vram),
        peak_ram=_amounts(needs.peak_ram),
        phase=needs.phase,
        seconds=None if spent is None else _thousandths(spent),
        load_seconds=_thousandths(needs.load_milliseconds),
        tokens_per_second=None if needs.tokens_per_second is None else _thousandths(needs.tokens_per_second),
        verdict=decision.verdict,
        basis=needs.basis,
        fits=decision.fits,
        confidence=resolved.confidence,
        reason=_reason(resolved, decision),
        instead=_instead(decision.instead),
        model=resolved.model.id,
        title=resolved.model.title,
        task=resolved.rule.id,
        variants={part.role: part.variant.key for part in pipeline.parts},
        parts=tuple(
            Part(
                role=part.role,
                component=part.component.id,
                variant=part.variant.key,
                bytes=part.weights,
                basis="derived" if part.derived else "file",
                stated=part.role in resolved.choice.stated,
            )
            for part in pipeline.parts
        ),
        runtime=pipeline.runtime.id,
        placement=pipeline.placement,
        resident_share=pipeline.resident_share / 1000,
        tiled=pipeline.tiled,
        device=resolved.device.name if pipeline.gpu is not None else "the processor",
        gpu=pipeline.gpu,
        usable_vram=0 if pipeline.gpu is None else resolved.host.usable.vram[pipeline.gpu],
        usable_ram=resolved.host.usable.ram,
        disk=sum(file.bytes for file in files),
        files=files,
        size=_size(resolved),
        phases=tuple(
            PhaseUse(
                name=phase.name,
                vram=Bounds(low=phase.vram.low, expected=phase.vram.expected, high=phase.vram.high),
                weights=phase.weights,
            )
            for phase in needs.phases
        ),
        supported=resolved.choice.loads and resolved.runs_here,
        warnings=(*resolved.warnings, *decision.warnings, *_pointless(resolved, needs), *resolved.host.usable.notes),
        assumptions=resolved.assumptions,
    )


def _instead(trial: Trial | None) -> Instead | None:
    if trial is None:
        return None
    return Instead(
        verdict=trial.verdict,
        placement=trial.pipeline.placement,
        resident_share=trial.pipeline.resident_share / 1000,
        tiled=trial.pipeline.tiled,
        peak_vram=_amounts(trial.estimate.peak_vram),
        peak_ram=_amounts(trial.estimate.peak_ram),
    )


def _files(resolved: Resolved) -> tuple[FileUse, ...]:
    """Files to download, each once; a part of which no file is known counts with its weights."""
    found: dict[str, FileUse] = {}
    for part in resolved.choice.parts:
        file = part.variant.file
        name = file.name if file is not None else f"{part.component.id} {part.variant.key}"
        size = file.size.value if file is not None and file.size is not None else part.weights
        there = resolved.machine.installed_names
        have = name in there or (file is not None and f"{file.repo}/{file.name}" in there)
        found[name] = FileUse(
            name=name,
            bytes=size,
            download=0 if have else size,
            repo=file.repo if file is not None else None,
            folder=file.folder if file is not None else None,
        )
    return tuple(found.values())


def _pointless(resolved: Resolved, needs: Estimate) -> tuple[str, ...]:
    """What fits may still take longer than anybody waits."""
    rule, spent = resolved.rule, needs.milliseconds
    if spent is None or spent.low <= rule.ceiling:
        return ()
    least, most = format_milliseconds(spent.low), format_milliseconds(rule.ceiling)
    return (f"at best {least} per {rule.unit}; beyond {most} rigfit solve calls it pointless",)


def _size(resolved: Resolved) -> dict[str, int | float | None]:
    size = resolved.size
    values: dict[str, int | float | None] = {
        "width": size.width or None,
        "height": size.height or None,
        "frames": size.frames if size.frames > 1 else None,
        "batch": size.batch,
        "context": size.context or None,
        "seconds": size.seconds or None,
        "steps": size.steps,
    }
    return {name: value for name, value in values.items() if value is not None}


_HOW = {
    "resident": "fits with everything resident",
    "model_offload": "fits when the parts take turns on the card",
    "streamed": "fits while weights stream through the card",
    "cpu": "fits on the processor",
}


def _called(trial: Trial) -> str:
    """A placement in words: "model offload with a tiled decode"."""
    text = trial.pipeline.placement.replace("_", " ")
    if trial.pipeline.placement == "streamed":
        text += f" with {trial.pipeline.resident_share / 10:.0f} % on the card"
    return f"{text}{' and' if ' with ' in text else ' with'} a tiled decode" if trial.pipeline.tiled else text


def _reason(resolved: Resolved, decision: Decision) -> str:
    """The verdict in words."""
    trial = decision.trial
    if decision.prevented:
        return "; ".join(decision.prevented)
    if trial.lacks is not None:
        asked = resolved.asked.placement
        if asked is None:
            return f"even {_called(trial)} {trial.lacks}"
        head = f"{_called(trial)} {trial.lacks}"
        return head if decision.instead is None else f"{head}; {_called(decision.instead)} would fit"
    text = _HOW[trial.pipeline.placement]
    if trial.pipeline.placement == "streamed" and resolved.is_language_model:
        share = trial.pipeline.resident_share / 10
        text = f"fits with {share:.0f} % of the layers on the card; the processor works on the rest, in RAM"
    elif trial.pipeline.placement == "streamed":
        text += f", {trial.pipeline.resident_share / 10:.0f} % of them staying on it"
    if trial.pipeline.tiled:
        text += " and the decode goes in tiles"
    if trial.pipeline.gpu is not None and resolved.host.vram_known:
        peak = trial.estimate.peak_vram.at(resolved.confidence)
        text += f": {format_memory(peak)} of {format_memory(resolved.host.usable.vram[trial.pipeline.gpu])}"
    elif trial.pipeline.gpu is not None:
        text = "the card's memory is not known: " + text.replace("fits", "runs where it fits", 1)
    return text
