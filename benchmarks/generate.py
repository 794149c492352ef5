"""Generated problems of realistic shape: tasks x models x pipelines, shared text encoders, disk couples the tasks."""

from __future__ import annotations

import random

from rigfit.problem import Decision, Item, Limit, Option, Problem, Tier

PIPELINES = 72
VRAM, RAM, DISK = 12 * 1024, 32 * 1024, 200 * 1024
"""Capacities in MiB."""


def generate(tasks: int, models: int, pipelines: int = PIPELINES, seed: int = 7) -> Problem:
    """A problem in which each model has `pipelines` pipelines: 12 quantizations x 6 text encoders and placements."""
    rng = random.Random(seed)
    encoders = [Item(f"encoder{i}", (0, 0, 500 * (i + 1), 0), ((2 * tasks, 500 * (i + 1)),)) for i in range(6)]
    items: list[Item] = list(encoders)
    limits = [Limit(f"vram.{t}", "vram", "memory.vram", "machine") for t in range(tasks)]
    limits += [Limit(f"ram.{t}", "ram", "memory.ram", "machine") for t in range(tasks)]
    limits.append(Limit("disk", "disk", "memory.disk", "machine"))
    decisions = []
    for task in range(tasks):
        options = []
        for model in range(models):
            quality = rng.randint(5000, 9500)
            size = rng.randint(2_000, 40_000)
            for number in range(pipelines):
                quant, encoder, streamed = number % 12, number // 12 % 6, number % 5
                weights = size * (16 - quant) // 16
                value = quality * (1000 - 3 * quant * quant // 2) // 1000 * (1000 - 4 * (5 - encoder)) // 1000
                held = weights * (5 - streamed) // 5 + 1200
                slow = 1 + streamed
                item = Item(f"denoiser{task}.{model}.{quant}", (0, 0, weights, 0), ((2 * tasks, weights),))
                items.append(item)
                options.append(
                    Option(
                        f"m{model:03d}.p{number:03d}",
                        f"m{model:03d}",
                        (-(value - 200 * (slow - 1)), int(quant > 0), 0, slow * size // 40),
                        ((task, held), (tasks + task, 3000 + weights + 500 * (encoder + 1))),
                        (encoder, len(items) - 1),
                    )
                )
        decisions.append(Decision(f"task{task}", tuple(options)))
    tiers = (Tier("net_value"), Tier("cascade"), Tier("download"), Tier("seconds"))
    return Problem(tuple(decisions), tuple(items), tuple(limits), (), tiers)
