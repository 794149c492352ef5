"""Checks that a catalog cannot cheat: what no schema can say about entries together."""

from rigfit.checks.all import problems
from rigfit.checks.problem import Problem

__all__ = ["Problem", "problems"]
