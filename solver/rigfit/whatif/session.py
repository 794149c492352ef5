"""Many requests and machines in one process: what was prepared and proved is kept and used again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rigfit.candidates.compiler import Prepared, prepare
from rigfit.candidates.judged import Judged
from rigfit.engines import Status
from rigfit.machine.capacity import usable
from rigfit.schema.answer import Answer, Bundle
from rigfit.schema.machine import Assumption, Machine
from rigfit.schema.request import Request
from rigfit.whatif.answers import Answers
from rigfit.whatif.classes import machine_class, machine_kind, nameless, point, request_key
from rigfit.whatif.whole import Whole

if TYPE_CHECKING:
    from rigfit.knowledge import Knowledge


# Architectures of cards that are sold at a time.
_KINDS = 10


class Session:
    """Answers for one knowledge. Not safe for several threads at once; processes each have their own."""

    def __init__(self, knowledge: Knowledge, *, keep: int = 8) -> None:
        """Start with nothing known.

        Args:
            knowledge: catalog and rules of every answer.
            keep: how many pairs of a request and a machine class stay in memory (20 MB for the photorealism preset,
                150 MB for five tasks over the whole catalog); the one not asked for longest goes.
        """
        self.knowledge = knowledge
        self.keep = keep
        self._gone = (0, 0)  # solves, by an engine, of what is no longer kept
        self._judged: OrderedDict[tuple[object, ...], Judged] = OrderedDict()
        self._wholes: OrderedDict[tuple[object, ...], tuple[Whole, dict[int, Answers]]] = OrderedDict()

    def answers(
        self, request: Request, machine: Machine, k: int | None = None, *, one_of_many: bool = False
    ) -> Answers:
        """What is proved for a request on the class of a machine, to look up and to add to.

        Args:
            request: its `machine` part is not read.
            machine: only its class counts.
            k: bundles in an answer; what the request says where absent.
            one_of_many: machines that differ in their cards will follow; those with cards of one architecture share
                what the rules say of them.

        Raises:
            InputError: when the request names something that does not exist.
        """
        whole, by_count = self._whole(request, machine, one_of_many=one_of_many)
        k = k or request.top
        if k not in by_count:
            by_count[k] = Answers(whole, k)
        return by_count[k]

    def bundles(self, request: Request, machine: Machine) -> tuple[Status, tuple[Bundle, ...]]:
        """The verdict and the bundles as `rigfit.solve` gives them, without explanation; solved only where not proved.

        Raises:
            InputError: when the request names something that does not exist.
        """
        have = usable(machine, self.knowledge)
        answer, _ = self.answers(request, machine).at(point(have))
        return answer.status, answer.bundles(machine, have)

    def assumptions(self, request: Request, machine: Machine) -> tuple[Assumption, ...]:
        """What nobody stated, as the whole answer lists it.

        Raises:
            InputError: when the request names something that does not exist.
        """
        from rigfit.solve import all_assumptions

        expansions = (gathered.expansion for gathered in self._prepared(request, machine).gathered)
        return all_assumptions(request, machine, self.knowledge, expansions)

    def solve(self, request: Request, machine: Machine, *, explain: bool = True, prove: bool = False) -> Answer:
        """The same answer as `rigfit.solve`, explanation and record included; only the preparation is used again.

        Raises:
            InputError: when the request names something that does not exist.
            TooLargeError: when the exhaustive engine is asked for too much.
        """
        from rigfit.solve import solve

        prepared = self._prepared(request, machine)
        return solve(request, machine, self.knowledge, prepared=prepared, explain=explain, prove=prove)

    @property
    def solves(self) -> int:
        """How often a problem was solved."""
        return self._gone[0] + sum(answers.solves for answers in self._kept())

    @property
    def engine_solves(self) -> int:
        """How many of those asked an engine."""
        return self._gone[1] + sum(answers.engine_solves for answers in self._kept())

    def _kept(self) -> Iterator[Answers]:
        return (answers for _, by_count in self._wholes.values() for answers in by_count.values())

    def _prepared(self, request: Request, machine: Machine) -> Prepared:
        """What is prepared, for this very machine of its class."""
        whole, _ = self._whole(request, machine)
        return replace(whole.prepared, request=request, machine=machine)

    def _whole(
        self, request: Request, machine: Machine, *, one_of_many: bool = False
    ) -> tuple[Whole, dict[int, Answers]]:
        key = (request_key(request), machine_class(machine), one_of_many)
        found = self._wholes.get(key)
        if found is None:
            judged = None
            if one_of_many:
                machine = nameless(machine)
                judged = self._of_kind(key[0], machine)
            found = self._wholes[key] = (Whole.of(prepare(request, machine, self.knowledge, judged)), {})
            if len(self._wholes) > self.keep:
                _, (_, gone) = self._wholes.popitem(last=False)
                for answers in gone.values():
                    self._gone = (self._gone[0] + answers.solves, self._gone[1] + answers.engine_solves)
        self._wholes.move_to_end(key)
        return found

    def _of_kind(self, request: object, machine: Machine) -> Judged:
        """What a request shares on the machines of a kind; as many kinds stay as there are in a shop."""
        key = (request, machine_kind(machine))
        found = self._judged.setdefault(key, Judged())
        self._judged.move_to_end(key)
        if len(self._judged) > _KINDS:
            self._judged.popitem(last=False)
        return found
