"""Local against cloud: hardware, electricity, price per result, break-even. Exact arithmetic on sourced inputs."""

from rigfit.cost.asked import Asked
from rigfit.cost.report import cost_report

__all__ = ["Asked", "cost_report"]
