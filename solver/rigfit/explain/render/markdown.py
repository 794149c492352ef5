"""An explanation of why nothing fits as Markdown, for reports and issue trackers."""

from __future__ import annotations

from collections.abc import Iterator

from rigfit.explain.render.text import cost_of, gained, heading, merged, shown
from rigfit.explain.words import task_words
from rigfit.schema.answer import Explanation


def unsolved(explanation: Explanation) -> str:
    """Conflict, give-ups, least amounts and cascade, as far as the explanation has them; ends without a newline."""
    return "\n".join(_lines(explanation)).strip()


def _lines(explanation: Explanation) -> Iterator[str]:
    if explanation.conflict is not None:
        yield from (f"### {heading(explanation.conflict)}", "")
        for member in shown(explanation.conflict):
            where = f" (`{member.option}`)" if member.option and member.stated else ""
            yield f"- **{member.text}**{where}"
            for reason in member.evidence:
                origin = f", {reason.origin}" if reason.origin else ""
                yield f"  - keeps out {reason.text.rstrip('.')} (`{reason.rule}`{origin})"
        yield ""
    if explanation.give_ups:
        yield from ("### What to give up", "")
        for number, give in enumerate(explanation.give_ups, start=1):
            yield f"{number}. {give.text}: gives {' + '.join(gained(one) for one in give.gains)}"
        yield ""
    if explanation.least:
        yield from ("### What would be enough, each alone", "")
        yield from (f"- {least.text}" for least in explanation.least)
        yield ""
    for task in dict.fromkeys(step.task for step in explanation.cascade):
        yield from (f"### Tried for {task_words(task)}", "", "| step | how far it went |", "|---|---|")
        for names, step in merged([step for step in explanation.cascade if step.task == task]):
            yield f"| {names} | {step.text}{cost_of(step)} |"
        yield ""
