"""ComfyUI workflows held against a machine."""

from __future__ import annotations

import json

from rigfit.schema.api import FixedWorkflow, WorkflowQuestion
from rigfit.schema.workflow import WorkflowReport
from rigfit.web.desk import Desk, Here
from rigfit.workflow.check import Checked


def check(desk: Desk, asked: WorkflowQuestion, here: Here) -> WorkflowReport:
    """What it loads, whether that runs, and what would stand in for what does not fit."""
    return _checked(desk, asked, here).report


def fix(desk: Desk, asked: WorkflowQuestion, here: Here) -> FixedWorkflow:
    """The same, and the workflow with what is proposed."""
    found = _checked(desk, asked, here)
    return FixedWorkflow(report=found.report, changed=bool(found.fixed.written), workflow=found.fixed.text)


def _checked(desk: Desk, asked: WorkflowQuestion, here: Here) -> Checked:
    from rigfit.knowledge.profiles import find_profile
    from rigfit.workflow.check import Checker
    from rigfit.workflow.document import parse

    given = asked.workflow
    document = parse(given if isinstance(given, str) else json.dumps(given), asked.name)
    find_profile(asked.policies.prefer, desk.knowledge)
    machine = desk.machine(asked.machine, here)
    return Checker(desk.knowledge).check(document, machine, asked.policies, folders=desk.models)
