"""How deep and how wide a JSON text may be: looked at before anything parses it."""

from __future__ import annotations

import re

DEEPEST = 64
"""Levels of lists and objects. A request has 6; a workflow with subgraphs in subgraphs some 20."""
MOST_ITEMS = 200_000
"""Commas in all. The largest published workflow has some 20,000."""
# Strings are stepped over in one piece, one that never ends included, so that no text takes more than one pass.
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{}\],]', re.DOTALL)


def excess(text: bytes) -> str | None:
    """What is too much in a JSON text, in words; None where nothing is. Says nothing of whether it is JSON.

    Args:
        text: UTF-8. Other encodings look like it as far as brackets go, and are refused when it is parsed.
    """
    depth = items = 0
    for found in _TOKENS.finditer(text):
        token = found[0]
        if token == b",":
            items += 1
            if items > MOST_ITEMS:
                return f"more than {MOST_ITEMS:,} items"
        elif token in b"[{":
            depth += 1
            if depth > DEEPEST:
                return f"nested more than {DEEPEST} levels deep"
        elif token in b"]}":
            depth -= 1
    return None
