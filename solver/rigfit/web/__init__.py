"""The HTTP API and the page: `rigfit serve`.

Data flows one way here too:

- guard, bounds, hosts, protocol: what is let in (names, origins, sizes, nesting, time), before anything reads it
- routes: one small file for each part of the API: what is asked for, checked against the schemas
- pool: worker processes, which of them answers what, how long they may take
- worker, desk: such a process, and what it keeps between questions
- work: one small file for each part of the API: the answers, made by the stages of rigfit
- page: the files of the page, served as they are

The serving process solves nothing: a question that takes long, or never ends, keeps nobody else waiting.
"""
