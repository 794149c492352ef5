"""JSON Schemas with the words that stand below each field in the source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import BaseModel


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a document, every field described where its class describes it."""
    schema = model.model_json_schema(by_alias=True)
    parts = [schema, *schema.get("$defs", {}).values()]
    by_name = {shape.__name__: shape for shape in _below(model, set())}
    for part in parts:
        shape = by_name.get(part.get("title", ""))
        if shape is None:
            continue
        words = _docstrings(shape)
        for name, field in shape.model_fields.items():
            entry = part.get("properties", {}).get(field.alias or name)
            if entry is not None and name in words and "$ref" not in entry:
                entry.setdefault("description", words[name])
    return schema


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
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        body = tree.body if isinstance(tree, ast.ClassDef) else []
        for statement, following in pairwise(body):
            if (
                isinstance(statement, ast.AnnAssign)
                and isinstance(statement.target, ast.Name)
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
                and isinstance(following.value.value, str)
            ):
                found[statement.target.id] = inspect.cleandoc(following.value.value)
    return found
