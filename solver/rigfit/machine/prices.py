"""What things cost: the catalog's dated prices, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rigfit.errors import InputError
from rigfit.knowledge import Knowledge
from rigfit.machine import names
from rigfit.schema.base import UsdFact
from rigfit.schema.catalog import GpuSpec
from rigfit.schema.prices import PriceFile


@dataclass(frozen=True, slots=True)
class Priced:
    """An amount of money with where it is from."""

    amount: int
    """Millionths of a US dollar."""
    source: str
    """Id of a source of the catalog, or the words of a price file."""
    date: str | None
    note: str | None = None


def of_fact(fact: UsdFact, knowledge: Knowledge, note: str | None = None) -> Priced:
    """A fact of the catalog; one without a date has that of its source."""
    date = fact.date or knowledge.index("sources")[fact.source].date
    return Priced(fact.value, fact.source, date, note or fact.note)


@dataclass(frozen=True)
class Prices:
    """Prices of a catalog with the user's own on top."""

    knowledge: Knowledge
    own: PriceFile = field(default_factory=PriceFile)
    cards: dict[str, int] = field(default_factory=dict)
    """Own prices by id of the gpu catalog."""

    def card(self, spec: GpuSpec) -> Priced | None:
        """A card's price: the user's, else the one it was announced for; None where nobody says."""
        if spec.id in self.cards:
            return self._own(self.cards[spec.id])
        if spec.list_price is None:
            return None
        return of_fact(spec.list_price, self.knowledge, "announced price, before tax; shops ask more or less")

    def electricity(self) -> Priced:
        """A kilowatt-hour."""
        if self.own.electricity is not None:
            return self._own(self.own.electricity)
        return of_fact(self.knowledge.costs.electricity, self.knowledge)

    def ram_per_gb(self) -> Priced | None:
        """A gigabyte of memory; only a price file says."""
        return None if self.own.ram_per_gb is None else self._own(self.own.ram_per_gb)

    def disk_per_tb(self) -> Priced | None:
        """A terabyte of disk; only a price file says."""
        return None if self.own.disk_per_tb is None else self._own(self.own.disk_per_tb)

    def _own(self, amount: int) -> Priced:
        return Priced(amount, self.own.source, self.own.date)


def load_prices(path: Path | None, knowledge: Knowledge) -> Prices:
    """The catalog's prices, with those of a file on top.

    Raises:
        InputError: for a file that cannot be read, a card that is not known or is several, a price that is none.
    """
    if path is None:
        return Prices(knowledge)
    from rigfit.knowledge.validate import validate
    from rigfit.knowledge.yamlfile import read

    document = read(path)
    own = validate(PriceFile, document)
    try:
        return stated_prices(own, knowledge)
    except InputError as problem:
        raise InputError(
            problem.message, where=document.where(("gpus", problem.name or "")), name=problem.name
        ) from None


def stated_prices(own: PriceFile | None, knowledge: Knowledge) -> Prices:
    """The catalog's prices, with the user's own on top.

    Raises:
        InputError: for a card that is not known or is several, with the name as it was written.
    """
    cards = {}
    for name, amount in (own.gpus if own is not None else {}).items():
        try:
            cards[names.choose(knowledge, name).id] = amount
        except InputError as problem:
            raise InputError(problem.message, name=name, nearest=problem.nearest) from None
    return Prices(knowledge, own or PriceFile(), cards)
