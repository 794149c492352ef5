"""What the wizard ends with."""

from typing import Literal

from pydantic import Field

from rigfit.schema.answer import Answer
from rigfit.schema.base import Strict
from rigfit.schema.flow import WizardAnswers
from rigfit.schema.request import Request


class WizardReport(Strict):
    """What `rigfit wizard --json` prints: what was answered, what was written, and the answer."""

    schema_version: Literal["rigfit.wizard/1"] = Field(default="rigfit.wizard/1", alias="schema")
    answers: WizardAnswers
    request: Request
    request_file: str
    commands: tuple[str, ...]
    """To go on with, quoted for a shell of this system."""
    answer: Answer
