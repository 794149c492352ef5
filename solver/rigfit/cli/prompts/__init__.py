"""Asking a person: one interface, with arrow keys where the terminal has them, and numbered lines everywhere else."""

from rigfit.cli.prompts.base import Back, Option, Prompt, Prompter, can_show, prompter

__all__ = ["Back", "Option", "Prompt", "Prompter", "can_show", "prompter"]
