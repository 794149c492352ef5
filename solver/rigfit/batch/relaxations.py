"""What a request could be relaxed by, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rigfit.explain.words import task_words
from rigfit.schema.request import Request, TaskRequest
from rigfit.units import format_milliseconds


@dataclass(frozen=True)
class Relaxation:
    """One thing less to be met."""

    name: str
    text: str
    request: Request
    any_disk: bool = False
    """The free space of the machine does not count."""


def relaxations(request: Request, longest_wait: int) -> Iterator[Relaxation]:
    """Every single relaxation of a request, each as a request that asks for less.

    Args:
        request: what to relax.
        longest_wait: milliseconds; nobody waits longer for one result.
    """
    yield from _of_policies(request, longest_wait)
    for number, task in enumerate(request.tasks):
        yield from _of_task(request, number, task)
    yield Relaxation("disk", "with enough free disk space", request, any_disk=True)


def _of_policies(request: Request, longest_wait: int) -> Iterator[Relaxation]:
    policies = request.policies

    def changed(name: str, text: str, **changes: Any) -> Relaxation:
        return Relaxation(name, text, request.model_copy(update={"policies": policies.model_copy(update=changes)}))

    if not policies.experimental:
        yield changed("experimental", "allowing experimental models", experimental=True)
    if policies.confidence == "safe":
        yield changed("confidence", "counting on expected estimates in place of safe ones", confidence="expected")
    if policies.max_time is None or policies.max_time < longest_wait:
        wait = format_milliseconds(longest_wait).replace(".0 ", " ")
        text = f"waiting up to {wait} for a result"
        yield changed("time", text, max_time=longest_wait)
    if policies.use == "commercial" or policies.sells_output:
        yield changed("licence", "for personal use", use="personal", sells_output=False, revenue_usd=None)
    if policies.territory is not None:
        yield changed("territory", f"outside {policies.territory}", territory=None)
    if policies.runtimes:
        yield changed("runtimes", "on any runtime", runtimes=())
    if policies.max_disk is not None:
        yield changed("max_disk", "without a limit on new disk space", max_disk=None)
    if policies.max_download is not None:
        yield changed("max_download", "without a limit on downloads", max_download=None)


def _of_task(request: Request, number: int, task: TaskRequest) -> Iterator[Relaxation]:
    what = task_words(task.task)

    def changed(name: str, text: str, **changes: Any) -> Relaxation:
        tasks = list(request.tasks)
        tasks[number] = task.model_copy(update=changes)
        return Relaxation(f"tasks.{number}.{name}", text, request.model_copy(update={"tasks": tuple(tasks)}))

    for feature in task.features:
        kept = tuple(other for other in task.features if other != feature)
        yield changed(f"features.{feature}", f"{what} without {feature.replace('_', ' ')}", features=kept)
    if task.models or task.exclude:
        yield changed("models", f"any model for {what}", models=(), exclude=())
    for role, variant in task.variants.items():
        kept_variants = {other: name for other, name in task.variants.items() if other != role}
        words = f"allowing any {role.replace('_', ' ')} for {what}, not only {variant}"
        yield changed(f"variants.{role}", words, variants=kept_variants)
    if task.together is not None:
        yield changed("together", f"{what} in turn with the others, not at once", together=None)
    if len(request.tasks) > 1:
        tasks = tuple(other for at, other in enumerate(request.tasks) if at != number)
        yield Relaxation(f"tasks.{number}", f"without {what}", request.model_copy(update={"tasks": tasks}))
