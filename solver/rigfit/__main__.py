"""`python -m rigfit` is `rigfit`."""

from rigfit.cli import main

main()
