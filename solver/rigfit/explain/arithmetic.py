"""Sums and limits within one answer, from nothing but the answer: they must hold whatever the catalog says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rigfit.schema.answer import Answer, Bundle, LimitUse, TaskAnswer
from rigfit.schema.verification import Finding

_VERDICTS = {
    "resident": "resident",
    "model_offload": "offloaded",
    "streamed": "streamed",
    "cpu": "cpu",
    "cloud": "cloud",
}


def differs(path: str, stated: Any, recomputed: Any, why: str) -> Iterator[Finding]:
    """A finding where a stated value is not the recomputed one."""
    if stated != recomputed:
        yield Finding(
            kind="tampered",
            path=path,
            stated=str(stated),
            recomputed=str(recomputed),
            text=f"{path} says {stated}; {why} {recomputed}",
        )


def check_arithmetic(answer: Answer) -> Iterator[Finding]:
    """Everything in an answer that must agree with something else in it."""
    yield from differs("status", answer.status, answer.record.status, "its record says")
    if answer.status == "optimal":
        yield from differs("bundles", len(answer.bundles) > 0, True, "an optimal answer has bundles:")
    if answer.status == "infeasible":
        yield from differs("bundles", len(answer.bundles), 0, "where nothing fits there are")
    if len(answer.bundles) > answer.record.request.top:
        yield from differs("bundles", len(answer.bundles), answer.record.request.top, "the request asks for at most")
    yield from differs("record.engine", answer.record.engine, answer.record.request.engine, "the request says")
    for number, bundle in enumerate(answer.bundles):
        path = f"bundles[{number}]"
        yield from differs(f"{path}.rank", bundle.rank, number + 1, "it stands at")
        yield from _check_bundle(path, bundle, answer)
    # A model here and the same one at a service are two answers.
    models = [
        tuple(f"{task.model}@cloud" if task.cloud is not None else task.model for task in bundle.tasks)
        for bundle in answer.bundles
    ]
    for number, chosen in enumerate(models):
        if chosen in models[:number]:
            text = f"bundles[{number}] has the same models as an earlier bundle"
            yield Finding(kind="tampered", path=f"bundles[{number}].tasks", stated=", ".join(chosen), text=text)
    yield from _check_bound(answer)


def _check_bound(answer: Answer) -> Iterator[Finding]:
    bound = answer.record.bound
    if answer.status != "optimal" or not answer.bundles:
        yield from differs("record.bound", len(bound), 0, "without an optimal bundle there are")
        return
    first = answer.bundles[0].criteria
    yield from differs("record.bound", len(bound), len(first), "the criteria are")
    for number, (proved, reached) in enumerate(zip(bound, first, strict=False)):
        path = f"record.bound[{number}]"
        yield from differs(f"{path}.criterion", proved.criterion, reached.name, "the criterion is")
        if not proved.within:
            yield from differs(f"{path}.best", proved.best, reached.value, "the first bundle reaches")


def _check_bundle(path: str, bundle: Bundle, answer: Answer) -> Iterator[Finding]:
    asked = [task.task for task in answer.record.request.tasks]
    yield from differs(f"{path}.tasks", [task.task for task in bundle.tasks], asked, "the request asks for")
    for number, criterion in enumerate(bundle.criteria):
        total = sum(part.value for part in criterion.parts)
        yield from differs(f"{path}.criteria[{number}].value", criterion.value, total, "its parts add up to")
    least = sum(file.download for file in bundle.files)
    if bundle.download_bytes < least:
        yield from differs(f"{path}.download_bytes", bundle.download_bytes, least, "its files alone add up to")
    runtimes = sorted({task.runtime for task in bundle.tasks if task.cloud is None})
    yield from differs(f"{path}.runtimes", list(bundle.runtimes), runtimes, "its tasks run in")
    licences = sorted({licence for task in bundle.tasks for licence in task.licences})
    yield from differs(f"{path}.licences", list(bundle.licences), licences, "its tasks are under")
    for number, limit in enumerate(bundle.limits):
        yield from _check_limit(f"{path}.limits[{number}]", limit, None, answer)
    for number, task in enumerate(bundle.tasks):
        yield from _check_task(f"{path}.tasks[{number}]", task, answer)


def _check_task(path: str, task: TaskAnswer, answer: Answer) -> Iterator[Finding]:
    yield from differs(f"{path}.verdict", task.verdict, _VERDICTS[task.placement], "its placement makes it")
    if task.phases:
        for end in ("low", "expected", "high"):
            most = max(getattr(phase.vram, end) for phase in task.phases)
            yield from differs(
                f"{path}.peak_vram.{end}", getattr(task.peak_vram, end), most, "the largest of its phases takes"
            )
        widest = max(task.phases, key=lambda phase: phase.vram.expected).name
        yield from differs(f"{path}.peak_phase", task.peak_phase, widest, "the largest of its phases is")
    for name in ("peak_vram", "peak_ram", "milliseconds"):
        bounds = getattr(task, name)
        if bounds is not None and not bounds.low <= bounds.expected <= bounds.high:
            text = f"{path}.{name}: low, expected and high end are out of order"
            yield Finding(kind="tampered", path=f"{path}.{name}", text=text)
    if task.gpu is not None and task.gpu < len(answer.machine.gpus):
        yield from differs(f"{path}.device", task.device, answer.machine.gpus[task.gpu].name, "the card is")
    elif task.gpu is not None:
        text = f"{path}.gpu: the machine has no card {task.gpu}"
        yield Finding(kind="unknown", path=f"{path}.gpu", stated=str(task.gpu), text=text)
    for number, limit in enumerate(task.limits):
        yield from _check_limit(f"{path}.limits[{number}]", limit, task.gpu, answer)


def _check_limit(path: str, limit: LimitUse, gpu: int | None, answer: Answer) -> Iterator[Finding]:
    """What is used is there, and what there is is what models may use (or what a policy allows)."""
    if limit.used > limit.capacity:
        text = f"{path}: {limit.used} bytes are used and only {limit.capacity} are there"
        yield Finding(
            kind="tampered", path=f"{path}.used", stated=str(limit.used), recomputed=str(limit.capacity), text=text
        )
    yield from differs(f"{path}.free", limit.free, limit.capacity - limit.used, "capacity less use is")
    policies = answer.record.request.policies
    there = {
        "policy.disk": policies.max_disk,
        "policy.download": policies.max_download,
        "policy.cost": policies.max_cost,
    }.get(limit.limit, answer.usable.get(f"vram.{gpu}" if limit.resource == "vram" else limit.resource))
    yield from differs(f"{path}.capacity", limit.capacity, there, "there are")
