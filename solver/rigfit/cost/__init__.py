"""Local against cloud: hardware, electricity, price per result, break-even. Exact arithmetic on sourced inputs."""

from rigfit.cost.asked import Asked
from rigfit.cost.report import cost_report
from rigfit.cost.stated import asked_of, compare_costs

__all__ = ["Asked", "asked_of", "compare_costs", "cost_report"]
