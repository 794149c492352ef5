"""Other machines without solving again: proved boxes, exact breakpoints, maps, verdicts on named cards.

A library or a batch begins with a `Session`, which keeps what was prepared and proved:

>>> answers = session.answers(request, machine, k=1)  # one request on one class of machine
>>> indices = answers.resolve(points)                 # (n, axes) usable bytes; solves only where nothing is proved
>>> answers[indices[0]].keys                          # the pipelines of its bundles

Machines are of one class when `classes.machine_class` gives equal keys, and `classes.point(usable(machine, knowledge))`
is a machine's point. `Answers.lookup` is a vectorised containment test and solves nothing.

- classes: what of a machine is its class and what its capacities; another amount of one resource
- whole: a prepared request as one problem over every pipeline, for any capacities
- boxes: certificates, why an answer proved on one machine holds on a whole box of machines
- proofs: answers to one problem at many capacities: looked up, solved where no box holds, kept where proved
- answers: the same for one request on one class of machine, with bundles
- session: many requests and machines in one process (repeated `solve`, batches)
- cover: an axis or a plane of amounts, cut into the boxes on which the answer stays the same
- outcomes, words: answers in the shape that is printed, and what is different between two
- sweep: `rigfit whatif --vary`, steps along one resource or a map over two
- cards: `rigfit whatif --gpu-list`, named cards against the one there is
"""
