"""The strict base model, identifiers, and facts: numbers that carry their unit, scope and source."""

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from rigfit import units


class Strict(BaseModel):
    """Base of every document: unknown fields are errors and instances never change."""

    # What would cost each start: `use_attribute_docstrings` reads the source of every class (the docstrings below
    # fields reach the JSON Schema through `rigfit schema`); a default that is a document builds its validator on
    # import, unless `model_construct` makes it; and `from __future__ import annotations`, which these modules do
    # without, has pydantic compile the annotation of every field from its text.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


# One rule for every id in catalog/ and rules/: lower case words joined by '-', '_' or '.'.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", max_length=80)]
# A feature may carry a qualifier: "controlnet:depth", "text_rendering:zh".
FeatureId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:_[a-z0-9]+)*(?::[a-z0-9_]+)?$", max_length=80)]


def _as_text(value: Any) -> Any:
    """YAML reads 8.9 as a number; a compute capability is a name, not a quantity."""
    return str(value) if isinstance(value, float) else value


ComputeCapability = Annotated[
    str, StringConstraints(pattern=r"^\d{1,2}\.\d$"), BeforeValidator(_as_text, json_schema_input_type=str | float)
]

# Amounts written by people (request and machine files, options): GB of memory is binary, GB of storage decimal.
_Bytes = Annotated[int, Field(ge=0, le=units.MAX_BYTES)]
MemoryBytes = Annotated[
    _Bytes, BeforeValidator(lambda v: units.parse_bytes(v, memory=True), json_schema_input_type=_Bytes | str)
]
StorageBytes = Annotated[_Bytes, BeforeValidator(units.parse_bytes, json_schema_input_type=_Bytes | str)]
# Written in seconds ("90", "90 s", "2 min"), kept in milliseconds; dumped with its unit, so that it reads back.
Milliseconds = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(units.parse_milliseconds, json_schema_input_type=Annotated[float, Field(ge=0)] | str),
    PlainSerializer(lambda v: f"{v} ms", return_type=str, when_used="json"),
]


Usd = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(units.parse_usd, json_schema_input_type=Annotated[float, Field(ge=0)] | str),
    PlainSerializer(units.usd_text, return_type=str, when_used="json"),
]
"""Money, written in US dollars (549, "$0.025"), kept in millionths; dumped with its unit, so that it reads back."""


class Sparse(Strict):
    """A document that does not speak of what was added to it later, as long as there is nothing to say."""

    silent: ClassVar[frozenset[str]] = frozenset()
    """Fields that are left out of what is written while they are None."""

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = write(self)
        return {name: value for name, value in content.items() if value is not None or name not in self.silent}


class Basis(StrEnum):
    """How a number came to be known, strongest first."""

    MEASURED = "measured"
    OFFICIAL = "official"
    FILE = "file"
    CLAIM = "claim"
    DERIVED = "derived"
    PRIOR = "prior"


class Maturity(StrEnum):
    """How far a model, node or runtime can be relied on."""

    STABLE = "stable"
    MATURING = "maturing"
    EXPERIMENTAL = "experimental"
    MAINTENANCE = "maintenance"


