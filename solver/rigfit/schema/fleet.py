"""Fleets as documents: machines that stand for many, or the marginal shares of a survey."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rigfit.schema.base import Fact, Id, MemoryBytes, StorageBytes, Strict, _decimal


class ShareFact(Fact):
    """A share of machines, written in percent, kept in hundredths of a percent."""

    base_unit: ClassVar[str] = "percent/100"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        value = _decimal(text, "%", 100)
        if value > 100_00:
            raise ValueError(f"{text!r} is above 100 %")
        return value


class FleetMachine(Strict):
    """One machine, as the options of `rigfit solve` describe it; what is missing is assumed as there."""

    name: str = Field(min_length=1, max_length=120)
    tier: str | None = None
    """What it stands for; a report has one column for each."""
    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1
    gpu: str
    """A name of the gpu catalog; "none" without a card, several separated by ";"."""
    vram: MemoryBytes | None = None
    ram: MemoryBytes | None = None
    disk: StorageBytes | None = None
    os: Literal["linux", "windows", "macos"] | None = None
    display: bool | None = None


class CardClass(Strict):
    """The machines whose card has one amount of memory, as a survey counts them."""

    name: str = Field(min_length=1, max_length=40)
    share: ShareFact
    cards: tuple[str, ...] = ()
    """Cards that such machines may have, the weakest and the strongest among them; the survey does not say which.
    Empty where it does not say the memory either: such machines count in the bounds only."""
    vram: MemoryBytes | None = None
    """Where the catalog has the card with another amount."""


class RamClass(Strict):
    """The machines whose system memory lies between two amounts."""

    name: str = Field(min_length=1, max_length=40)
    share: ShareFact
    ram: MemoryBytes
    """The amount they are counted with: the lower end."""


class Survey(Strict):
    """Two marginal distributions. How they go together is not known."""

    cards: tuple[CardClass, ...] = Field(min_length=1, max_length=64)
    ram: tuple[RamClass, ...] = Field(min_length=1, max_length=16)
    os: Literal["linux", "windows", "macos"] | None = None
    disk: StorageBytes | None = None
    assumptions: tuple[str, ...] = Field(min_length=1)
    """What every figure that is made from it rests on; stated beside each of them."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for what, classes in (("cards", self.cards), ("ram", self.ram)):
            total = sum(one.share.value for one in classes)
            if not 99_50 <= total <= 100_50:
                raise ValueError(f"the shares of {what} add up to {total / 100:g} %, not 100")
        if not any(one.cards for one in self.cards):
            raise ValueError("no class of cards names a card")
        return self


class FleetFile(Strict):
    """The shape of one file below catalog/fleets/, or of a fleet of one's own."""

    schema_version: Literal["rigfit.fleet/1"] = Field(default="rigfit.fleet/1", alias="schema")
    title: str
    source: Id | None = None
    note: str | None = None
    machines: tuple[FleetMachine, ...] = ()
    survey: Survey | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.machines) == (self.survey is not None):
            raise ValueError("a fleet has either `machines` or a `survey`")
        names = [machine.name for machine in self.machines]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two machines are called {twice!r}; verdicts are told apart by it")
        return self
