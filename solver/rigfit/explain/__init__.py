"""Why the answer is what it is. This is the first explanation: what was left out, what came closest, what decided."""

from rigfit.explain.first import explain_bundles, explain_none, left_out, why

__all__ = ["explain_bundles", "explain_none", "left_out", "why"]
