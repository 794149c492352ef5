"""JSON Schemas with the words that stand below each field in the source."""

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a document, every field described where its class describes it."""
    schema = model.model_json_schema(by_alias=True)
    shapes = {shape.__name__: shape for shape in _below(model, set())}
    for part in (schema, *schema.get("$defs", {}).values()):
        _describe(part, shapes.get(part.get("title", "")))
    return schema


def describe(schemas: dict[str, Any]) -> None:
    """Add to the schemas of an OpenAPI document what the classes say; names that two classes share stay as they are."""
    named: dict[str, list[type[BaseModel]]] = {}
    waiting: list[type[BaseModel]] = [BaseModel]
    while waiting:
        for shape in waiting.pop().__subclasses__():
            named.setdefault(shape.__name__, []).append(shape)
            waiting.append(shape)
    for name, part in schemas.items():
        if len(found := named.get(name, [])) == 1:
            _describe(part, found[0])


def _describe(part: dict[str, Any], shape: type[BaseModel] | None) -> None:
    if shape is None:
        return
    words = _docstrings(shape)
    for name, field in shape.model_fields.items():
        entry = part.get("properties", {}).get(field.alias or name)
        if entry is not None and name in words and "$ref" not in entry:
            entry.setdefault("description", words[name])


def _below(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """A model and all models that its fields mention."""
    if model in seen:
        return seen
    seen.add(model)
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        part = waiting.pop()
        if isinstance(part, type) and issubclass(part, BaseModel):
            _below(part, seen)
        waiting.extend(getattr(part, "__args__", ()))
    return seen


def _docstrings(shape: type[BaseModel]) -> dict[str, str]:
    """Field -> the string literal that follows it, base classes included."""
    found: dict[str, str] = {}
    for owner in reversed(shape.__mro__):
        if not (isinstance(owner, type) and issubclass(owner, BaseModel)) or owner is BaseModel:
            continue
        tree = _classes(owner.__module__).get(owner.__name__)
        for statement, following in pairwise(tree.body if tree is not None else []):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                found[statement.target.id] = inspect.cleandoc(following.value.value)
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The classes of a module as they are written; none where its source is not at hand."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):
        return {}
    return {statement.name: statement for statement in tree.body if isinstance(statement, ast.ClassDef)}
