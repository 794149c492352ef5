"""`python -m benchmarks.fidelity`: how well memory is predicted, beside published rules, in one table.

--rows   every run with its peak and verdict
--fit    fit the constants to all runs and print what to change in rules/memory.yaml
"""

from __future__ import annotations

import argparse

from benchmarks.fidelity.fit import Predictions, as_yaml, chosen, fit
from benchmarks.fidelity.observations import observe
from benchmarks.fidelity.report import as_line, as_notes, as_table
from benchmarks.fidelity.score import scores
from rigfit.knowledge import load_knowledge


def main() -> None:
    """Print the table, and what is asked for besides."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.fidelity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", action="store_true")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    knowledge = load_knowledge()
    observations, skipped = observe(knowledge)
    if options.fit:
        print(as_yaml(fit(observations, Predictions(knowledge), chosen(knowledge))))
        return
    table, judged = scores(observations, knowledge)
    if options.rows:
        for one in judged:
            print(as_line(one))
        for left in skipped:
            print(f"{left.id}  not compared: {left.why}")
        print()
    print(as_table(table))
    print(f"\n{as_notes(judged)}")


if __name__ == "__main__":
    main()
