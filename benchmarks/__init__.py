"""Everything that measures: `python -m benchmarks` runs all of it and prints one table."""
