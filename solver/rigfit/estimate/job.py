"""What one result of a model takes, gathered from the catalog: one place for the estimate and for the candidates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rigfit.estimate.activations import kv_cache
from rigfit.estimate.size import ResolvedSize, resolve_size
from rigfit.estimate.time import Job, Reply
from rigfit.estimate.work import of_result, passes
from rigfit.schema.catalog import Architecture, Component, Serves
from rigfit.schema.request import Size

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge


def job_of(
    serves: Serves,
    task: str,
    components: Iterable[Component],
    size: ResolvedSize,
    knowledge: Knowledge,
    cache: int | None = None,
) -> Job:
    """The job of making one result.

    Args:
        serves: what the model does for the task.
        task: id.
        components: of the model, without add-ons.
        size: of one result.
        knowledge: for architectures, the task's usual size and the constants.
        cache: bytes of the key-value cache of its language models, where it is not the usual 16-bit one.
    """
    parts = list(components)
    architectures: dict[str, Architecture] = knowledge.index("architectures")
    denoisers = [c for c in parts if c.kind == "denoiser"]
    main = max(denoisers, key=lambda c: c.params.value if c.params else 0, default=None)
    architecture = architectures[main.architecture] if main is not None and main.architecture else None
    nominal, _ = resolve_size(Size(), knowledge.index("tasks")[task])
    work = of_result(
        serves,
        main,
        architecture,
        [c for c in parts if c.kind == "text_encoder"],
        any(c.kind == "vae" for c in parts),
        size,
        nominal.for_model(serves),
        knowledge.time,
    )
    count = passes(serves, size) if main is not None else 0
    writers = [c for c in parts if c.kind == "llm"]
    found = [architectures[c.architecture] for c in writers if c.architecture]
    if cache is None:
        cache = sum(kv_cache(a, size) for a in found)
    if work is not None or not cache or not size.tokens:
        usual = nominal.for_model(serves).amount
        return Job(work, count, writes=serves.tokens.value * size.amount // usual if serves.tokens else 0)
    return Job(
        None,
        count,
        Reply(
            params=sum(c.params.value for c in writers if c.params is not None),
            layers=sum(a.layers.value for a in found if a.layers is not None),
            cache=cache,
            tokens=size.tokens,
            prompt=min(knowledge.time.language.prompt_tokens.value, size.context),
        ),
    )
