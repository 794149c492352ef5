"""Turning pydantic's errors into one line with file, line, field and the nearest valid name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from rigfit.errors import InputError, RigfitError, nearest
from rigfit.knowledge.document import Document, Path_

M = TypeVar("M", bound=BaseModel)


def _model_at(model: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel] | None:
    """The model class that validates the mapping at a path, following tuples, unions and dicts."""
    here: Any = model
    for step in path:
        if isinstance(step, int):
            continue
        fields = here.model_fields if isinstance(here, type) and issubclass(here, BaseModel) else {}
        found = next((f for n, f in fields.items() if step in (n, f.alias)), None)
        if found is None:
            return None
        inner = [found.annotation]
        here = None
        while inner:
            part = inner.pop(0)
            if isinstance(part, type) and issubclass(part, BaseModel):
                here = part
                break
            inner.extend(get_args(part))
        if here is None:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _written(path: Iterable[str | int], document: Document) -> Path_:
    """The part of pydantic's path that stands in the file (it also names union branches)."""
    kept: list[str | int] = []
    for step in path:
        if (*kept, step) in document.lines:
            kept.append(step)
    return tuple(kept)


def describe(error: ValidationError, model: type[BaseModel], document: Document) -> tuple[str, str]:
    """The first mistake as (where, message): the field, what is wrong with it, what would be right."""
    mistakes = error.errors(include_url=False)
    first = mistakes[0]
    if first["type"] == "missing":  # a misspelt field is both missing and unknown: the second says what to do
        first = next((mistake for mistake in mistakes if mistake["type"] == "extra_forbidden"), first)
    location = first["loc"]
    path = _written(location, document)
    dotted = ".".join(str(step) for step in location if not (isinstance(step, str) and step.startswith("function-")))
    kind = first["type"]
    if kind == "extra_forbidden":
        name = str(location[-1])
        owner = _model_at(model, location[:-1])
        known = [f.alias or n for n, f in owner.model_fields.items()] if owner else []
        close = nearest(name, known)
        hint = f"; nearest: {', '.join(close)}" if close else (f"; known: {', '.join(known)}" if known else "")
        message = f"unknown field {name!r}{hint}"
    elif kind == "missing":
        message = f"the field {location[-1]!r} is missing"
    else:
        given = first.get("input")
        shown = f" (given: {given!r})" if isinstance(given, str | int | float | bool) and len(str(given)) < 60 else ""
        text = first["msg"].removeprefix("Value error, ")
        if repr(given) in text:
            shown = ""
        message = f"{dotted}: {text[:1].lower() + text[1:] if kind != 'value_error' else text}{shown}"
    if len(mistakes) > 1:
        message += f" (and {len(mistakes) - 1} more)"
    return document.where(path), message


def validate(model: type[M], document: Document, error: type[RigfitError] = InputError) -> M:
    """Validate a parsed file against its schema.

    Raises:
        InputError (or the given kind): naming file, line and field.
    """
    if not isinstance(document.data, dict):
        raise error(f"holds {type(document.data).__name__}, a mapping is needed", where=document.where(()))
    try:
        return model.model_validate(document.data)
    except ValidationError as problem:
        where, message = describe(problem, model, document)
        raise error(message, where=where) from None
