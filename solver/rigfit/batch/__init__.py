"""Every request on every machine of a fleet, without solving again what is proved.

asked       presets and request files -> requests with the names that rows carry
fleet       readers: CSV, JSON lines, Parquet, a folder of machine files -> machines with weights, or the error of one
canonical   what of a machine decides: its class, the bytes models may use; the digest for its record ids
chunks      the unit of work: `Chunk` (a request, a class, distinct points) and the pure `evaluate(chunk) -> Evaluated`
pieces      chunks put together so that what machines of one kind share is judged once
worker      what an evaluation does, once the knowledge is there
reasons     where there is no bundle: what comes closest, for many capacities at once
pool        `Engine`, and the local one: processes
rows        answers joined with machines again: one `schema.batch.Row` for each machine and request, encoded
parquet     Parquet in and out, where pyarrow is there
files       the output: FILE.partial and FILE.journal while it is made, renamed when it is complete
run         the driver: segment by segment of the fleet
ray         the engine on a Ray cluster
about       FILE.about.json beside the results: the requests and the machines, for those who ask more of them
population  a survey's marginals: machines to solve for, and the bounds of what they can say together
results     rows read back; tiers: which tier a machine belongs to
report      coverage, reasons and gains of results; html: the same as one page
gains       what one of the relaxations of a request would bring, decided anew on the machines that it is stopped on
expected    verdicts that somebody expects against those that come

How they fit. The fleet is read in segments of a fixed number of machines, so that memory does not grow with it. In a
segment the machines are canonicalised: those of one class (everything but capacities) that leave models the same
bytes are one point. One `Chunk` for each request and class goes to an `Engine`; its answer comes back as an
`Evaluated`: for each point the number of an answer, and the answers. An engine is anything with
`map(chunks) -> iterator of Evaluated`, in any order; `evaluate` is a module-level function without side effects, its
argument and result can be pickled, and what it needs besides (the knowledge) it loads once in each process from what
the chunk says. So running it elsewhere, or again after a worker was lost, gives the same.

The format while it is made. FILE.partial only grows: blocks of encoded rows in the fleet's order, for each machine
the requests in theirs. FILE.journal is lines of `CRC32 JSON`: the first says what is run on what (a fingerprint), then
one for each chunk that was evaluated and one for each block that was written, with its end and checksum. On --resume
a torn last line is dropped, FILE.partial is cut to the last block that agrees, and the work goes on from there. Parquet
is made of the blocks at the end. FILE itself appears by a rename, complete.
"""
