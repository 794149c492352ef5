"""The wizard's questions and what answers to them mean, for any front end; no rule and no number of its own.

flow = questions(knowledge)
machine = machine_of(flow, answers, knowledge, here)    # here() detects this computer, and is asked only for it
shown = visible(flow, answers, machine, knowledge)      # what to ask now, as a document
request = compose(flow, answers, knowledge, machine=machine)
"""

from rigfit.wizard.compose import compose, machine_of, machine_request, visible
from rigfit.wizard.outcomes import Outcomes
from rigfit.wizard.walk import questions

__all__ = ["Outcomes", "compose", "machine_of", "machine_request", "questions", "visible"]
