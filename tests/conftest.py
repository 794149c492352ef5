"""What all tests share: deterministic hypothesis, a cache of their own, and the shipped knowledge."""

from __future__ import annotations

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# Before anything of rigfit runs: tests neither read nor fill the user's cache.
os.environ.setdefault("RIGFIT_CACHE", tempfile.mkdtemp(prefix="rigfit-tests-"))

settings.register_profile(
    "rigfit", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("rigfit")


@pytest.fixture(scope="session")
def knowledge():
    """The shipped catalog and rules."""
    from rigfit.knowledge import load_knowledge

    return load_knowledge()
