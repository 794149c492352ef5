"""From (model, variants, runtime, placement, size) to bytes and seconds, as intervals with their basis.

This is the first cut: peaks are exact in the weights and roughly right in the activations. Its interface stays.
"""

from rigfit.estimate.interval import Interval
from rigfit.estimate.pipeline import Estimate, Part, Phase, Pipeline, estimate
from rigfit.estimate.size import ResolvedSize, resolve_size

__all__ = ["Estimate", "Interval", "Part", "Phase", "Pipeline", "ResolvedSize", "estimate", "resolve_size"]