class Grade(StrEnum):
    """How well a model or add-on does what a feature names."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class Fact(Strict):
    """A number with its source. A bare number in the catalog does not validate.

    In YAML: `{value: 23.8 GB, source: comfyui-manager}`, with `unit` apart where the value is a plain number,
    `scope` saying what the number covers (which components are resident, at what size), `basis` and `note` optional.
    """

    value: int
    """The amount in the base unit of the kind of fact (bytes, weights, hundredths of a point, permille, ...)."""
    unit: str
    scope: str | None = None
    source: Id
    basis: Basis = Basis.FILE
    date: str | None = None
    note: str | None = None

    base_unit: ClassVar[str] = ""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema of what people write: an amount with its unit, or a number with the unit apart."""
        schema = handler.resolve_ref_schema(handler(core))
        schema["properties"]["value"] = {"title": "Value", "type": ["number", "string"]}
        schema["required"] = ["value", "source"]
        return schema

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        raise NotImplementedError

    @model_validator(mode="before")
    @classmethod
    def _normalise(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError(f"a bare {data!r} is not a fact: write {{value: {data!r}, source: SOURCE-ID}}")
        if data.get("unit") == cls.base_unit and isinstance(data.get("value"), int):
            return data  # already normalised: read back from the cache
        if "value" not in data:
            raise ValueError("a fact needs a value")
        if "source" not in data:
            raise ValueError(f"the fact {data['value']!r} names no source: add `source: SOURCE-ID`")
        value, unit = data["value"], data.get("unit")
        written = f"{value} {unit}" if unit is not None else value
        return {**data, "value": cls._parse(written), "unit": cls.base_unit}


def _decimal(text: str | int | float, unit: str, scale: int) -> int:
    """Read a plain number, optionally followed by its unit, scaled to an integer."""
    words = str(text).split()
    if len(words) == 2 and words[1].lower() == unit.lower():
        words = words[:1]
    try:
        number = Decimal(words[0]) if len(words) == 1 else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number < 0:
        raise ValueError(f"{text!r} is not a number of {unit}")
    return int((number * scale).to_integral_value())


class BytesFact(Fact):
    """A size in bytes; decimal GB, as file listings print it."""

    base_unit: ClassVar[str] = "B"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return units.parse_bytes(text)


class MemoryFact(Fact):
    """An amount of VRAM or RAM in bytes; GB is read as GiB unless `unit` says otherwise."""

    base_unit: ClassVar[str] = "B"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return units.parse_bytes(text, memory=True)


class CountFact(Fact):
    """A count: parameters, operations, tokens."""

    base_unit: ClassVar[str] = "count"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return units.parse_count(text)


class PointsFact(Fact):
    """Base quality of a model at a task, written 0 to 100, kept in hundredths of a point."""

    base_unit: ClassVar[str] = "centipoints"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        value = _decimal(text, "points", 100)
        if value > 100_00:
            raise ValueError(f"{text!r} is above 100 points")
        return value


class PermilleFact(Fact):
    """A share, written 0 to 1, kept in thousandths."""

    base_unit: ClassVar[str] = "permille"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        value = _decimal(text, "share", 1000)
        if value > 1000:
            raise ValueError(f"{text!r} is above 1")
        return value


class BandwidthFact(Fact):
    """Bytes a second, written in GB/s (decimal), as vendors print it."""

    base_unit: ClassVar[str] = "B/s"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return _decimal(text, "GB/s", units.GB)


class FlopsFact(Fact):
    """Dense floating-point operations a second, written in TFLOPS."""

    base_unit: ClassVar[str] = "FLOP/s"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return _decimal(text, "TFLOPS", 10**12)


class UsdFact(Fact):
    """A price or an amount of money in US dollars, kept in millionths: an image may cost 0.0027 USD."""

    base_unit: ClassVar[str] = "micro-USD"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return _decimal(text, "USD", units.USD)


class PowerFact(Fact):
    """Electric power, written and kept in watts."""

    base_unit: ClassVar[str] = "W"

    @classmethod
    def _parse(cls, text: str | int | float) -> int:
        return _decimal(text, "W", 1)


class Entry(Strict):
    """Something in catalog/ or rules/ with a stable id; it remembers where it was written."""

    id: Id
    origin: str = Field(default="", exclude=True)
    """File and line it was read from, like "catalog/models/flux1.yaml:12"; the loader sets it."""

    def at(self, origin: str) -> Self:
        """Remember the origin; called once, by the loader."""
        # An ordinary field set past the freeze: thousands of entries are read on every start, and a private
        # attribute of pydantic would cost each of them a Python call.
        self.__dict__["origin"] = origin
        return self
