"""The size of one result, with what the task's rule fills in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rigfit.schema.catalog import Architecture, Serves
from rigfit.schema.request import Size
from rigfit.schema.rules import TaskRule


@dataclass(frozen=True, slots=True)
class ResolvedSize:
    """A size without gaps. Width and height in pixels, duration in seconds, context in tokens; 1 frame is a still."""

    width: int
    height: int
    batch: int
    frames: int
    seconds: float
    context: int
    steps: int | None
    tokens: int = 0
    """Of one reply."""

    def for_model(self, serves: Serves) -> ResolvedSize:
        """The size that a model works at: one that makes fewer frames at once makes a longer clip in parts."""
        most = serves.max_frames
        return self if most is None or self.frames <= most.value else replace(self, frames=most.value)

    @property
    def pixels(self) -> int:
        """Pixels of one frame of one result."""
        return self.width * self.height

    @property
    def amount(self) -> int:
        """How much is asked for, of which only ratios mean something: pixels of all frames, or milliseconds."""
        length = self.frames if self.pixels or self.frames > 1 else round(self.seconds * 1000)
        return max(1, self.pixels) * max(1, length) * self.batch

    def positions(self, architecture: Architecture) -> int:
        """Latent positions of the whole batch, as the denoiser sees them."""
        side = architecture.latent_downscale
        frames = (self.frames - 1) // architecture.temporal_downscale + 1
        return -(-self.width // side) * -(-self.height // side) * frames * self.batch


def resolve_size(size: Size, rule: TaskRule) -> tuple[ResolvedSize, tuple[str, ...]]:
    """Fill what the request leaves open from the task's defaults.

    Returns:
        the size, and the names of the fields that were assumed because they were not stated.
    """
    fps = size.fps or rule.fps
    seconds = size.seconds or rule.seconds or 0.0
    assumed = [
        name
        for name in ("width", "height", "context")
        if getattr(size, name) is None and getattr(rule, name) is not None
    ]
    if size.frames is not None:
        frames = size.frames
    elif fps is not None:
        frames = max(1, round(seconds * fps)) + 1
        if size.seconds is None:
            assumed.append("seconds")
        if size.fps is None:
            assumed.append("fps")
    else:
        frames = rule.frames or 1
    resolved = ResolvedSize(
        width=size.width or rule.width or 0,
        height=size.height or rule.height or 0,
        batch=size.batch or rule.batch,
        frames=frames,
        seconds=seconds,
        context=size.context or rule.context or 0,
        steps=size.steps,
        tokens=rule.tokens or 0,
    )
    return resolved, tuple(assumed)
