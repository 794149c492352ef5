"""Checking a saved answer with plain arithmetic, and without any solver.

An answer is decided by its request, its machine, the catalog and the rules; all of them stand in it, or their digests
do. So it is checked in the order in which it was made: the record's id against the input, the digests against the
present catalog and rules, the sums within, then everything again from the pipelines that it names: that the rules
admit them, what they need and cost, that the limits hold, that the order of the bundles is right. That no better
bundle exists is seen at once for a request of one task; for several it takes the exhaustive engine.

Not repeated is what takes many solves and decides nothing: why nothing fits, what another value of an assumption would
change, and the statistics of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pydantic import ValidationError

from rigfit.errors import InputError
from rigfit.explain.arithmetic import check_arithmetic
from rigfit.explain.recheck import Recheck
from rigfit.explain.record import entry_digests, record_id
from rigfit.knowledge import Knowledge
from rigfit.schema.answer import Answer
from rigfit.schema.verification import Check, Finding, Verification
from rigfit.version import VERSION

_FORMAT = "rigfit.answer/1"
_LISTED = 50
"""Findings of one check that are listed; a stale or rewritten answer may have thousands."""


def verify(document: Any, knowledge: Knowledge, *, exhaustive: bool = False) -> Verification:
    """Check an answer.

    Args:
        document: the answer as JSON has it (`rigfit solve --json`), or an `Answer`.
        knowledge: the catalog and rules to check it against.
        exhaustive: also prove with the second engine that no better bundle exists.

    Raises:
        InputError: when the document is no answer of this format at all.
    """
    report = _Report()
    answer = document if isinstance(document, Answer) else _read(document, report)
    if answer is None:
        return report.result(None)
    report.add("shape", (), "it is an answer in the format " + _FORMAT)
    record = answer.record
    own = record_id(record.request, answer.machine, record.catalog, record.rules, record.rigfit)
    report.add("record", _wrong_id(record.id, own), "the id follows from request, machine, digests and version")
    stale = list(_stale(answer, knowledge))
    report.add("origin", stale, "catalog, rules and version are the present ones")
    report.add("arithmetic", check_arithmetic(answer), "all sums and limits within the answer agree")
    if stale:
        for name in ("admission", "figures", "order", "optimality"):
            report.skip(name, "the catalog, the rules or the version have changed since")
        return report.result(record.id)
    recheck = Recheck(answer, knowledge)
    report.add("admission", recheck.admission(), "the rules admit every pipeline, and all of them fit")
    report.add("figures", recheck.figures(), "every figure follows from the pipelines")
    report.add("order", recheck.order(), "no bundle stands above a better one")
    optimality = list(recheck.optimality(exhaustive))
    if recheck.undecided is None:
        report.add("optimality", optimality, "no better bundle exists")
    else:
        report.skip("optimality", recheck.undecided, decided=not exhaustive)
    return report.result(record.id)


class _Report:
    """Checks and findings as they come."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.findings: list[Finding] = []
        self.unfound = 0
        self.decided = True

    def add(self, name: str, found: Iterable[Finding], text: str) -> None:
        """A check that was made, with what it found."""
        findings = list(found)
        self.findings += findings[:_LISTED]
        self.unfound += len(findings[_LISTED:])
        count = len(findings)
        failed = f"{count} thing{'' if count == 1 else 's'} found" if count else text
        self._check(name, "fails" if findings else "holds", failed)

    def skip(self, name: str, text: str, *, decided: bool = True) -> None:
        """A check that was not made."""
        self.decided = self.decided and decided
        self._check(name, "skipped", text)

    def _check(self, name: str, verdict: str, text: str) -> None:
        self.checks.append(Check.model_validate({"name": name, "verdict": verdict, "text": text}))

    def result(self, record: str | None) -> Verification:
        """All of it."""
        return Verification(
            record=record,
            holds=not self.findings,
            decided=self.decided,
            checks=tuple(self.checks),
            findings=tuple(self.findings),
            unfound=self.unfound,
        )


def _read(document: Any, report: _Report) -> Answer | None:
    """The answer; None where its shape is wrong, which is noted."""
    form = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(form, str) or not form.startswith("rigfit.answer/"):
        raise InputError("this is no answer of rigfit: make one with `rigfit solve ... --json`")
    if form != _FORMAT:
        raise InputError(f"this answer has the format {form!r}; this version reads {_FORMAT!r}")
    try:
        return Answer.model_validate(document)
    except ValidationError as problem:
        report.add("shape", islice(_malformed(problem), _LISTED), "")
        return None


def _malformed(problem: ValidationError) -> Iterator[Finding]:
    for error in problem.errors(include_url=False):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"]).lstrip(".")
        text = f"{path or 'the answer'}: {error['msg'].removeprefix('Value error, ')}"
        yield Finding(kind="malformed", path=path, text=text)


def _wrong_id(stated: str, own: str) -> Iterator[Finding]:
    if stated != own:
        text = f"record.id says {stated}; request, machine, digests and version make it {own}: one of them was changed"
        yield Finding(kind="tampered", path="record.id", stated=stated, recomputed=own, text=text)


def _stale(answer: Answer, knowledge: Knowledge) -> Iterator[Finding]:
    record = answer.record
    if record.catalog != knowledge.catalog_digest:
        text = f"made with another catalog ({record.catalog}; the present one is {knowledge.catalog_digest})"
        present = entry_digests(record.entries, knowledge)
        changed = sorted(name for name, digest in record.entries.items() if present.get(name) != digest)
        if changed:
            shown = ", ".join(changed[:4]) + (f" and {len(changed) - 4} more" if len(changed) > 4 else "")
            text += f"; of what its bundles use these have changed: {shown}"
        elif record.entries:
            text += "; nothing that its bundles use has changed"
        yield _old("record.catalog", record.catalog, knowledge.catalog_digest, text)
    if record.rules != knowledge.rules_digest:
        text = f"made with other rules ({record.rules}; the present ones are {knowledge.rules_digest})"
        yield _old("record.rules", record.rules, knowledge.rules_digest, text)
    if record.rigfit != VERSION:
        text = f"made with rigfit {record.rigfit}; this is {VERSION}"
        yield _old("record.rigfit", record.rigfit, VERSION, text)


def _old(path: str, stated: str, present: str, text: str) -> Finding:
    return Finding(kind="stale", path=path, stated=stated, recomputed=present, text=text)
