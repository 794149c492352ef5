"""Every data shape of rigfit: no logic, no solver.

One module for each kind of document: catalog, rules, machine, request, answer.
Importing any of them imports neither the solver nor anything heavier than pydantic.
"""
