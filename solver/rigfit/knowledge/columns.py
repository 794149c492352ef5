"""Validated documents as columns of plain JSON, and back again without validating them a second time.

Building pydantic's validators takes longer than reading what they would check, so what was validated when it was stored
is put together from its parts: equal objects once, those of one shape (a class, with the fields it was given) side by
side, after everything that they hold. Nothing but the classes below can come of it, whatever stands in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, partial
from importlib import import_module
from typing import Any

from pydantic import BaseModel

from rigfit.schema.base import Strict

_ATOMS = (str, int, bool, float, type(None))
_SCHEMA = "rigfit.schema."

# The place of an object while it is stored: (0, 0, number) for an atom, else (height, shape, row).
_Place = tuple[int, int, int]
_Rows = Iterable[tuple[Any, ...]]


@dataclass
class _Writer:
    """What has been stored so far."""

    atoms: dict[tuple[type, Any], int] = field(default_factory=dict)
    shapes: dict[tuple[Any, ...], int] = field(default_factory=dict)
    groups: dict[tuple[int, int], dict[tuple[_Place, ...], int]] = field(default_factory=dict)
    """(height, shape) -> the parts of an object -> its row. Parts are lower than what they are part of."""

    def place(self, value: Any) -> _Place:
        """Store a value, if it is not there yet.

        Raises:
            TypeError: for what the documents do not consist of.
        """
        if type(value) in _ATOMS:
            return 0, 0, self.atoms.setdefault((type(value), value), len(self.atoms))
        shape, parts = _taken_apart(value)
        places = tuple(map(self.place, parts))
        height = 1 + max((place[0] for place in places), default=0)
        number = self.shapes.setdefault(shape, len(self.shapes))
        group = self.groups.setdefault((height, number), {})
        return height, number, group.setdefault(places, len(group))


def _taken_apart(value: Any) -> tuple[tuple[Any, ...], Iterable[Any]]:
    """The shape of an object, and its parts."""
    kind = type(value)
    if kind is tuple:
        return ("tuple", len(value)), value
    if kind is dict:
        return ("dict", len(value)), (*value, *value.values())
    name = (kind.__module__.removeprefix(_SCHEMA), kind.__qualname__)
    if isinstance(value, Enum):
        return ("enum", *name), (value.value,)
    if isinstance(value, Strict) and not value.__pydantic_private__:
        fields = {field: (getattr(value, field), default) for field, default in _defaults(type(value)).items()}
        given = {field: own for field, (own, default) in fields.items() if not _is(own, default)}
        return ("model", *name, tuple(given), tuple(sorted(value.model_fields_set))), given.values()
    raise TypeError(f"{kind.__qualname__} cannot be stored")


def _is(value: Any, default: Any) -> bool:
    """A value is the default of its field, and one that all instances may share."""
    return type(value) is type(default) and (value == () or isinstance(value, _ATOMS)) and bool(value == default)


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    return {name: info.default for name, info in model.model_fields.items()}


@cache
def _required(model: type[BaseModel]) -> frozenset[str]:
    """Fields without a default that all instances may share."""
    return frozenset(name for name, default in _defaults(model).items() if not _is(default, default))


def dump(documents: Iterable[Strict]) -> dict[str, Any]:
    """Documents as plain JSON.

    Raises:
        TypeError: they hold something other than models, enums, tuples, dicts, texts, numbers and None.
    """
    writer = _Writer()
    roots = [writer.place(document) for document in documents]
    first, count = {(0, 0): 0}, len(writer.atoms)
    ordered = sorted(writer.groups)
    for group in ordered:
        first[group] = count
        count += len(writer.groups[group])

    def numbers(places: Iterable[_Place]) -> list[int]:
        return [first[height, shape] + row for height, shape, row in places]

    return {
        "atoms": [value for _, value in writer.atoms],
        "shapes": list(writer.shapes),
        "groups": [
            [shape, len(rows := writer.groups[height, shape]), [numbers(column) for column in zip(*rows, strict=False)]]
            for height, shape in ordered
        ],
        "documents": numbers(roots),
    }


def load(stored: Mapping[str, Any]) -> list[Any]:
    """The documents of `dump`, equal to the ones given to it, and with the same fields set.

    Raises:
        ValueError, LookupError, TypeError, AttributeError, ImportError: it is not what `dump` wrote.
    """
    values: list[Any] = stored["atoms"]
    makers = [_maker(*shape) for shape in stored["shapes"]]
    for number, count, columns in stored["groups"]:
        parts = [map(values.__getitem__, column) for column in columns]
        values.extend(makers[number](zip(*parts, strict=True) if parts else [()] * count))
    return [values[number] for number in stored["documents"]]


def _maker(kind: str, *details: Any) -> Callable[[_Rows], Iterable[Any]]:
    """What makes objects of one shape, each from its parts."""
    if kind == "tuple":
        return list
    if kind == "dict":
        (size,) = details
        return lambda rows: [dict(zip(row[:size], row[size:], strict=True)) for row in rows]
    module, name, *fields = details
    made = _named(module, name)
    if kind == "enum" and issubclass(made, Enum):
        return lambda rows: [made(value) for (value,) in rows]
    if kind == "model" and issubclass(made, Strict):
        return partial(_models, made, *fields)
    raise ValueError(f"no {kind}: {name}")


@cache
def _named(module: str, name: str) -> Any:
    return getattr(import_module(_SCHEMA + module), name)


def _models(model: type[Strict], given: list[str], fields_set: list[str], rows: _Rows) -> list[Strict]:
    """Instances in the state in which validation leaves them; pydantic's public ways to make one take twice as long."""
    defaults = _defaults(model)
    if not _required(model) <= set(given) <= defaults.keys() >= set(fields_set):
        raise ValueError(f"other fields than {model.__name__} has")
    put_content, put_fields_set, put_extra, put_private = _slots()
    made, new, fields = [], object.__new__, set(fields_set)
    for row in rows:
        instance = new(model)
        content = defaults.copy()
        content.update(zip(given, row, strict=True))
        put_content(instance, content)
        put_fields_set(instance, fields.copy())
        put_extra(instance, None)
        put_private(instance, None)
        made.append(instance)
    return made


@cache
def _slots() -> tuple[Callable[[Strict, Any], None], ...]:
    """What fills the four slots in which pydantic keeps an instance."""
    names = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
    return tuple(BaseModel.__dict__[name].__set__ for name in names)
