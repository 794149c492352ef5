"""One rule for ids: kebab-case for things, snake_case for what rules and requests speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rigfit.checks.places import Places
from rigfit.checks.problem import Problem
from rigfit.knowledge import Knowledge
from rigfit.schema.catalog import CatalogFile
from rigfit.schema.rules import RulesFile

# Versions keep their dots: latentsync-1.6. Rules and tables are dotted paths of such words: admit.gguf.comfyui.
_KEBAB = re.compile(r"^[a-z0-9]+(?:\.[0-9][a-z0-9]*)*(?:-[a-z0-9]+(?:\.[a-z0-9]+)*)*$")
_SNAKE = re.compile(r"^[a-z0-9]+(?:_[a-z0-9]+)*$")
_DOTTED = re.compile(r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$")
_FORMS = {"precisions": (_SNAKE, "snake_case"), "tasks": (_SNAKE, "snake_case"), "features": (_SNAKE, "snake_case")}
_RULES = ("rules", "reserves", "precision_orders", "profiles")


def check(knowledge: Knowledge, places: Places) -> Iterator[Problem]:
    """Ids and roles that are written another way."""
    for owner in (CatalogFile, RulesFile):
        for part in owner.model_fields:
            if part in ("settings", "hardware_features"):  # number formats keep the names of their vendors
                continue
            form, name = _FORMS.get(part, (_DOTTED, "dotted kebab-case") if part in _RULES else (_KEBAB, "kebab-case"))
            for key in knowledge.index(part):
                if not form.match(key):
                    fix = re.sub(r"[-_]+", "_" if name == "snake_case" else "-", key)
                    yield Problem(places.where(part, key), key, "id", f"{part} are named in {name}: write {fix!r}")
    for part in ("models", "addons"):
        for entry in knowledge.index(part).values():
            for role in entry.components:
                if not _SNAKE.match(role):
                    yield Problem(
                        places.where(part, entry.id, "components", role),
                        entry.id,
                        f"components.{role}",
                        f"roles are named in snake_case: write {role.replace('-', '_')!r}",
                    )
