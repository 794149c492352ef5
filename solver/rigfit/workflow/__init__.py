"""ComfyUI workflows: what they load, whether they run on a machine, and what would stand in for what does not fit.

    >>> from rigfit.workflow import check, load
    >>> report = check(load(Path("flow.json")), machine, knowledge)

`document` reads a file, `graph` flattens it, `uses` finds what is loaded, `recognise` names it, `pipelines` puts it
together, `judge` holds it against the machine, `replace` asks the solver for variants that fit and `fix` writes them.
"""

from __future__ import annotations

from rigfit.workflow.check import check
from rigfit.workflow.document import Document, load, parse
from rigfit.workflow.fix import fixed

__all__ = ["Document", "check", "fixed", "load", "parse"]
