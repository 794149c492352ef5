"""Answers joined with machines again: the rows of a machine, as text of CSV or JSON lines.

Thousands of machines share an answer and a few columns of their own, so both are encoded once and joined as text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import astuple
from functools import cache, lru_cache
from typing import Any, Literal

from rigfit.batch.asked import Asked
from rigfit.batch.canonical import with_names
from rigfit.batch.chunks import Found, Why
from rigfit.batch.fleet.entries import Entry
from rigfit.knowledge import Knowledge
from rigfit.schema.batch import ANSWER_COLUMNS, COLUMNS
from rigfit.version import VERSION

Format = Literal["csv", "jsonl"]
_OWN = COLUMNS[: COLUMNS.index("request")]
_END = COLUMNS[COLUMNS.index("stopped_by") :]


class Records:
    """Ids of decisions, as `rigfit.explain.record.record_id` makes them; what many share is digested once."""

    def __init__(self, requests: Sequence[Asked], knowledge: Knowledge) -> None:
        """Take what all machines share."""
        before = {"catalog": knowledge.catalog_digest}
        self._before = f'{json.dumps(before, separators=(",", ":"))[:-1]},"machine":'.encode()
        self._after = [
            ("," + _compact({
                "request": one.request.model_dump(mode="json", by_alias=True),
                "rigfit": VERSION,
                "rules": knowledge.rules_digest,
            })[1:]).encode()
            for one in requests
        ]  # fmt: skip

    def of(self, entry: Entry) -> list[str]:
        """The ids of a machine's rows, in the order of the requests."""
        if entry.facts is None:
            return [""] * len(self._after)
        start = hashlib.sha256(self._before + entry.facts.as_json(entry.own_name, entry.disk).encode())
        found = []
        for rest in self._after:
            digest = start.copy()
            digest.update(rest)
            found.append(digest.hexdigest()[:16])
        return found


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


class Encoder:
    """Rows as text."""

    def __init__(self, format: Format, requests: Sequence[Asked]) -> None:
        self.format = format
        self._names = [self._fields(("request",), (one.name,)) for one in requests]
        self._own = lru_cache(maxsize=20_000)(self._of_facts)
        self._of_answer = cache(lambda found: self._fields(ANSWER_COLUMNS, astuple(found)))
        self._of_end = lru_cache(maxsize=50_000)(lambda stopped, reason: self._fields(_END[:2], (stopped, reason)))

    def header(self) -> bytes:
        """What stands before the rows."""
        return (",".join(COLUMNS) + "\n").encode() if self.format == "csv" else b""

    def rows(
        self, number: int, entry: Entry, results: Sequence[tuple[Found, Why | None]], records: Sequence[str]
    ) -> str:
        """The rows of one machine, a line each.

        Args:
            number: of the machine in the fleet, from 1.
            entry: the machine.
            results: for each request the answer, and the reason where there is no bundle.
            records: for each request the id of the decision.
        """
        own = self._fields(_OWN[:3], (entry.shown, number, entry.weight))
        if entry.facts is None:
            own = f"{own},{self._fields(_OWN[3:], (None,) * 4)}"
            end = self._of_end(None, entry.error)
            results = [(Found("invalid"), None)] * len(self._names)
        else:
            own = f"{own},{self._own(entry.facts)}"
            end = self._of_end(None, None)
        lines = []
        for name, (found, why), record in zip(self._names, results, records, strict=True):
            last = end
            if why is not None and entry.facts is not None:
                last = self._of_end(why.stopped_by, with_names(why.text, entry.facts.card_names))
            parts = (own, name, self._of_answer(found), last, self._fields(_END[2:], (record or None,)))
            lines.append(",".join(parts) + "\n" if self.format == "csv" else "{" + ",".join(parts) + "}\n")
        return "".join(lines)

    def _of_facts(self, facts: Any) -> str:
        machine = facts.machine
        cards = " + ".join(gpu.name for gpu in machine.gpus) or "none"
        vram = max((gpu.vram for gpu in machine.gpus), default=0)
        return self._fields(_OWN[3:], (machine.os, cards, vram, machine.ram))

    def _fields(self, names: Sequence[str], values: Sequence[Any]) -> str:
        if self.format == "jsonl":
            return ",".join(f'"{name}":{_json(value)}' for name, value in zip(names, values, strict=True))
        return ",".join(map(_cell, values))


_json = json.JSONEncoder(ensure_ascii=False).encode


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    if not set(value) & set(',"\r\n') and value == value.strip():
        return value
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="").writerow([value])
    return out.getvalue()
