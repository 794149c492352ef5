"""What `rigfit verify` found in a saved answer."""

from typing import Literal

from pydantic import Field

from rigfit.schema.base import Strict

FindingKind = Literal["malformed", "tampered", "stale", "unknown", "refused", "beaten"]


class Finding(Strict):
    """One thing that does not hold.

    malformed: not what an answer looks like. tampered: a figure or name that does not follow from the rest.
    stale: made with another catalog, other rules or another version. unknown: names what does not exist.
    refused: a pipeline that the rules do not admit. beaten: a better bundle exists.
    """

    kind: FindingKind
    path: str
    """Where in the answer: "bundles[0].tasks[0].quality"; empty for the whole of it."""
    stated: str | None = None
    recomputed: str | None = None
    rule: str | None = None
    """The rule that refuses, where one does."""
    text: str


class Check(Strict):
    """One kind of check."""

    name: Literal["shape", "record", "origin", "arithmetic", "admission", "figures", "order", "optimality"]
    verdict: Literal["holds", "fails", "skipped"]
    text: str


class Verification(Strict):
    """All of it. No solver takes part, except the exhaustive engine where optimality is asked for."""

    schema_version: Literal["rigfit.verification/1"] = Field(default="rigfit.verification/1", alias="schema")
    record: str | None
    """Id of the answer's record, where it can be read."""
    holds: bool
    """Nothing was found."""
    decided: bool
    """Everything that was asked could be checked; false where optimality was asked for and the problem is too large."""
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    unfound: int = 0
    """Further findings that are not listed."""
