"""Engines: the same problem in, the k best choices out. One adapter file each; only `cpsat` imports ortools."""

from rigfit.engines.base import Engine, Outcome, Status, get_engine

__all__ = ["Engine", "Outcome", "Status", "get_engine"]
