"""Milliseconds of one result on a machine, as numbers or arrays of many pipelines; unknown stays None."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rigfit.estimate.interval import Interval
from rigfit.estimate.speed import Speeds, speeds
from rigfit.estimate.work import Work, passes

__all__ = [
    "Job",
    "Reply",
    "Speeds",
    "bounds",
    "milliseconds",
    "passes",
    "per_token",
    "prompt_tokens_per_second",
    "speeds",
    "spread_of",
    "tokens_per_second",
]


@dataclass(frozen=True)
class Reply:
    """What a language model has to do for one reply."""

    params: int
    """Weights a token meets."""
    layers: int
    cache: Any
    """Bytes of the key-value cache when the context is full."""
    tokens: int
    """It writes so many."""
    prompt: int
    """It reads so many first."""


@dataclass(frozen=True)
class Job:
    """What one result takes, whatever it runs on."""

    work: Work | None
    passes: int
    """Forward passes of the denoiser."""
    reply: Reply | None = None
    writes: int = 0
    """Tokens written one after the other: each reads all the weights."""


def milliseconds(job: Job, speed: Speeds, factor: Any, moved: Any, streamed: Any, read: Any = 0, away: Any = 0) -> Any:
    """Expected milliseconds for one result, or None where the work or the speed is unknown.

    A language model reads all its weights and its cache for every token it writes, so bandwidth decides; everything
    else is arithmetic, plus what crosses the bus.

    Args:
        job: what there is to do.
        speed: of the machine.
        factor: permille by which the precision of the denoiser slows (or speeds) its arithmetic; number or array.
        moved: bytes that cross the bus once for each result.
        streamed: bytes that cross it in every pass.
        read: bytes of the weights of a language model, or of another network that writes token by token.
        away: those of them that stay in RAM, for the processor to work on.
    """
    if job.reply is not None:
        each = per_token(job.reply, speed, factor, read, away)
        if each is None or speed.prompts is None:
            return None
        return np.rint(each * job.reply.tokens + _prompt(job.reply, speed, factor, read, away)).astype(np.int64)
    work = job.work
    if work is None or speed.transformer is None or speed.unet is None or speed.decode is None:
        return None
    rate = speed.unet if work.network == "unet" else speed.transformer
    compute = np.asarray(factor, dtype=np.float64) * work.denoise / rate
    compute = compute + job.passes * speed.pass_time / 1000
    compute = compute + 1000 * (work.encode / speed.transformer + work.decode / speed.decode)
    if np.any(job.writes):
        if speed.reading is None:
            return None
        each = np.asarray(read, dtype=np.float64) * 1000 / speed.reading + speed.pass_time / 1000
        compute = compute + job.writes * each
    crossing = np.asarray(moved, dtype=np.float64) + np.asarray(streamed, dtype=np.float64) * job.passes
    # Copying and computing add up: group offloading leaf by leaf made a FLUX.1 pass 3.7 times slower, which is more
    # than the copy alone (diffusers/benchmarks), so runtimes do not hide one behind the other.
    return np.rint(compute + crossing * 1000 / speed.bus).astype(np.int64)


def per_token(reply: Reply, speed: Speeds, factor: Any, read: Any, away: Any) -> Any:
    """Milliseconds for one token that a language model writes, or None where the bandwidth is unknown.

    Layers on the card are read from its memory and those left in RAM by the processor; nothing crosses the bus but
    activations, which are small. The cache lies with its layers and fills while the model writes: half of it on
    average.
    """
    if speed.reading is None:
        return None
    whole = np.asarray(read, dtype=np.float64)
    aside = np.asarray(away, dtype=np.float64)
    share = aside / np.maximum(whole, 1)
    cache = reply.cache / 2
    on_card = (whole - aside + cache * (1 - share)) * 1000 / speed.reading
    in_ram = (aside + cache * share) * 1000 / speed.reading_ram
    return (on_card + in_ram) * np.asarray(factor) / 1000 + reply.layers * speed.layer_time / 1000


def _prompt(reply: Reply, speed: Speeds, factor: Any, read: Any, away: Any) -> Any:
    """Milliseconds until a prompt is read: arithmetic, each part where its layers lie."""
    work = 2.0 * reply.params * reply.prompt
    share = np.asarray(away, dtype=np.float64) / np.maximum(np.asarray(read, dtype=np.float64), 1)
    spent = work * (1 - share) / (speed.prompts or 1) + work * share / speed.prompts_cpu
    return spent * np.asarray(factor)


def tokens_per_second(reply: Reply, speed: Speeds, factor: int, read: int, away: int) -> Interval | None:
    """Thousandths of a token a second, slowest to fastest; None where the bandwidth is unknown."""
    each = per_token(reply, speed, factor, read, away)
    if each is None or not each > 0:
        return None
    ends = speed.spread_language
    rate = 1_000_000 / float(each)
    return Interval(*(int(rate * 1000 / share) for share in (ends.high, 1000, ends.low)))


def prompt_tokens_per_second(reply: Reply, speed: Speeds, factor: int, read: int, away: int) -> Interval | None:
    """Thousandths of a token of a prompt that is read in a second, slowest to fastest; None where unknown."""
    if speed.prompts is None or not reply.prompt or not reply.params:
        return None
    ends = speed.spread_prompt
    rate = 1_000_000 * reply.prompt / float(_prompt(reply, speed, factor, read, away))
    return Interval(*(int(rate * 1000 / share) for share in (ends.high, 1000, ends.low)))


def spread_of(job: Job, speed: Speeds) -> Interval:
    """Permille of the expected time at the low, expected and high end."""
    return speed.spread_language if job.reply is not None else speed.spread


def bounds(expected: int, spread: Interval) -> Interval:
    """An expected time as an interval."""
    return Interval(*(expected * share // 1000 for share in (spread.low, 1000, spread.high)))
