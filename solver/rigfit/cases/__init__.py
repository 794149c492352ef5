"""Cases: a pipeline and a machine in the words of people and other programs, and what becomes of them.

    >>> from rigfit.cases import Evaluator
    >>> Evaluator(knowledge).answer({"model": "flux1-dev", "machine": {"gpu": "RTX 4090"}}).verdict

`resolve` turns loose names into one pipeline, `verdict` chooses a placement and judges it, `run` answers line by line.
"""

from __future__ import annotations

from rigfit.cases.resolve import Resolved, Resolver
from rigfit.cases.run import Evaluator, answer_lines

__all__ = ["Evaluator", "Resolved", "Resolver", "answer_lines"]
