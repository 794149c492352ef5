"""Verdicts that somebody expects of requests on machines, and whether they came."""

from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from rigfit.schema.base import Strict
from rigfit.schema.batch import Verdict

Expectation = Literal[Verdict, "runs"]
_WORDS = get_args(Expectation)


class Wanted(Strict):
    """What is expected of one request on one machine, or on every machine of a tier.

    Written as one verdict, a list of those that will do, or a mapping with the models too. `runs` is any verdict with
    a bundle.
    """

    verdict: tuple[Expectation, ...] = Field(min_length=1)
    models: tuple[str, ...] = ()
    """Models or families that the bundle, if there is one, must have."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        if isinstance(data, str):
            data = {"verdict": [data]}
        elif isinstance(data, list):
            data = {"verdict": data}
        elif isinstance(data, dict) and isinstance(data.get("verdict"), str):
            data = {**data, "verdict": [data["verdict"]]}
        if isinstance(data, dict) and isinstance(data.get("verdict"), list):
            for word in data["verdict"]:
                if word not in _WORDS:
                    raise ValueError(f"{word!r} is no verdict; known: {', '.join(_WORDS)}")
        return data


class ExpectedFile(Strict):
    """The shape of a file for `rigfit batch --check`."""

    schema_version: Literal["rigfit.expected/1"] = Field(default="rigfit.expected/1", alias="schema")
    machines: str
    """fleet:NAME, or a file or folder beside this one."""
    expected: dict[str, dict[str, Wanted]] = Field(min_length=1)
    """Request -> machine or tier -> what is expected. Requests are presets, or request files given with --request."""


class Mismatch(Strict):
    """A verdict that is not the expected one."""

    request: str
    machine: str
    expected: Wanted
    verdict: Verdict
    models: str | None
    reason: str | None


class CheckReport(Strict):
    """What `rigfit batch --check --json` prints."""

    schema_version: Literal["rigfit.check/1"] = Field(default="rigfit.check/1", alias="schema")
    file: str
    checked: int
    mismatches: tuple[Mismatch, ...]
    unsaid: int
    """Machines and requests of which nothing is expected."""
