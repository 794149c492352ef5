"""Catalog and rules: YAML with line numbers, validated, indexed and cached."""

from rigfit.knowledge.loader import Knowledge, load_knowledge

__all__ = ["Knowledge", "load_knowledge"]
